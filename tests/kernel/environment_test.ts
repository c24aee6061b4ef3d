/** What the command of exec has from its caller: words, settings, terminal. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { denovrf, denovrfCommand, makeNetdev } from "./fixture.ts";
import { must, run } from "../shell.ts";

Deno.test("exec leaves the command's words alone", async () => {
  await using _netdev = await makeNetdev("vt0");
  const words = ["--help", "--", "-v", "", "a b", "$x", "\n", "ü€"];
  const { stdout } = await denovrf([
    ...["exec", "vt0", "printf", "<%s>"],
    ...words,
  ]);
  assertEquals(stdout, words.map((word) => `<${word}>`).join(""));
});

Deno.test("exec leaves words alone that are not UTF-8, and however many there are", async () => {
  await using _netdev = await makeNetdev("vt0");
  const words = (await denovrfCommand()).join(" ");
  const { stdout } = await run([
    ...[
      "sh",
      "-c",
      `${words} exec vt0 printf %s "$(printf 'a\\351b')" | od -An -c`,
    ],
  ]);
  assertEquals(stdout.replace(/ +/g, " "), "a 351 b");
  const many = await run([
    ...["sh", "-c", `${words} exec vt0 echo $(seq 40000) | wc -w`],
  ]);
  assertEquals(many.stdout, "40000");
});

/** Everything that a process has from its caller, as far as a shell can see. */
const INHERITED = `
pwd; umask; cat; echo to stderr >&2
grep -E "^(NoNewPrivs|Groups|Cap)" /proc/self/status
# Without the signals that the C library has for itself, from 32 on.
sed -n 's/^\\(Sig[BI].*\\).\\{9\\}\\(.\\{7\\}\\)$/\\1\\2/p' /proc/self/status
cat /proc/self/limits /proc/self/oom_score_adj
ls /proc/self/fd
tr '\\0' '\\n' < /proc/self/environ | sort
ps -o nice=,pri=,cls= $$`;

Deno.test("exec gives the command all that its caller has", async () => {
  await using _netdev = await makeNetdev("vt0");
  const here = Deno.cwd();
  const command = (await denovrfCommand()).map((word) =>
    /^(main\.ts|src\/)/.test(word) ? `${here}/${word}` : word
  );
  /** A caller with settings that are nobody's default. */
  const caller = (behind: string[]) =>
    run([
      ...[
        "sh",
        "-c",
        `umask 027; ulimit -Sn 321; ulimit -c 0; trap '' HUP USR1
cd /var/tmp; exec 7</dev/null 8>&1; echo input | nice -n 3 "$@"`,
        "sh",
      ],
      ...[...behind, "sh", "-c", INHERITED],
    ], {
      clearEnv: true,
      env: { A: "1", "b.c": "x=y", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
  const direct = await caller([]);
  assertEquals(await caller([...command, "exec", "vt0"]), direct);
  assertStringIncludes(direct.stdout, "321");
});

Deno.test("exec without PATH finds the command where execvp(3) does, and sets none", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { stdout, stderr } = await denovrf(["exec", "vt0", "env"], {
    clearEnv: true,
  });
  assertEquals([stdout, stderr], ["", ""]);
});

Deno.test("exec's command gets keys, and the end of its terminal", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [key: string, script: string, end: string][] = [
    ["c", "echo ready; exec sleep 1000", "ended by SIGINT"],
    [
      "c",
      "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done",
      "exited with 9",
    ],
    ["\\", "echo ready; exec sleep 1000", "ended by SIGQUIT"],
    ["z", "echo ready; exec sleep 1000", "stopped by SIGTSTP"],
    ["hangup", "echo ready; exec sleep 1000", "ended by SIGHUP"],
  ];
  for (const [key, script, end] of cases) {
    const stdout = await must([
      ...["python3", "tests/kernel/terminal.py", key],
      ...[...await denovrfCommand(), "exec", "vt0", "sh", "-c", script],
    ]);
    assertEquals(stdout, end);
  }
});
