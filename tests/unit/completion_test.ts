import { assert, assertEquals, assertThrows } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { complete } from "../../src/cli/completion.ts";
import { manual } from "../../src/cli/man.ts";
import { run } from "../../src/commands/completion.ts";
import { UsageError } from "../../src/messages/errors.ts";

const NAMES = {
  vrfs: () => ["vrfred", "vrfblue", "mgmt"],
  units: () => ["ssh.service", "nginx.service"],
  boundUnits: () => ["ssh.service", "sshd-vrf@.service"],
};

/** A command line, and what its last word could become. */
const LINES: Record<string, string[]> = {
  "st": ["start", "stop"],
  "unb": ["unbind"],
  "nosuch ": [],
  "bind ": ["nginx.service", "ssh.service"],
  "bind ssh.service vrf": ["vrfblue", "vrfred"],
  "bind --lock ssh.service m": ["mgmt"],
  "bind ssh.service %": [],
  "bind sshd@ %": ["%i"],
  "bind --resolv-conf ": [],
  "bind --resolv-conf /x s": ["ssh.service"],
  "bind --l": ["--lock", "--loopback"],
  "start vrfred ": ["mgmt", "vrfblue", "vrfred"],
  "exec m": ["mgmt"],
  "exec mgmt l": [],
  "run mgmt --lo": ["--lock", "--loopback"],
  "run mgmt -- --lo": [],
  "verify ": ["ssh.service", "sshd-vrf@.service"],
  "verify ssh.service n": [],
  "unbind --now s": ["ssh.service", "sshd-vrf@.service"],
  "pids v": ["vrfblue", "vrfred"],
  "completion ": ["bash", "fish", "zsh"],
  "help do": ["doctor"],
  "help l": ["limits", "list", "lock", "loopback"],
  "help bind": ["bind"],
  "compl": ["completion"],
  "f": [],
  "help at": [],
  "start --i": [],
  "stop --": ["--all", "--help", "--purge", "--quiet", "--verbose"],
};

Deno.test("complete() knows commands, options, VRFs and units", () => {
  for (const [line, words] of Object.entries(LINES)) {
    assertEquals([line, complete(line.split(" "), NAMES)], [line, words]);
  }
});

Deno.test("completion refuses a shell that it does not know", () => {
  for (const shell of ["tcsh", "constructor"]) {
    const args = {
      operands: [shell],
      flags: new Set<string>(),
      values: new Map<string, string>(),
      foreign: { words: [], options: [] },
    };
    assertThrows(() => run(args), UsageError);
  }
});

Deno.test("the manual page has every command and option", () => {
  const page = manual().replaceAll("\\-", "-");
  for (const { name, options } of COMMANDS) {
    assert(page.includes(`\n.SS denovrf ${name}`), name);
    for (const option of options) assert(page.includes(`--${option.name}`));
  }
  const [, internal = ""] = page.split("\n.SH INTERNAL COMMANDS\n");
  for (const name of ["attach", "follow", "complete"]) {
    assertEquals(
      page.indexOf(`.SS denovrf ${name} `),
      page.lastIndexOf(`.SS denovrf ${name} `),
    );
    assert(internal.includes(`.SS denovrf ${name} `), name);
  }
  assertEquals(
    page.split("--instance").length,
    internal.split("--instance").length,
  );
  // A line that begins with a control character would be a macro.
  const macros = /^\.(?:TH|SH|SS|PP|TP|IP|RS|RE|EX|EE|br|B|I|BR)\b/;
  for (const line of page.split("\n")) {
    assert(!/^[.']/.test(line) || macros.test(line), line);
  }
});
