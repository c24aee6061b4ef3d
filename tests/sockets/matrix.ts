/**
 * What the loopback mode promises, checked from outside: what an application
 * sees of its sockets, and by which device their packets leave.
 */

import { assert, assertEquals } from "@std/assert";
import { must } from "../shell.ts";

/** Networks that are nobody's (RFC 5737, RFC 3849). */
const ELSEWHERE4 = "198.51.100.";

const ELSEWHERE6 = "2001:db8:51::";

/** What a test has to make routes for. */
export const PREFIXES = [`${ELSEWHERE4}0/24`, `${ELSEWHERE6}/64`];

const PORT = 7100;

const SEQUENCES = 10_000;

/**
 * The table of src/manual/loopback.md: what an application sees of its calls, and to what
 * its socket is bound then, for IPv4, IPv6 and IPv4-mapped addresses alike.
 */
const TABLE: Readonly<Record<string, string>> = {
  "tcp connect loopback": "ok -",
  "tcp connect elsewhere": "EINPROGRESS vrf",
  "tcp connect, non-blocking loopback": "EINPROGRESS -",
  "tcp connect, non-blocking elsewhere": "EINPROGRESS vrf",
  "tcp fastopen loopback": "EINPROGRESS -",
  "tcp fastopen elsewhere": "EINPROGRESS vrf",
  "tcp bind listen loopback": "ok ok -",
  "tcp bind listen elsewhere": "ok ok vrf",
  "udp bind loopback": "ok -",
  "udp bind elsewhere": "ok vrf",
  "udp bind any port, sendto loopback": "ok - ok ok -",
  "udp bind any port, sendto elsewhere": "ok - EINTR ok vrf",
  "udp connect send loopback": "ok ok -",
  "udp connect send elsewhere": "ok ok vrf",
  "udp sendto loopback": "ok ok -",
  "udp sendto elsewhere": "EINTR ok vrf",
  "udp sendmsg loopback": "ok ok -",
  "udp sendmsg elsewhere": "EINTR ok vrf",
  "tcp listen": "ok vrf",
  "tcp connect loopback, then elsewhere": "ok ok EINPROGRESS vrf",
};

/**
 * Where the application's words are the kernel's own business: without us, too,
 * an IPv4 socket keeps the source address that it has for loopback.
 */
const BOUND_ANYWAY = [
  "udp connect loopback, then elsewhere",
  "udp connect elsewhere, then loopback",
];

/**
 * Runs every case of the table, and random sequences of calls.
 *
 * @param vrf What sockets are to be bound to.
 * @param other The device by which packets would leave without a binding.
 * @param prefix What a command is run in the VRF by.
 * @param way The device by which packets leave in the VRF.
 */
export async function assertMatrix(
  vrf: string,
  other: string,
  prefix: readonly string[],
  way = vrf,
): Promise<void> {
  await using _server = await serveOnLoopback();
  const files = `${import.meta.dirname}`;
  const report = await Deno.makeTempFile();
  const tap = (...command: string[]) =>
    must([
      ...["python3", `${files}/wiretap.py`],
      ...[PREFIXES.join(), `${way},${other}`],
      ...["sh", "-c", `"$@" > ${report}`, "sh", ...command],
    ]);
  const matrix = [
    ...["/usr/bin/python3", `${files}/matrix.py`],
    ...[`${ELSEWHERE4}7`, `${ELSEWHERE6}7`, `${PORT}`],
  ];
  const walk = (count: number) => [
    ...["/usr/bin/python3", `${files}/walk.py`, "1", `${count}`],
    ...[ELSEWHERE4, ELSEWHERE6],
  ];
  // What counts packets does count them: without a binding, by the other way.
  assertEquals(packets(await tap(...walk(100)), way), 0);
  assert(packets(await tap(...walk(100)), other) > 0);

  const counts = await tap(...prefix, ...matrix);
  assertEquals(
    matrixIn(await Deno.readTextFile(report)),
    new Map(
      Object.entries(TABLE).map(([name, words]) => [
        name,
        Array(3).fill(words.replace("vrf", vrf)),
      ]),
    ),
  );
  assertEquals(packets(counts, other), 0);
  assert(packets(counts, way) > 0);

  const walked = await tap(...prefix, ...walk(SEQUENCES));
  assertEquals(await Deno.readTextFile(report), `${SEQUENCES}\n`);
  assertEquals(packets(walked, other), 0);
  assert(packets(walked, way) > 0);
  await Deno.remove(report);

  /** The three families' words for each case, in one order. */
  function matrixIn(text: string): Map<string, string[]> {
    const cases = new Map<string, string[]>();
    for (const line of text.trim().split("\n")) {
      const [, name = "", words = ""] = /^\S+ (.*): (.*)$/.exec(line) ?? [];
      if (BOUND_ANYWAY.includes(name)) {
        assert(words.endsWith(` ${vrf}`), line);
      } else {
        cases.set(name, [...cases.get(name) ?? [], words]);
      }
    }
    return cases;
  }
}

function packets(counts: string, device: string): number {
  const line = counts.split("\n").find((line) => line.startsWith(`${device} `));
  return Number(line?.split(" ")[1]);
}

/** Answers TCP and UDP at the host's loopback. */
async function serveOnLoopback(): Promise<AsyncDisposable> {
  const server = new Deno.Command("python3", {
    args: [`${import.meta.dirname}/server.py`, `${PORT}`],
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      await reader.cancel();
      server.kill("SIGKILL");
      await server.status;
    },
  };
}
