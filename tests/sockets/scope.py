"""Link-local addresses, with the scope of a device.

scope.py DEVICE…: prints a line a device and a call: what the application sees,
and the device that the socket is bound to then, "-" for none.
"""

import errno
import socket
import sys

ALL_NODES = "ff02::1"


def own_address(device):
    with open("/proc/net/if_inet6") as lines:
        for line in lines:
            address, _, _, _, _, name = line.split()
            if name == device and address.startswith("fe80"):
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
    raise LookupError(f"{device} has no link-local address")


def bind(made, own, ifindex):
    made.bind((own, 0, 0, ifindex))


def bind_multicast(made, _, ifindex):
    made.bind((ALL_NODES, 0, 0, ifindex))


def sendto(made, _, ifindex):
    made.sendto(b"x", (ALL_NODES, 9, 0, ifindex))


def connect(made, _, ifindex):
    made.connect(("fe80::99", 9, 0, ifindex))


def bound_to(made):
    name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
    return name.rstrip(b"\0").decode() or "-"


for device in sys.argv[1:]:
    for act in bind, bind_multicast, sendto, connect:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as made:
            try:
                act(made, own_address(device), socket.if_nametoindex(device))
                seen = "ok"
            except OSError as error:
                seen = errno.errorcode[error.errno]
            print(device, act.__name__, seen, bound_to(made), flush=True)
