import { assertThrows } from "@std/assert";
import { assertKeepsBinding } from "../../src/bound_units/run_refusals.ts";
import { UserError } from "../../src/messages/errors.ts";
import { takeRunOptions } from "../../src/systemd/run_options.ts";

/** Options as a person gives them, each in one word. */
function check(...words: string[]): void {
  const options = words.flatMap((word) =>
    takeRunOptions(word, undefined).options
  );
  assertKeepsBinding(options, "vrfred");
}

Deno.test("assertKeepsBinding() refuses options by which a command would not be in its VRF", () => {
  const blue = "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfblue/sock_create";
  const refused: [message: string, ...words: string[]][] = [
    ["as a unit of the user's manager", "--user"],
    ["with --capsule:", "--capsule=other"],
    ["with --host:", "--host=other"],
    ["with --machine:", "--machine=other"],
    [
      "with another root:",
      "--root-directory=/srv",
      ...["--property=RootDirectory=/srv", "--property=RootImage=/srv.img"],
      ...["--property=RootMStack=/srv", "--socket-property=RootDirectory=/x"],
    ],
    ['with "BPFProgram=": it takes', "--property=BPFProgram="],
    ['with "ExecCondition=": it takes', "--property=ExecCondition="],
    ['with "ExecStartPre=": it takes', "--socket-property=ExecStartPre="],
    ['with "AssertPathExists=": it takes', "--property=AssertPathExists="],
    [
      `with "${blue}": it binds to "vrfblue", not "vrfred"`,
      `--property=${blue}`,
    ],
  ];
  for (const [message, ...words] of refused) {
    for (const word of words) {
      assertThrows(() => check(word), UserError, `Cannot run ${message}`);
    }
  }
});

Deno.test("assertKeepsBinding() lets options through that leave a command in its VRF", () => {
  check(
    ...["--uid=me", "--pty", "--property=RootDirectory=/"],
    ...["--property=RootDirectory=", "--property=ExecCondition=/bin/true"],
    "--property=BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfred/sock_create",
  );
});
