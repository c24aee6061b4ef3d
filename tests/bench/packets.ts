/** What packets cost in a VRF, in proportion to those of a bare cgroup. */

import { type Figure, inProportion } from "./figures.ts";
import type { Loop } from "./loop.ts";
import { medians, show } from "./measure.ts";
import { mustSh } from "../shell.ts";

const ROUNDS = 15;

/** The network namespace of the peer, and the device in it. */
export const PEER_END = "benchpeer";

/** The device of a VRF by which it is reached. */
const WAY = "benchway";

/** The most of the time of no program that ours is to take. */
const AT_MOST = { "plain mode": 1.05 };

/**
 * Measures what is sent from cgroups to a peer behind an interface.
 *
 * @param ifname A VRF, or where the kernel has none, one end of a veth pair
 * whose other end is called PEER_END.
 * @param cgroups Paths of cgroups by what is attached there.
 * @param reference Which of them the figures are in proportion to.
 */
export async function measurePackets(
  loop: Loop,
  ifname: string,
  isVrf: boolean,
  cgroups: ReadonlyMap<string, string>,
  reference: string,
): Promise<Figure[]> {
  await using _peer = await makePeer(ifname, isVrf);
  // What no program binds says itself by which interface it sends.
  const subjects = new Map([...cgroups].map(([way, path]) => [
    way,
    { path, device: way === reference ? ifname : "" },
  ]));
  const measure = async (what: string, name: string, calls: number) => {
    const times = await medians(
      subjects,
      ROUNDS,
      ({ path, device }) => loop.time(path, name, calls, device),
    );
    show(what, times, "ns");
    return inProportion(what, times, reference, reference, AT_MOST);
  };
  const datagrams = await measure(
    "sendto() of 64 bytes, unconnected",
    "sendto",
    loop.calls,
  );
  await mustSh(`ip link set ${isVrf ? WAY : ifname} arp on`);
  const sink = await startSink(loop);
  const stream = await measure(
    "a TCP stream, by the time of 64 KiB",
    "stream",
    Math.ceil(loop.calls / 10),
  );
  sink.kill("SIGKILL");
  await sink.status;
  return [...datagrams, ...stream];
}

/**
 * A peer at 198.51.100.7. At first, nobody is asked for its address, so that
 * nothing of a datagram is the peer's work.
 */
async function makePeer(
  ifname: string,
  isVrf: boolean,
): Promise<AsyncDisposable> {
  const way = isVrf ? WAY : ifname;
  await mustSh(`
ip netns add ${PEER_END}
${
    isVrf
      ? `ip link add ${WAY} type veth peer name ${PEER_END}
ip link set ${WAY} master ${ifname}`
      : ""
  }
ip link set ${PEER_END} netns ${PEER_END}
ip -netns ${PEER_END} address add 198.51.100.7/24 dev ${PEER_END}
ip -netns ${PEER_END} link set ${PEER_END} up
ip link set ${way} arp off up
ip address add 198.51.100.1/24 dev ${way}`);
  return {
    async [Symbol.asyncDispose]() {
      // Both ends would go with the network namespace.
      await mustSh(`
ip -netns ${PEER_END} link set ${PEER_END} netns $$
ip netns delete ${PEER_END}
${isVrf ? `ip link delete ${WAY}` : ""}`);
    },
  };
}

async function startSink({ path }: Loop): Promise<Deno.ChildProcess> {
  const sink = new Deno.Command("ip", {
    args: ["netns", "exec", PEER_END, path, "sink"],
    stdout: "piped",
  }).spawn();
  const reader = sink.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  return sink;
}
