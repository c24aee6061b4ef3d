/** Interfaces that start refuses, or takes with a note, and what it has of them from iproute2. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";
import { fakePrograms } from "./fake_programs.ts";
import { assertRefused, denovrf, makeNetdev } from "./fixture.ts";
import { must, mustSh } from "../shell.ts";

Deno.test("an interface that does not exist is refused, with a near name", async () => {
  await using _netdev = await makeNetdev("vrfred");
  await assertRefused(await denovrf(["start", "vrfrde"]), [
    'denovrf: Cannot find interface "vrfrde": it does not exist',
    'Did you mean "vrfred"?',
  ]);
  await assertRefused(await denovrf(["start", "unlike"]), [
    'denovrf: Cannot find interface "unlike": it does not exist',
    "Create it first, or use bind --force",
  ]);
});

Deno.test("what cannot be an interface's name is refused, by start and by stop", async () => {
  const cases: Record<string, string> = {
    "": "it is empty",
    "12345678901234567": "it is longer than 15 bytes",
    "../vt0": 'it contains a "/"',
    "a b": "it contains white space",
    "..": '".." is a directory',
    ".": '"." is a directory',
  };
  for (const [name, fault] of Object.entries(cases)) {
    for (const command of ["start", "stop"]) {
      await assertRefused(await denovrf([command, "--", name]), [
        `denovrf: Cannot use "${name}" as an interface name: ${fault}`,
      ]);
    }
  }
});

Deno.test("an interface with an odd name keeps nobody from the others", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using _control = await makeNetdev("a\x01b");
  await using _quotes = await makeNetdev(`it's"\\`);
  await using stack = new AsyncDisposableStack();
  const bytes = `"$(printf 'x\\377y')"`;
  await mustSh(`ip link add ${bytes} type veth`);
  stack.defer(async () => void await mustSh(`ip link delete ${bytes}`));
  const { code, stdout, stderr } = await denovrf([
    ...["start", "vt0", "a\x01b", `it's"\\`],
  ]);
  assertEquals([code, stdout.split("\n")], [1, [
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vt0/sock_create",
    `BPFProgram=sock_create:/sys/fs/bpf/denovrf/it's"\\/sock_create`,
  ]]);
  assertStringIncludes(
    stderr,
    'denovrf: Cannot use "a\\u0001b" as an interface name: it contains a control character',
  );
  const list: VrfReport[] = JSON.parse(
    (await denovrf(["list", "--json"])).stdout,
  );
  assertEquals(list.map(({ ifname, state }) => [ifname, state]), [
    [`it's"\\`, "bound"],
    ["vt0", "bound"],
  ]);
  assertEquals((await denovrf(["start", "--all"])).code, 0);
});

Deno.test("an interface of which ip prints no JSON keeps nobody from the others", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakePrograms({
    ip: `printf '[{"ifindex":99,"ifname":"odd","linkinfo":{raw}},'
PATH=\${PATH#*:} ip "$@" | cut -c 2-`,
  });
  const { code, stdout } = await denovrf(["start", "vt0", "lo"], {
    env: { PATH: fake.searchPath },
  });
  assertEquals([code, stdout.split("\n")], [0, [
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vt0/sock_create",
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/lo/sock_create",
  ]]);
});

Deno.test("an alternative name is refused with the real one, however long it is", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (const altname of ["red", "customer-red-of-the-north"]) {
    await must([
      "ip",
      "link",
      "property",
      "add",
      "dev",
      "vt0",
      "altname",
      altname,
    ]);
    await assertRefused(await denovrf(["start", altname]), [
      `denovrf: Cannot use "${altname}": it is an alternative name of "vt0"`,
      'Use the name "vt0"',
    ]);
  }
});

Deno.test("one VRF that fails does not keep the others from their turn", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout } = await denovrf(["start", "nosuch", "vt0"]);
  assertEquals(code, 1);
  assertEquals(
    stdout,
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vt0/sock_create",
  );
});

Deno.test("an interface that is no VRF is bound, with a note", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stderr } = await denovrf(["start", "--quiet", "vt0"]);
  assertEquals(code, 0);
  assertEquals(
    stderr,
    'denovrf: Note: "vt0" is not a VRF; binding to it anyway',
  );
});

Deno.test("an ip that is missing, too old or strange is named as the culprit", async () => {
  await using _netdev = await makeNetdev("vt0");
  const start = async (ip: string) => {
    await using fake = await fakePrograms({ ip });
    return await denovrf(["start", "vt0"], { env: { PATH: fake.directory } });
  };
  const install =
    "Install iproute2 (package iproute2, on Fedora iproute), or add its directory, often /usr/sbin, to PATH";
  await assertRefused(
    await denovrf(["start", "vt0"], { env: { PATH: "/nonexistent" } }),
    ['denovrf: Cannot run "ip": not found on PATH', install],
  );
  await assertRefused(
    await start(
      `echo 'Option "-json" is unknown, try "ip -help".' >&2; exit 255`,
    ),
    [
      'denovrf: Cannot find interface "vt0": this version of ip does not support -json: Option "-json" is unknown, try "ip -help".',
      "Install iproute2 4.14 or later",
    ],
  );
  const see = "See what `ip -json -details link show` prints";
  await assertRefused(await start("echo '2: vt0: <UP>'"), [
    'denovrf: Cannot find interface "vt0": "ip" answered "2: vt0: <UP>", which is not what iproute2 prints',
    see,
  ]);
  await assertRefused(await start("true"), [
    'denovrf: Cannot find interface "vt0": "ip" answered nothing, which is not what iproute2 prints',
    see,
  ]);
  await assertRefused(await start("echo RTNETLINK broke >&2; exit 2"), [
    'denovrf: Cannot find interface "vt0": iproute2 says: RTNETLINK broke',
  ]);
  await assertRefused(await start("exit 3"), [
    'denovrf: Cannot find interface "vt0": "ip" exited with 3',
  ]);
});
