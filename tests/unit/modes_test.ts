import { assertEquals, assertThrows } from "@std/assert";
import {
  entryOf,
  modeOf,
  modeOfPin,
  MODES,
  OPEN_MODE,
  PLAIN_MODE,
} from "../../src/programs/modes.ts";

const LOOPBACK = { ...PLAIN_MODE, loopback: true };

Deno.test("MODES have programs whose names fit into the kernel's 15 characters, and differ", () => {
  const programs = new Set(
    MODES.flatMap(({ pinned, attached }) => [pinned, ...attached]),
  );
  const names = [...programs].map(({ kernelName }) => kernelName);
  assertEquals(
    names.filter((name) => !/^denovrf_[a-z0-9_]{1,7}$/.test(name)),
    [],
  );
  assertEquals(new Set(names).size, programs.size);
});

Deno.test("MODES attach at most six programs in the plain mode, and one in the open one", () => {
  assertEquals(
    entryOf(PLAIN_MODE).attached.map(({ hook }) => hook),
    ["connect4", "connect6", "setsockopt", "egress", "ingress", "sock_create"],
  );
  assertEquals(
    entryOf(OPEN_MODE).attached.map(({ hook }) => hook),
    ["sock_create"],
  );
});

Deno.test("entryOf() knows every mode, and no other", () => {
  for (const entry of MODES) assertEquals(entryOf({ ...entry.mode }), entry);
  assertThrows(() => entryOf({ ...OPEN_MODE, lock: true }), TypeError);
});

Deno.test("modeOf() knows a mode by the program that denovrf attaches last", () => {
  for (const { mode, pinned, attached } of MODES) {
    const own = attached.at(-1)?.kernelName ?? "";
    assertEquals(modeOf([own]), mode);
    assertEquals(modeOf([pinned.kernelName, own]), mode);
    assertEquals(modeOf([own, pinned.kernelName]), mode);
  }
  assertEquals(modeOf([]), undefined);
  assertEquals(modeOf(["sd_devices", "denovrf_eg"]), undefined);
});

Deno.test("modeOf() knows that nothing filters where systemd alone has attached", () => {
  assertEquals(modeOf([entryOf(PLAIN_MODE).pinned.kernelName]), OPEN_MODE);
  assertEquals(modeOf([entryOf(LOOPBACK).pinned.kernelName]), LOOPBACK);
});

Deno.test("modeOfPin() knows the mode that a pin states", () => {
  for (const { mode, pin } of MODES) assertEquals(modeOfPin(pin), mode);
  assertEquals(modeOfPin("sock_create"), PLAIN_MODE);
  assertEquals(modeOfPin("lock/egress"), undefined);
});
