import { assert, assertEquals, assertMatch } from "@std/assert";
import { removeExecCgroups } from "./exec_cgroups.ts";
import { denovrfCommand, makeNetdev } from "./fixture.ts";
import { must } from "../shell.ts";

/** Runs commands with a /run of their own; $denovrf is to be used unquoted. */
async function withOwnRun(script: string): Promise<string> {
  const denovrf = (await denovrfCommand()).join(" ");
  const prepare = "mount -t tmpfs -o mode=755 tmpfs /run\ndenovrf=$0\n";
  return await must(
    ["unshare", "--mount", "sh", "-ec", prepare + script, denovrf],
  );
}

const FACT = /^sk_buff\.dev = \d+$/m;

Deno.test("what the kernel's BTF says is kept until the next boot", async () => {
  await using _netdev = await makeNetdev("vt0");
  const text = await withOwnRun(`
$denovrf exec vt0 --lock true
stat -c '%U %a' /run/denovrf /run/denovrf/btf
cat /run/denovrf/btf`);
  assertMatch(text, FACT);
  assert(text.startsWith("root 755\nroot 644\n"), text);
});

Deno.test("the kernel's BTF is read once, also for what the kernel does not have", async () => {
  await using _netdev = await makeNetdev("vt0");
  const text = await withOwnRun(`
trace=$(mktemp)
strace -f -e trace=openat -o $trace $denovrf exec vt0 true
grep -c /sys/kernel/btf/vmlinux $trace
strace -f -e trace=openat -o $trace $denovrf exec --loopback vt0 true
grep -c /sys/kernel/btf/vmlinux $trace || rm $trace`);
  assertEquals(text.trim(), "1\n0");
});

Deno.test("what the BTF of another boot said, or others than root may have written, is not used", async () => {
  await using _netdev = await makeNetdev("vt0");
  const before = `mkdir /run/denovrf
{ cat /proc/sys/kernel/random/boot_id; echo "sk_buff.dev = 4000000"; } > /run/denovrf/btf
`;
  const spoiled = {
    "another boot": "sed -i 1s/./x/ /run/denovrf/btf",
    "a directory that others may write to": "chmod 777 /run/denovrf",
    "another user's directory": "chown 65534 /run/denovrf",
  };
  for (const [what, spoil] of Object.entries(spoiled)) {
    const text = await withOwnRun(`${before}${spoil}
$denovrf exec vt0 --lock true
cat /run/denovrf/btf`);
    // The next one is to load its programs again.
    await removeExecCgroups();
    assertMatch(text, FACT, what);
    assertEquals(text.includes("4000000"), false, what);
  }
});
