"""Tries every way out of a VRF that a process has, as root.

escape.py DEVICE: the device is outside of the VRF. Each way sends to an address
of its own; prints a line a way: that address, the way's name, and what the
process sees.
"""

import errno
import fcntl
import socket
import struct
import subprocess
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
IPPROTO_L2TP = 115
IPPROTO_UDPLITE = 136
SOCK_DCCP = 6
IPPROTO_DCCP = 33
SOL_DCCP = 269
DCCP_SOCKOPT_SERVICE = 2
TUNSETIFF = 0x400454CA
IFF_TUN = 1
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
PORT = 9

WAYS = []


def way(template):
    """Registers a way to send to an address that the template gives."""

    def register(act):
        WAYS.append((template.format(len(WAYS) + 1), act))
        return act

    return register


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(errno.EPERM, done.stderr)


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


def packet(address, source="192.0.2.2"):
    """An IPv4 packet without a payload."""
    return struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20, 1, 0, 64, 253, 0,
        socket.inet_aton(source), socket.inet_aton(address),
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
    raw.connect(made, address, PORT)


def connect(kind, protocol, address):
    """Has a protocol of the kernel's begin a connection."""
    made = socket.socket(socket.AF_INET, kind, protocol)
    made.setblocking(False)
    raw.connect(made, address, PORT)


@way("198.51.100.{}")
def sctp(address):
    connect(socket.SOCK_SEQPACKET, socket.IPPROTO_SCTP, address)


@way("198.51.100.{}")
def dccp(address):
    made = socket.socket(socket.AF_INET, SOCK_DCCP, IPPROTO_DCCP)
    made.setsockopt(SOL_DCCP, DCCP_SOCKOPT_SERVICE, bytes(4))
    made.setblocking(False)
    raw.connect(made, address, PORT)


@way("198.51.100.{}")
def l2tp(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, IPPROTO_L2TP)
    raw.sendto(made, b"x", address, 0)


@way("198.51.100.{}")
def dissolved_l2tp(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, IPPROTO_L2TP)
    raw.connect(made, address, 0)
    raw.disconnect(made)
    raw.sendto(made, b"x", address, 0)


@way("198.51.100.{}")
def dissolved_udplite(address):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, IPPROTO_UDPLITE)
    raw.connect(made, address, PORT)
    raw.disconnect(made)
    raw.connect(made, address, PORT)
    made.send(b"x")


@way("ff02::1:{}")
def raw_scope(address):
    made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 253)
    made.sendto(b"x", (address, 0, 0, IFINDEX))


@way("2001:db8:51::{}")
def raw_link_local_bind(address):
    made = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 253)
    made.bind((own_link_local(), 0, 0, IFINDEX))
    made.sendto(b"x", (address, 0))


def set_forwarding(value):
    """Returns what it was."""
    with open("/proc/sys/net/ipv4/ip_forward", "r+") as setting:
        before = setting.read()
        setting.seek(0)
        setting.write(value)
    return before


@way("198.51.100.{}")
def tun(address):
    """A device by which the process hands the kernel packets to forward."""
    with open("/dev/net/tun", "r+b", buffering=0) as file:
        request = struct.pack("=16sH22x", b"escape0", IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(file, TUNSETIFF, request)
        ip("address", "add", "203.0.113.1/24", "dev", "escape0")
        ip("link", "set", "escape0", "up")
        before = set_forwarding("1")
        header = packet(address, "203.0.113.2")
        file.write(header[:10] + raw.checksum(header) + header[12:])
        set_forwarding(before)


@way("198.51.100.{}")
def macvlan(address):
    """A device of its own above the one outside, and in the VRF."""
    made = udp()
    name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
    vrf = name.rstrip(b"\0").decode() or "vrfred"
    ip("link", "add", "escape1", "link", DEVICE, "type", "macvlan")
    try:
        ip("link", "set", "escape1", "master", vrf)
        ip("link", "set", "escape1", "arp", "off", "up")
        ip("address", "add", "192.0.2.7/32", "dev", "escape1")
        ip("route", "add", f"{address}/32", "dev", "escape1", "vrf", vrf)
        send_twice(made, address)
    finally:
        ip("link", "delete", "escape1")


@way("198.51.100.{}")
def own_netns(address):
    """In it, nothing of the host's can be reached."""
    with open("/proc/self/ns/net") as home:
        raw.checked(raw.libc.unshare(CLONE_NEWNET))
        try:
            udp().sendto(b"x", (address, PORT))
        finally:
            raw.checked(raw.libc.setns(home.fileno(), CLONE_NEWNET))


@way("198.51.100.{}")
def bpf_detach(address):
    """The last one: what runs after it is not locked."""
    raw.detach_programs()
    made = udp()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode())
    made.sendto(b"x", (address, PORT))


for address, act in WAYS:
    try:
        act(address)
        seen = "ok"
    except OSError as error:
        seen = errno.errorcode.get(error.errno, error)
    print(address, act.__name__, seen, flush=True)
