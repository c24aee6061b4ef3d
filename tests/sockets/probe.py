"""Makes sockets of every kind, and says to which device each is bound.

It stands for a daemon that knows nothing of VRFs or of denovrf. Prints a line
a socket: its kind, and the device, "-" for none, or the error's name.
"""

import errno
import socket

IPPROTO_MPTCP = 262

KINDS = {
    "tcp4": (socket.AF_INET, socket.SOCK_STREAM, 0),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM, 0),
    "udp4": (socket.AF_INET, socket.SOCK_DGRAM, 0),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM, 0),
    "raw4": (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "raw6": (socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6),
    "ping4": (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP),
    "ping6": (socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6),
    "mptcp4": (socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP),
}


def device_of(kind):
    try:
        with socket.socket(*KINDS[kind]) as made:
            name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
            return name.rstrip(b"\0").decode() or "-"
    except OSError as error:
        return errno.errorcode[error.errno]


if __name__ == "__main__":
    for kind in KINDS:
        print(kind, device_of(kind), flush=True)
