"""Tries every way in which a socket turns to loopback, or to elsewhere.

matrix.py ELSEWHERE4 ELSEWHERE6 PORT: somebody answers at PORT of the host's
loopback, TCP and UDP. Prints a line a case: its name, what the application
sees, and the device of the socket at the end, "-" for none.
"""

import socket
import sys

import raw

MSG_FASTOPEN = 0x20000000
FAMILIES = {
    "v4": (socket.AF_INET, "127.0.0.1", sys.argv[1], "0.0.0.0"),
    "v6": (socket.AF_INET6, "::1", sys.argv[2], "::"),
    "v4-mapped": (
        socket.AF_INET6,
        "::ffff:127.0.0.1",
        f"::ffff:{sys.argv[1]}",
        "::ffff:0.0.0.0",
    ),
}
PORT = int(sys.argv[3])
OWN_PORT = PORT + 1


def anywhere_of(made):
    return "0.0.0.0" if made.family == socket.AF_INET else "::"


def is_loopback(address):
    return any(address == loopback for _, loopback, _, _ in FAMILIES.values())


def device(made):
    name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
    return name.rstrip(b"\0").decode() or "-"


def connect(made, address):
    return [raw.seen(lambda: made.connect((address, PORT)))]


def connect_later(made, address):
    made.setblocking(False)
    return connect(made, address)


def connect_where_answered(made, address):
    """Elsewhere, nobody is."""
    return (connect if is_loopback(address) else connect_later)(made, address)


def connect_and_send(made, address):
    return connect(made, address) + [raw.seen(lambda: made.send(b"x"))]


def sendto(made, address):
    """Twice, for the first one may be interrupted."""
    return [raw.seen(lambda: raw.sendto(made, b"x", address, PORT)) for _ in range(2)]


def sendmsg(made, address):
    return [raw.seen(lambda: raw.sendmsg(made, b"x", address, PORT)) for _ in range(2)]


def fastopen(made, address):
    made.setblocking(False)
    return [raw.seen(lambda: made.sendto(b"x", MSG_FASTOPEN, (address, PORT)))]


def bind(made, address):
    return [raw.seen(lambda: made.bind((address, OWN_PORT)))]


def bind_any_port(made, address):
    """As clients do, and sends then."""
    words = [raw.seen(lambda: made.bind((anywhere_of(made), 0))), device(made)]
    return words + sendto(made, address)


def bind_and_listen(made, address):
    return bind(made, address) + [raw.seen(made.listen)]


CASES = {
    "tcp connect": (socket.SOCK_STREAM, connect_where_answered),
    "tcp connect, non-blocking": (socket.SOCK_STREAM, connect_later),
    "tcp fastopen": (socket.SOCK_STREAM, fastopen),
    "tcp bind listen": (socket.SOCK_STREAM, bind_and_listen),
    "udp bind": (socket.SOCK_DGRAM, bind),
    "udp connect send": (socket.SOCK_DGRAM, connect_and_send),
    "udp bind any port, sendto": (socket.SOCK_DGRAM, bind_any_port),
    "udp sendto": (socket.SOCK_DGRAM, sendto),
    "udp sendmsg": (socket.SOCK_DGRAM, sendmsg),
}


def case(name, family, kind, *steps):
    with socket.socket(family, kind) as made:
        words = [word for act, address in steps for word in act(made, address)]
        print(f"{name}: {' '.join(words)} {device(made)}", flush=True)


for label, (family, loopback, elsewhere, anywhere) in FAMILIES.items():
    for name, (kind, act) in CASES.items():
        case(f"{label} {name} loopback", family, kind, (act, loopback))
        there = anywhere if act in (bind, bind_and_listen) else elsewhere
        case(f"{label} {name} elsewhere", family, kind, (act, there))
    case(
        f"{label} tcp listen",
        family,
        socket.SOCK_STREAM,
        (lambda made, _: [raw.seen(made.listen)], None),
    )
    case(
        f"{label} tcp connect loopback, then elsewhere",
        family,
        socket.SOCK_STREAM,
        (connect, loopback),
        (lambda made, _: [raw.seen(lambda: raw.disconnect(made))], None),
        (connect_later, elsewhere),
    )
    case(
        f"{label} udp connect loopback, then elsewhere",
        family,
        socket.SOCK_DGRAM,
        (connect, loopback),
        (connect_and_send, elsewhere),
    )
    case(
        f"{label} udp connect elsewhere, then loopback",
        family,
        socket.SOCK_DGRAM,
        (connect, elsewhere),
        (connect, loopback),
    )
