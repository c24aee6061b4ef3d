/** The manual, a text in Markdown for each topic. */

import bind from "./bind.md" with { type: "text" };
import inspect from "./inspect.md" with { type: "text" };
import install from "./install.md" with { type: "text" };
import limits from "./limits.md" with { type: "text" };
import lock from "./lock.md" with { type: "text" };
import loopback from "./loopback.md" with { type: "text" };
import messages from "./messages.md" with { type: "text" };
import multicast from "./multicast.md" with { type: "text" };
import nameServers from "./name-servers.md" with { type: "text" };
import recipes from "./recipes.md" with { type: "text" };
import run from "./run.md" with { type: "text" };

/** The texts by the names of topics, in the order of the manual. */
export const TOPICS: Readonly<Record<string, string>> = {
  install,
  bind,
  run,
  loopback,
  lock,
  multicast,
  "name-servers": nameServers,
  recipes,
  inspect,
  messages,
  limits,
};
