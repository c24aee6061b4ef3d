"""Sockets that lose their device, and what they do then.

lost.py ADDRESS4 ADDRESS6: addresses that nobody answers at. Prints a line a
case: its name, what the application sees of each call, and the device of the
socket at the end, "-" for none.
"""

import errno
import socket
import sys

import raw

PORT = 9
IPPROTO_UDPLITE = 136

FAMILIES = {
    "v4": (socket.AF_INET, "0.0.0.0", sys.argv[1]),
    "v6": (socket.AF_INET6, "::", sys.argv[2]),
}


def device(made):
    name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
    return name.rstrip(b"\0").decode() or "-"


def dissolve(made, _):
    return [raw.seen(lambda: raw.disconnect(made))]


def bind(made, anywhere, _):
    return [raw.seen(lambda: made.bind((anywhere, 0)))]


def bind_port(made, anywhere, _):
    return [raw.seen(lambda: made.bind((anywhere, 7103)))]


def connect(made, _, address):
    return [raw.seen(lambda: made.connect((address, PORT)))]


def sendto(made, _, address):
    """Twice, for the first one may be interrupted."""
    return [raw.seen(lambda: raw.sendto(made, b"x", address, PORT)) for _ in range(2)]


def case(name, family, protocol, anywhere, address, *steps):
    try:
        made = socket.socket(family, socket.SOCK_DGRAM, protocol)
    except OSError as error:
        print(f"{name}: {errno.errorcode[error.errno]}", flush=True)
        return
    with made:
        words = []
        for step in steps:
            words += step(made, anywhere, address)
        print(f"{name}: {' '.join(words)} {device(made)}", flush=True)


def dissolved(*steps):
    return [connect, lambda made, *_: dissolve(made, None), *steps]


for label, (family, anywhere, address) in FAMILIES.items():
    ping = socket.IPPROTO_ICMP if label == "v4" else socket.IPPROTO_ICMPV6
    for name, protocol, steps in (
        ("udp bind", 0, dissolved(bind)),
        ("udp connect", 0, dissolved(connect)),
        ("udp sendto", 0, dissolved(sendto)),
        ("udp of a port", 0, [bind_port, *dissolved()]),
        ("udplite connect", IPPROTO_UDPLITE, dissolved(connect)),
        ("ping", ping, dissolved()),
    ):
        case(f"{label} {name}", family, protocol, anywhere, address, *steps)
