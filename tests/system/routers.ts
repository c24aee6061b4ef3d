/** Neighbours of FRR's daemons, as programs for Python. */

import { OUR_ADDRESS, PEER_ADDRESS } from "./guest.ts";

/** A BGP neighbour that waits for a connection, and says what it has got once the session is up. */
export const BGP_NEIGHBOUR = `
import socket, struct
def message(kind, body):
    return b"\\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body
def receive():
    size, kind = struct.unpack("!16xHB", stream.read(19)); stream.read(size - 19)
    return kind
connection, (address, _) = socket.create_server(("${PEER_ADDRESS}", 179)).accept()
stream = connection.makefile("rb")
OPEN, KEEPALIVE = 1, 4
connection.sendall(message(OPEN, struct.pack("!BHH4sB", 4, 65002, 180, socket.inet_aton("${PEER_ADDRESS}"), 0)))
assert receive() == OPEN
connection.sendall(message(KEEPALIVE, b""))
assert receive() == KEEPALIVE
print("up with", address)`;

/** A BFD neighbour, that says when the session is up. */
export const BFD_NEIGHBOUR = `
import socket, struct
UP = {1: 2, 2: 3, 3: 3}  # Its state, and what ours becomes: down, init, up.
ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); ours.bind(("${PEER_ADDRESS}", 3784))
ours.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255); ours.settimeout(1)
state, theirs, its = 1, 0, 0
while its != 3:
    ours.sendto(struct.pack("!4B5I", 1 << 5, state << 6, 3, 24, 1, theirs, 1000000, 1000000, 0), ("${OUR_ADDRESS}", 3784))
    try: packet, (address, _) = ours.recvfrom(64)
    except TimeoutError: continue
    its, theirs = packet[1] >> 6, *struct.unpack_from("!I", packet, 4)
    state = UP.get(its, 1)
print("up with", address)`;
