import { assertEquals, assertThrows } from "@std/assert";
import { commandNamed } from "../../src/cli/commands.ts";
import { assertOperands, assertUtf8 } from "../../src/cli/operands.ts";
import { parse } from "../../src/cli/parse.ts";
import { UsageError } from "../../src/messages/errors.ts";

/** Fails unless it says this of a command line, or nothing for `undefined`. */
function assertFault(
  assert: typeof assertOperands,
  line: string,
  fault: string | undefined,
): void {
  const [name = "", ...args] = line.split(" ");
  const command = commandNamed(name);
  const given = parse(command, args);
  if (fault === undefined) return assert(command, given);
  const error = assertThrows(() => assert(command, given), UsageError);
  assertEquals([line, error.message], [line, fault]);
}

Deno.test("assertOperands() names what is missing and what is too much", () => {
  const faults: Record<string, string | undefined> = {
    "start": "Missing argument: VRF",
    "start red": undefined,
    "start red blue": undefined,
    "start --all": undefined,
    "start --all red": 'Unexpected argument "red"',
    "stop -q": "Missing argument: VRF",
    "bind": "Missing argument: UNIT",
    "bind ssh": "Missing argument: VRF",
    "bind ssh red": undefined,
    "bind a b c": 'Unexpected argument "c"',
    "attach a b": 'Unexpected argument "b"',
    "follow": "Missing argument: INSTANCE",
    "follow red 7": undefined,
    "follow red 7 8": 'Unexpected argument "8"',
    "list": undefined,
    "list red": undefined,
    "list red blue": 'Unexpected argument "blue"',
    "verify": undefined,
    "verify a b c": undefined,
    "doctor x": 'Unexpected argument "x"',
    "install --prefix /mnt /mnt": 'Unexpected argument "/mnt"',
    "exec": "Missing argument: VRF",
    "exec red": "Missing argument: COMMAND",
    "exec red ls -l /": undefined,
    "run red": "Missing argument: COMMAND",
    "run red --pty ls": undefined,
    "run --shell": "Missing argument: VRF",
    "run red --shell": undefined,
    "run red -S": undefined,
    "run red --shell ls": 'Unexpected argument "ls"',
    "exec --lock red": "Missing argument: COMMAND",
    "complete": undefined,
    "help a b": 'Unexpected argument "b"',
  };
  for (const [line, fault] of Object.entries(faults)) {
    assertFault(assertOperands, line, fault);
  }
});

Deno.test("assertUtf8() refuses what denovrf would read wrong, and no command's words", () => {
  const faults: Record<string, string | undefined> = {
    "list \uFFFD": 'Cannot use "\uFFFD": it is not UTF-8',
    "start red b\uFFFD": 'Cannot use "b\uFFFD": it is not UTF-8',
    "install --prefix=/\uFFFD": 'Cannot use "/\uFFFD": it is not UTF-8',
    "exec \uFFFD ls": 'Cannot use "\uFFFD": it is not UTF-8',
    "exec red ls \uFFFD": undefined,
    "run red -u \uFFFD ls": 'Cannot use "\uFFFD": it is not UTF-8',
    "run red ls \uFFFD": undefined,
  };
  for (const [line, fault] of Object.entries(faults)) {
    assertFault(assertUtf8, line, fault);
  }
});
