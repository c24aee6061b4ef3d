"""What sockets hear that are not bound to the VRF, or no longer.

hear.py OUTSIDE INSIDE: two devices, each one end of a veth whose other end is
here too. Sends to each socket by OUTSIDE, then to one that is in the VRF by
INSIDE: when that has come, the others have too. Prints a line a socket: its
name, and "heard" or "deaf".
"""

import json
import socket
import struct
import subprocess
import sys

import raw

OUTSIDE, INSIDE = sys.argv[1:]
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
PROTOCOL = 253
SOURCE4, SOURCE6 = "198.51.100.9", "fe80::99"
LINK_LOCAL = "fe80::5"


def link(device):
    shown = subprocess.check_output(["ip", "-json", "link", "show", "dev", device])
    return json.loads(shown)[0]


def arrive(device, ethertype, packet):
    """Has a packet come by a device, as if from its network."""
    shown = link(device)
    address = bytes.fromhex(shown["address"].replace(":", ""))
    frame = address + bytes(6) + struct.pack("!H", ethertype)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as made:
        made.bind((shown["link"], 0))
        made.send(frame + packet)


def udp(port):
    return struct.pack("!HHHH", 9, port, 9, 0) + b"x"


def udp_socket(port):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("0.0.0.0", port))
    return made


def dissolved_udp():
    made = udp_socket(7100)
    made.connect((SOURCE4, 9))
    raw.disconnect(made)
    return made


def dissolved_raw():
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL)
    made.connect((SOURCE4, 0))
    raw.disconnect(made)
    return made


def link_local_raw():
    made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, PROTOCOL)
    made.bind((LINK_LOCAL, 0, 0, socket.if_nametoindex(OUTSIDE)))
    return made


def own_device():
    made = udp_socket(7102)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, OUTSIDE.encode())
    return made


ADDRESS = "192.0.2.1"
CASES = {
    dissolved_udp: (ETH_P_IP, raw.ipv4(socket.IPPROTO_UDP, SOURCE4, ADDRESS, udp(7100))),
    dissolved_raw: (ETH_P_IP, raw.ipv4(PROTOCOL, SOURCE4, ADDRESS, b"x")),
    link_local_raw: (ETH_P_IPV6, raw.ipv6(PROTOCOL, SOURCE6, LINK_LOCAL, b"x")),
    own_device: (ETH_P_IP, raw.ipv4(socket.IPPROTO_UDP, SOURCE4, ADDRESS, udp(7102))),
}

inside = udp_socket(7101)
listeners = []
for make, packet in CASES.items():
    try:
        listeners.append((make.__name__, make()))
    except PermissionError:
        print(make.__name__, "refused", flush=True)
    arrive(OUTSIDE, *packet)
arrive(INSIDE, ETH_P_IP, raw.ipv4(socket.IPPROTO_UDP, SOURCE4, "192.0.2.2", udp(7101)))
inside.recv(16)
for name, made in listeners:
    try:
        made.recv(64, socket.MSG_DONTWAIT)
        print(name, "heard", flush=True)
    except BlockingIOError:
        print(name, "deaf", flush=True)
