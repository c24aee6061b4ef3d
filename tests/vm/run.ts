/** Runs tests/system and tests/boot in a guest, on the executable in dist/. */

import { parseArgs } from "node:util";
import { type Counts, countsIn, sum } from "../counts.ts";
import { provide, VM_NEEDS } from "../host.ts";
import { provideExecutable } from "./executable.ts";
import { runInGuest, shellInGuest } from "./guest.ts";
import { provideImage } from "./image.ts";
import { INSTALL_EXECUTABLE, payload, runTests } from "./payload.ts";

/** What the boots of a guest are for, in their order. */
const BOOTS = [
  runTests("tests/system"),
  ". /payload/tests/boot/prepare.sh",
  runTests("tests/boot"),
];

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
  const results = await runInGuest(
    image,
    payload(executable),
    ...BOOTS.map((script) => `${INSTALL_EXECUTABLE}\n${script}`),
  );
  const counts = results.map(({ output, status }) =>
    countsIn(output, status === 0)
  );
  if (results.some(({ status }) => status === undefined)) {
    console.error("The guest stopped before its work came to an end");
  }
  return sum(counts);
}
