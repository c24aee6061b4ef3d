/** A service that logs its sockets' devices, and VRFs for it. */

import { assertEquals } from "@std/assert";
import { must, mustSh } from "../shell.ts";
import { removeVrf, unit, until } from "./guest.ts";

/** A service that logs its sockets' devices, and what it has logged. */
export class Probe {
  readonly name: string;
  readonly log: string;

  constructor(name: string) {
    this.name = name;
    this.log = `/run/${name}.log`;
  }

  /** Writes its unit, which lives until it is disposed of. */
  async unit(settings = ""): Promise<AsyncDisposable> {
    await Deno.writeTextFile(this.log, "");
    return await unit(
      `${this.name}.service`,
      `[Service]
ExecStart=/usr/bin/python3 /payload/tests/system/probe_loop.py ${this.log}
${settings}`,
    );
  }

  /** The devices of its sockets, in the order of their changes. */
  devices(): Promise<string[]> {
    return this.#column(2);
  }

  /** The processes that made sockets. */
  async pids(): Promise<string[]> {
    return [...new Set(await this.#column(0))];
  }

  async #column(index: number): Promise<string[]> {
    const lines = (await Deno.readTextFile(this.log)).trim().split("\n");
    return lines.filter((line) => line !== "").map((line) =>
      line.split(" ")[index] ?? ""
    );
  }

  /** Waits until its sockets are on a device. */
  async untilOn(device: string): Promise<void> {
    await until(
      `${this.name} is on ${device}`,
      async () => (await this.devices()).at(-1) === device,
    );
  }

  pid(): Promise<string> {
    return must(["systemctl", "show", "-P", "MainPID", this.name]);
  }
}

/** Fails if a socket was ever outside of the VRF. */
export async function assertNeverOutside(
  probe: Probe,
  vrf = "vrfred",
): Promise<void> {
  const allowed = [vrf, "EPERM", "ENODEV"];
  const devices = await probe.devices();
  assertEquals(devices.filter((device) => !allowed.includes(device)), []);
}

/** A VRF without a device in it; its binding goes with it. */
export async function makeBareVrf(
  name: string,
  table: number,
): Promise<AsyncDisposable> {
  await must([
    "ip",
    "link",
    "add",
    name,
    "up",
    "type",
    "vrf",
    "table",
    `${table}`,
  ]);
  return {
    [Symbol.asyncDispose]: () => removeVrf(name),
  };
}

/** Deletes a VRF and recreates it at once, with another ifindex. */
export async function remakeVrf(name: string, table: number): Promise<void> {
  await mustSh(
    `ip link delete ${name}; ip link add ${name} up type vrf table ${table}`,
  );
}
