import {
  assertAttachesFromInside,
  assertKeepsBinding,
} from "../../src/bound_units/transient.ts";
import { UserError } from "../../src/messages/errors.ts";
import {
  type RunOption,
  takeRunOptions,
} from "../../src/systemd/run_options.ts";
import { assertThrows } from "@std/assert";

/** Options as a person gives them, each in one word. */
function optionsOf(...words: string[]): RunOption[] {
  return words.flatMap((word) => takeRunOptions(word, undefined).options);
}

function check(...words: string[]): void {
  assertKeepsBinding(optionsOf(...words), "vrfred");
}

Deno.test("assertKeepsBinding() refuses options by which a command would not be in its VRF", () => {
  const blue = "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfblue/sock_create";
  const refused: [message: string, ...words: string[]][] = [
    ["with --user", "--user"],
    ["with --capsule:", "--capsule=other"],
    ["with --host:", "--host=other"],
    ["with --machine:", "--machine=other"],
    ['with "BPFProgram=": it would', "--property=BPFProgram="],
    ['with "AssertPathExists=": it would', "--property=AssertPathExists="],
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
    ...["--uid=me", "--pty", "--property=RootDirectory=/srv"],
    ...["--property=ExecCondition=", "--property=ExecCondition=/bin/true"],
    "--property=BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfred/sock_create",
  );
});

Deno.test("assertAttachesFromInside() refuses another root, and no command before the main one", () => {
  for (
    const word of [
      ...["--root-directory=/srv", "--property=RootDirectory=/srv"],
      ...["--property=RootImage=/srv.img", "--property=RootMStack=/srv"],
      ...["--property=ExecCondition=", "--socket-property=ExecStartPre="],
      "--socket-property=RootDirectory=/x",
    ]
  ) {
    assertThrows(
      () => assertAttachesFromInside(optionsOf(word)),
      UserError,
      word.includes("Exec") ? "would remove the binding" : "another root",
    );
  }
  assertAttachesFromInside(optionsOf(
    ...["--property=RootDirectory=/", "--property=RootDirectory="],
    "--property=ExecCondition=/bin/true",
  ));
});
