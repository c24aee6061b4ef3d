/** A cgroup that is bound, and the sockets of what runs in it. */

import { assertEquals, assertThrows } from "@std/assert";
import { attachTo, detachFrom } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { attachedPrograms } from "../../src/bpf/libbpf.ts";
import { UserError } from "../../src/messages/errors.ts";
import { open as openFile } from "../../src/os/files.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import {
  boundCgroup,
  Cgroup,
  makeNetdev,
  remakeNetdev,
  stop,
} from "./fixture.ts";
import { everySocket } from "../sockets/probe.ts";

Deno.test("sock_create binds a new socket of every kind to the interface", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  assertEquals(await cgroup.probe(), everySocket("-"));
  start("vt0");
  cgroup.attach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("sock_create binds to an interface with a dot in its name as to any other", async () => {
  await using cgroup = await boundCgroup("vt0.100");
  assertEquals(await cgroup.probe(), everySocket("vt0.100"));
  stop("vt0.100", true);
});

Deno.test("sock_create leaves a socket in the VRF that an inner cgroup has bound it to", async () => {
  await using outer = await boundCgroup("vt0");
  await using _netdev = await makeNetdev("vt1");
  await using inner = outer.child("inner");
  start("vt1");
  inner.attach("vt1");
  assertEquals(await inner.probe(), everySocket("vt1"));
  assertEquals(await outer.probe(), everySocket("vt0"));
});

Deno.test("sock_create leaves sockets in another network namespace alone", async () => {
  await using cgroup = await boundCgroup("vt0");
  const probe = ["unshare", "--net", "sh", "-c"];
  assertEquals(
    await cgroup.run([
      ...probe,
      "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range; python3 tests/sockets/probe.py",
    ]),
    everySocket("-"),
  );
});

Deno.test("attachTo() binds a cgroup for good, and once", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  attachTo("vt0", cgroup.path);
  using open = openFile(cgroup.path);
  assertEquals(attachedPrograms(open, SOCK_CREATE.attachType).length, 1);
  stop("vt0", false);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
  await remakeNetdev("vt0");
  start("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("attachTo() stays where systemd detaches what it has attached", async () => {
  await using cgroup = await boundCgroup("vt0");
  attachTo("vt0", cgroup.path);
  cgroup.detach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("attachTo() takes the place of another binding, and detachFrom() leaves none", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = Cgroup.make();
  start("vt0");
  start("vt1");
  attachTo("vt0", cgroup.path);
  attachTo("vt1", cgroup.path);
  assertEquals(await cgroup.probe(), everySocket("vt1"));
  detachFrom(cgroup.path);
  assertEquals(await cgroup.probe(), everySocket("-"));
});

Deno.test("attachTo() refuses an interface that was not started", async () => {
  await using cgroup = Cgroup.make();
  const error = assertThrows(() => attachTo("vt0", cgroup.path), UserError);
  assertEquals(
    error.message,
    'Cannot attach "vt0": its binding is not started',
  );
});
