"""Makes random sequences of socket calls, and says how many it has made.

walk.py SEED COUNT ELSEWHERE4 ELSEWHERE6: ELSEWHERE are the beginnings of
addresses, "198.51.100." and "2001:db8:51::". What a call says does not matter
here; somebody else counts where packets go.
"""

import random
import socket
import sys

import raw

MSG_FASTOPEN = 0x20000000
MSG_MORE = 0x8000
TCP_FASTOPEN_CONNECT = 30

seed, count, elsewhere4, elsewhere6 = sys.argv[1:]
choose = random.Random(int(seed))


def loopback(label):
    if label == "v6":
        return "::1"
    return mapped(label, f"127.{choose.randrange(256)}.0.{choose.randrange(1, 255)}")


def elsewhere(label):
    if label == "v6":
        return f"{elsewhere6}{choose.randrange(1, 255):x}"
    return mapped(label, f"{elsewhere4}{choose.randrange(1, 255)}")


def anywhere(label):
    return "::" if label == "v6" else mapped(label, "0.0.0.0")


def mapped(label, address):
    return f"::ffff:{address}" if label == "v4-mapped" else address


def destination(label):
    return choose.choice((loopback, elsewhere))(label)


def port():
    return choose.choice((9, 53, 7100))


STEPS = (
    lambda made, label: made.connect((destination(label), port())),
    lambda made, label: made.connect((destination(label), port())),
    lambda made, label: raw.disconnect(made),
    lambda made, label: made.bind((choose.choice((loopback, anywhere))(label), 0)),
    lambda made, label: made.bind((anywhere(label), choose.randrange(20000, 30000))),
    lambda made, label: made.listen(),
    lambda made, label: made.send(b"x"),
    lambda made, label: raw.sendto(made, b"x", destination(label), port()),
    lambda made, label: raw.sendto(made, b"x", destination(label), port(), MSG_MORE),
    lambda made, label: raw.sendto(
        made, b"x", destination(label), port(), MSG_FASTOPEN
    ),
    lambda made, label: raw.sendmsg(made, b"x", destination(label), port()),
    lambda made, label: made.shutdown(choose.randrange(3)),
    lambda made, label: made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    lambda made, label: made.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1),
)

for _ in range(int(count)):
    label = choose.choice(("v4", "v6", "v4-mapped"))
    family = socket.AF_INET if label == "v4" else socket.AF_INET6
    kind = choose.choice((socket.SOCK_STREAM, socket.SOCK_DGRAM))
    with socket.socket(family, kind) as made:
        # Nobody answers elsewhere.
        made.setblocking(False)
        for _ in range(choose.randrange(1, 8)):
            try:
                choose.choice(STEPS)(made, label)
            except OSError:
                pass
print(count)
