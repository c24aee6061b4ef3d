/** The command that tells of its sockets, see probe.py. */
export const PROBE = ["python3", "tests/sockets/probe.py"];

/** The kinds of sockets that probe.py makes. */
const KINDS = "tcp4 tcp6 udp4 udp6 raw4 raw6 ping4 ping6".split(" ");

/** What probe.py prints where every socket is on one device, or fails alike. */
export function everySocket(state: string): string {
  return [
    ...KINDS.map((kind) => `${kind} ${state}`),
    // Of which the kernel would leave unbound what it makes for them.
    `mptcp4 ${state === "-" ? "-" : "EPERM"}`,
  ].join("\n");
}
