/** Prints the help, a topic of the manual, or the manual page. */

import type { Arguments } from "../cli/command.ts";
import { commandNamed, findCommand } from "../cli/commands.ts";
import { help, helpOf } from "../cli/help.ts";
import { print } from "../messages/print.ts";
import { hasStyles, lineWidth } from "../messages/terminal.ts";

/** `denovrf help` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [name] = operands;
  if (flags.has("man")) {
    const { manual } = await import("../cli/man.ts");
    print(manual());
    return 0;
  }
  if (name === undefined) {
    print(help());
    return 0;
  }
  const { TOPICS } = await import("../manual/topics.ts");
  const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  const command = findCommand(name);
  if (command !== undefined || topic === undefined) {
    print(helpOf(command ?? commandNamed(name)));
  }
  if (topic === undefined) return 0;
  if (command !== undefined) print("");
  const { topicText } = await import("../cli/topic.ts");
  print(topicText(topic, { width: lineWidth(), hasBold: hasStyles() }));
  return 0;
}
