/** Runs tests/system in a guest, on the executable in dist/. */

import { parseArgs } from "node:util";
import { type Counts, countsIn } from "../counts.ts";
import { provideExecutable } from "./executable.ts";
import { runInGuest, shellInGuest } from "./guest.ts";
import { provide, VM_NEEDS } from "../host.ts";
import { provideImage } from "./image.ts";
import { INSTALL_EXECUTABLE, payload, RUN_TESTS } from "./payload.ts";

/**
 * Boots a guest and runs the system tests in it.
 *
 * @param args `--suite NAME` picks a Debian (bookworm), `--shell` gives a root
 * shell in the guest in place of the tests.
 */
export async function runVmTests(args: string[]): Promise<Counts> {
  const { values: { suite, shell } } = parseArgs({
    args,
    options: {
      suite: { type: "string", default: "bookworm" },
      shell: { type: "boolean", default: false },
    },
  });
  const executable = await provideExecutable();
  await provide(VM_NEEDS);
  const image = await provideImage(suite);
  if (shell) {
    await shellInGuest(image, payload(executable), INSTALL_EXECUTABLE);
    Deno.exit(0);
  }
  console.error(`Booting a Debian ${suite} guest …`);
  const { status, output } = await runInGuest(
    image,
    payload(executable),
    `${INSTALL_EXECUTABLE}\n${RUN_TESTS}`,
  );
  if (status === undefined) {
    console.error("The guest stopped before its tests came to an end");
  }
  return countsIn(output, status === 0);
}
