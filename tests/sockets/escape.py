"""Tries every way out of a VRF that a process has, as root.

escape.py DEVICE: the device is outside of the VRF. Each way sends to an address
of its own; prints a line a way: that address, the way's name, and what the
process sees.
"""

import errno
import socket
import struct
import sys

import raw

DEVICE = sys.argv[1]
IFINDEX = socket.if_nametoindex(DEVICE)
SO_BINDTOIFINDEX = 62
IP_UNICAST_IF = 50
IP_PKTINFO = 8
IPV6_UNICAST_IF = 76
IPV6_2292PKTOPTIONS = 6
MCAST_JOIN_GROUP = 42
AF_SMC = 43
SOCK_PACKET = 10
ETH_P_IP = 0x0800
PORT = 9

WAYS = []


def way(template):
    """Registers a way to send to an address that the template gives."""

    def register(act):
        WAYS.append((template.format(len(WAYS) + 1), act))
        return act

    return register


def udp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_DGRAM)


def unbound(address):
    """A UDP socket whose association is dissolved."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = udp(family)
    made.connect((address, PORT))
    raw.disconnect(made)
    return made


def send_twice(made, address):
    """The first one may be interrupted."""
    try:
        raw.sendto(made, b"x", address, PORT)
    except InterruptedError:
        raw.sendto(made, b"x", address, PORT)


def packet(address):
    """An IPv4 packet without a payload."""
    return struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20, 1, 0, 64, 253, 0,
        socket.inet_aton("192.0.2.2"), socket.inet_aton(address),
    )


@way("198.51.100.{}")
def so_bindtodevice(address):
    made = udp()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode())
    made.sendto(b"x", (address, PORT))


@way("198.51.100.{}")
def so_bindtodevice_of_none(address):
    made = udp()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"")
    made.sendto(b"x", (address, PORT))


@way("198.51.100.{}")
def so_bindtoifindex(address):
    made = udp()
    made.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, IFINDEX)
    made.sendto(b"x", (address, PORT))


@way("198.51.100.{}")
def dissolved_association(address):
    send_twice(unbound(address), address)


@way("2001:db8:51::{}")
def dissolved_association_v6(address):
    send_twice(unbound(address), address)


@way("198.51.100.{}")
def ip_unicast_if(address):
    made = unbound(address)
    made.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("!I", IFINDEX))
    send_twice(made, address)


@way("239.1.2.{}")
def ip_multicast_if(address):
    made = unbound("198.51.100.99")
    made.setsockopt(
        socket.IPPROTO_IP,
        socket.IP_MULTICAST_IF,
        struct.pack("=4s4si", bytes(4), bytes(4), IFINDEX),
    )
    send_twice(made, address)


@way("2001:db8:51::{}")
def ipv6_unicast_if(address):
    made = unbound(address)
    made.setsockopt(
        socket.IPPROTO_IPV6, IPV6_UNICAST_IF, struct.pack("!I", IFINDEX)
    )
    send_twice(made, address)


@way("2001:db8:51::{}")
def ipv6_pktinfo(address):
    made = unbound(address)
    made.setsockopt(
        socket.IPPROTO_IPV6,
        socket.IPV6_PKTINFO,
        struct.pack("=16si", bytes(16), IFINDEX),
    )
    send_twice(made, address)


@way("ff0e::1:{}")
def ipv6_multicast_if(address):
    made = unbound("2001:db8:51::99")
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, IFINDEX)
    send_twice(made, address)


@way("198.51.100.{}")
def so_mark(address):
    made = udp()
    made.setsockopt(socket.SOL_SOCKET, 36, 1)
    made.sendto(b"x", (address, PORT))


@way("fe80::{}")
def link_local_scope(address):
    udp(socket.AF_INET6).sendto(b"x", (address, PORT, 0, IFINDEX))


@way("ff02::1:{}")
def multicast_scope(address):
    udp(socket.AF_INET6).sendto(b"x", (address, PORT, 0, IFINDEX))


@way("2001:db8:51::{}")
def link_local_bind(address):
    made = udp(socket.AF_INET6)
    made.bind((own_link_local(), 0, 0, IFINDEX))
    made.sendto(b"x", (address, PORT))


def own_link_local():
    with open("/proc/net/if_inet6") as lines:
        for line in lines:
            address, _, _, _, _, device = line.split()
            if device == DEVICE and address.startswith("fe80"):
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
    return "fe80::1"


@way("198.51.100.{}")
def raw_with_header(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    made.sendto(packet(address), (address, 0))


@way("239.1.3.{}")
def ip_add_membership(address):
    made = udp()
    membership = struct.pack("=4s4si", socket.inet_aton(address), bytes(4), IFINDEX)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)


@way("198.51.100.{}")
def mptcp(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    made.setblocking(False)
    made.connect((address, PORT))


@way("198.51.100.{}")
def ip_pktinfo(address):
    control = struct.pack("=QiiI4s4s4x", 28, 0, IP_PKTINFO, IFINDEX, bytes(4), bytes(4))
    made = udp()
    try:
        raw.sendmsg(made, b"x", address, PORT, control)
    except InterruptedError:
        raw.sendmsg(made, b"x", address, PORT, control)


@way("2001:db8:51::{}")
def ipv6_pktinfo_of_datagram(address):
    control = struct.pack("=Qii16sI4x", 36, 41, 50, bytes(16), IFINDEX)
    raw.sendmsg(udp(socket.AF_INET6), b"x", address, PORT, control)


@way("198.51.100.{}")
def af_packet(address):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    made.sendto(packet(address), (DEVICE, ETH_P_IP))


@way("198.51.100.{}")
def af_packet_by_io_uring(address):
    made = raw.socket_by_io_uring(socket.AF_PACKET, socket.SOCK_DGRAM)
    made.sendto(packet(address), (DEVICE, ETH_P_IP))


@way("198.51.100.{}")
def dissolved_association_by_io_uring(address):
    made = raw.socket_by_io_uring(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect((address, PORT))
    raw.disconnect(made)
    send_twice(made, address)


@way("198.51.100.{}")
def sock_packet(address):
    made = socket.socket(socket.AF_INET, SOCK_PACKET, socket.htons(ETH_P_IP))
    frame = bytes(12) + struct.pack("!H", ETH_P_IP) + packet(address)
    name = struct.pack("=H14s", 0, DEVICE.encode()) + struct.pack("!H", ETH_P_IP)
    raw.checked(
        raw.libc.sendto(made.fileno(), frame, len(frame), 0, name, len(name))
    )


@way("198.51.100.{}")
def dissolved_raw(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)
    made.connect((address, 0))
    raw.disconnect(made)
    made.sendto(b"x", (address, 0))


@way("198.51.100.{}")
def dissolved_ping(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    made.connect((address, 0))
    raw.disconnect(made)
    made.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 0]), (address, 0))


@way("198.51.100.{}")
def ip_options(address):
    made = unbound(address)
    made.setsockopt(
        socket.IPPROTO_IP,
        socket.IP_OPTIONS,
        bytes([131, 7, 4]) + socket.inet_aton(address) + bytes(1),
    )
    send_twice(made, address)


@way("198.51.100.{}")
def af_smc(address):
    made = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
    made.setblocking(False)
    made.connect((address, PORT))


for address, act in WAYS:
    try:
        act(address)
        seen = "ok"
    except OSError as error:
        seen = errno.errorcode.get(error.errno, error)
    print(address, act.__name__, seen, flush=True)
