import { assertEquals } from "@std/assert";
import { must, run } from "../shell.ts";
import { until, untilNoJobs } from "../system/guest.ts";

/** The devices that a probe's sockets were on since the boot, in order. */
async function devicesOf(name: string): Promise<string[]> {
  const log = await Deno.readTextFile(`/var/log/probe-${name}.log`)
    .catch(() => "");
  return log.split("\n").filter((line) => line !== "")
    .map((line) => line.split(" ")[2] ?? "");
}

Deno.test("a daemon comes up in the VRF that systemd-networkd makes at boot", async () => {
  await until(
    "its socket is in the VRF",
    async () => (await devicesOf("boot")).at(-1) === "vrfboot",
  );
  assertEquals([...new Set(await devicesOf("boot"))], ["vrfboot"]);
});

Deno.test("a daemon whose VRF does not exist does not start until the VRF appears", async () => {
  await untilNoJobs();
  assertEquals(
    (await run(["systemctl", "is-active", "probe-late"])).stdout === "active",
    false,
  );
  assertEquals(await devicesOf("late"), []);
  await must([
    "ip",
    "link",
    "add",
    "vrflate",
    "up",
    "type",
    "vrf",
    "table",
    "40",
  ]);
  await until(
    "its socket is in the VRF",
    async () => (await devicesOf("late")).at(-1) === "vrflate",
  );
  assertEquals([...new Set(await devicesOf("late"))], ["vrflate"]);
});
