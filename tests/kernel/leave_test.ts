/** exec where something binds already: from one VRF to another, and out of all. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { exit, type Insn, mov, R0, R1, R6, store } from "../../src/bpf/insn.ts";
import { attach, createMap } from "../../src/bpf/libbpf.ts";
import { loadProgram } from "../../src/bpf/load.ts";
import { open } from "../../src/os/files.ts";
import { OPEN_MODE } from "../../src/programs/modes.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
} from "./fixture.ts";
import { everySocket, PROBE } from "../sockets/probe.ts";

Deno.test("exec inside exec: the innermost VRF wins, and default leaves it", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  const denovrfWords = await denovrfCommand();
  const inner = await denovrf(
    ["exec", "vt0", ...denovrfWords, "exec", "vt1", ...PROBE],
  );
  assertEquals(inner.stdout, everySocket("vt1"), inner.stderr);
  const left = await denovrf(
    ["exec", "vt0", ...denovrfWords, "exec", "default", ...PROBE],
  );
  assertEquals(left.stdout, everySocket("-"), left.stderr);
  const never = await denovrf(["exec", "default", ...PROBE]);
  assertEquals(never.stdout, everySocket("-"), never.stderr);
});

Deno.test("exec in a cgroup that is bound with --open binds to another VRF, and cannot leave for default", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path, OPEN_MODE);
  const denovrfWords = await denovrfCommand();
  assertEquals(
    await cgroup.run([...denovrfWords, "exec", "--open", "vt1", ...PROBE]),
    everySocket("vt1"),
  );
  assertEquals(await cgroup.probe(), everySocket("vt0"));
  const message = await cgroup.run([
    ...["sh", "-c", '"$@" 2>&1 && echo left || true', "sh"],
    ...[...denovrfWords, "exec", "default", "true"],
  ]);
  assertStringIncludes(message, "denovrf: Cannot leave the VRF: the cgroup");
  assertStringIncludes(message, "bound unit");
});

Deno.test("exec does not run in another VRF where the cgroup around would drop its packets", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const message = await cgroup.run([
    ...["sh", "-c", '"$@" 2>&1 && echo ran || true', "sh"],
    ...[...await denovrfCommand(), "exec", "vt1", "true"],
  ]);
  assertStringIncludes(message, "is bound without --open\n");
  assertEquals(message.includes("ran"), false);
});

/** Binds whatever comes, as iproute2's program does. */
function bindsTo(ifindex: number): Insn[] {
  return [
    mov(R6, R1),
    mov(R1, ifindex),
    store("u32", R6, 0, R1),
    mov(R0, 1),
    exit(),
  ];
}

Deno.test("exec refuses to run where another program has the last word", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = Cgroup.make();
  const ifindex = await ifindexOf("vt1");
  {
    using map = createMap("foreign", 16);
    using program = loadProgram({
      ...SOCK_CREATE,
      kernelName: "foreign",
      instructions: () => bindsTo(ifindex),
    }, { binding: map, filter: map });
    using outer = open(cgroup.path);
    attach(program, outer, SOCK_CREATE.attachType);
  }
  const denovrfWords = await denovrfCommand();
  for (const vrf of ["vt0", "default"]) {
    const message = await cgroup.run([
      ...["sh", "-c", '"$@" 2>&1 && echo ran || true', "sh"],
      ...[...denovrfWords, "exec", vrf, "true"],
    ]);
    assertStringIncludes(
      message,
      `another program binds sockets here to ifindex ${ifindex}`,
    );
  }
});

Deno.test("exec inside ip vrf exec's cgroup is in the VRF that it says", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using outer = Cgroup.make();
  await using vrf = outer.child("vrf");
  await using cgroup = vrf.child("vt1");
  start("vt1");
  cgroup.attach("vt1");
  const denovrfWords = await denovrfCommand();
  for (const [name, device] of [["vt0", "vt0"], ["default", "-"]] as const) {
    assertEquals(
      await cgroup.run([...denovrfWords, "exec", name, ...PROBE]),
      everySocket(device),
    );
  }
});
