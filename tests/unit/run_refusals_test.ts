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
  const refused = [
    ...["--user", "--host=other", "--machine=other"],
    ...["--root-directory=/srv", "--property=RootDirectory=/srv"],
    ...["--property=RootImage=/srv.img", "--property=RootMStack=/srv"],
    ...["--property=BPFProgram=", "--property=ExecCondition="],
    ...[
      "--socket-property=ExecStartPre=",
      "--socket-property=RootDirectory=/x",
    ],
    "--property=BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfblue/sock_create",
  ];
  for (const word of refused) {
    assertThrows(() => check(word), UserError, "Cannot run");
  }
});

Deno.test("assertKeepsBinding() lets options through that leave a command in its VRF", () => {
  check(
    ...["--uid=me", "--pty", "--property=RootDirectory=/"],
    ...["--property=RootDirectory=", "--property=ExecCondition=/bin/true"],
    "--property=BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfred/sock_create",
  );
});
