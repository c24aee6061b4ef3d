"""Tries every way out of a VRF that a process has, and into it.

escape.py RUN OUTSIDE: watch.py runs it, sees the packets, and sends to sockets
that listen. RUN is a number of its own for each run, and OUTSIDE a device that
is not in the VRF. Each way has addresses of its own, and puts its name into
what it sends. Prints a line a way: its name, and what the process sees.
"""

import errno
import fcntl
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys

import raw
from sent import PORT, targets

INSIDE = {"4": "192.0.2.2", "6": "2001:db8::2"}
OURS = {"4": "192.0.2.1", "6": "2001:db8::1"}

AF_RDS = 21
AF_SMC = 43
SOCK_DCCP = 6
SOCK_PACKET = 10
IPPROTO_DCCP = 33
IPPROTO_L2TP = 115
IPPROTO_UDPLITE = 136
IPPROTO_MPTCP = 262
SOL_DCCP = 269
DCCP_SOCKOPT_SERVICE = 2
UNASSIGNED_PROTOCOL = 253
ETH_P_IP = 0x0800

SO_MARK = 36
SO_BINDTOIFINDEX = 62
IP_OPTIONS = 4
IP_RETOPTS = 7
IP_PKTINFO = 8
IP_RECVERR = 11
IP_ADD_SOURCE_MEMBERSHIP = 39
MCAST_JOIN_GROUP = 42
MCAST_JOIN_SOURCE_GROUP = 46
IP_UNICAST_IF = 50
IPV6_2292PKTINFO = 2
IPV6_2292PKTOPTIONS = 6
IPV6_RECVERR = 25
IPV6_JOIN_ANYCAST = 27
IPV6_FLOWLABEL_MGR = 32
IPV6_FLOWINFO_SEND = 33
IPV6_UNICAST_IF = 76
IPV6_FREEBIND = 78
MSG_MORE = 0x8000
MSG_FASTOPEN = 0x20000000

TUNSETIFF = 0x400454CA
IFF_TUN = 1
IFF_NO_PI = 0x1000

SOURCE_ROUTE_OF_TYPE_2 = 2
SOURCE_ROUTE_OF_SEGMENTS = 4

WAYS = []

# Nothing is closed before all is done: what was joined is reported a little later.
KEPT = []


def way(*families):
    """Registers a way for each family: "4", "6", or "mapped" for IPv4 by an IPv6 socket."""

    def register(act, name=None):
        WAYS.append((name or act.__name__, families or ("4", "6"), act))
        return act

    return register


def make(family, kind, protocol=0):
    made = socket.socket(family, kind, protocol)
    KEPT.append(made)
    return made


def udp(to):
    return make(to.socket_family, socket.SOCK_DGRAM)


def udplite(to):
    return make(to.socket_family, socket.SOCK_DGRAM, IPPROTO_UDPLITE)


def raw_socket(to):
    return make(to.socket_family, socket.SOCK_RAW, UNASSIGNED_PROTOCOL)


def ping(to):
    return make(to.socket_family, socket.SOCK_DGRAM, to.icmp)


def l2tp(to):
    return make(to.socket_family, socket.SOCK_DGRAM, IPPROTO_L2TP)


def tcp(to):
    made = make(to.socket_family, socket.SOCK_STREAM)
    made.setblocking(False)
    return made


def echo_request(to):
    return bytes([8 if to.family == "4" else 128, 0, 0, 0, 0, 0, 0, 0]) + to.data


def port_for(made):
    """A raw socket takes it for a protocol."""
    return 0 if made.type == socket.SOCK_RAW else PORT


def data_for(to, made):
    return echo_request(to) if made.proto == to.icmp else to.data


def send(to, made, address=None, scope=0):
    """Sends, once more if the first time was interrupted."""
    name = address or to.unicast
    for _ in range(2):
        try:
            return raw.sendto(made, data_for(to, made), name, port_for(made), 0, scope)
        except InterruptedError:
            pass


def send_with(to, made, address, level, kind, control):
    """The same with ancillary data."""
    for _ in range(2):
        try:
            return raw.sendmsg(
                made, data_for(to, made), address, port_for(made), raw.cmsg(level, kind, control)
            )
        except InterruptedError:
            pass


def dissolved(made):
    raw.disconnect(made)
    return made


def outside_ifindex():
    return socket.if_nametoindex(OUTSIDE)


def outside_address(to):
    return raw.addresses(OUTSIDE, to.family)[0]


def set_multicast_if(family, made, ifindex):
    if family == "4":
        mreqn = struct.pack("=8xi", ifindex)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
    else:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, ifindex)


# What the VRF's table has no route for goes by the main table.


def connected(to, made, address):
    made.setblocking(False)
    raw.connect(made, address, PORT)


def send_udp(to, address):
    send(to, udp(to), address)


def send_udp_connected(to, address):
    made = udp(to)
    raw.connect(made, address, PORT)
    made.send(to.data)


def send_udp_corked(to, address):
    made = udp(to)
    for flags in MSG_MORE, 0:
        try:
            raw.sendto(made, to.data, address, PORT, flags)
        except InterruptedError:
            raw.sendto(made, to.data, address, PORT, flags)


def send_udplite(to, address):
    send(to, udplite(to), address)


def send_raw(to, address):
    made = raw_socket(to)
    made.sendto(to.data, (address, 0))


def send_raw_with_header(to, address):
    made = make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    made.sendto(raw.ipv4(UNASSIGNED_PROTOCOL, OURS["4"], address, to.data), (address, 0))


def send_ping(to, address):
    ping(to).sendto(echo_request(to), (address, 0))


def send_l2tp(to, address):
    l2tp(to).sendto(to.data, (address, 0))


def send_tcp(to, address):
    connected(to, tcp(to), address)


def send_tcp_fastopen(to, address):
    raw.sendto(tcp(to), to.data, address, PORT, MSG_FASTOPEN)


def send_sctp(to, address):
    made = make(to.socket_family, socket.SOCK_SEQPACKET, socket.IPPROTO_SCTP)
    connected(to, made, address)


def send_dccp(to, address):
    made = make(to.socket_family, SOCK_DCCP, IPPROTO_DCCP)
    made.setsockopt(SOL_DCCP, DCCP_SOCKOPT_SERVICE, bytes(4))
    connected(to, made, address)


def send_smc(to, address):
    made = make(AF_SMC, socket.SOCK_STREAM, 0 if to.family == "4" else 1)
    connected(to, made, address)


def send_mptcp(to, address):
    connected(to, make(to.socket_family, socket.SOCK_STREAM, IPPROTO_MPTCP), address)


DATAGRAMS = {
    "udp": (send_udp, ("4", "6", "mapped")),
    "udp_connected": (send_udp_connected, ("4", "6", "mapped")),
    "udp_corked": (send_udp_corked, ("4", "6")),
    "udplite": (send_udplite, ("4", "6")),
    "raw": (send_raw, ("4", "6")),
    "raw_with_header": (send_raw_with_header, ("4",)),
    "ping": (send_ping, ("4", "6")),
    "l2tp": (send_l2tp, ("4", "6")),
}
CONNECTIONS = {
    "tcp": (send_tcp, ("4", "6", "mapped")),
    "tcp_fastopen": (send_tcp_fastopen, ("4", "6")),
    "sctp": (send_sctp, ("4", "6")),
    "dccp": (send_dccp, ("4", "6")),
    "smc": (send_smc, ("4", "6")),
    "mptcp": (send_mptcp, ("4", "6")),
}

for protocol, (sender, families) in (DATAGRAMS | CONNECTIONS).items():
    way(*families)(
        lambda to, sender=sender: sender(to, to.unicast), f"main_table_{protocol}"
    )
for protocol, (sender, families) in DATAGRAMS.items():
    way(*families)(
        lambda to, sender=sender: sender(to, to.group), f"multicast_{protocol}"
    )


@way("4")
def multicast_of_the_link(to):
    send(to, udp(to), "224.0.0.200")


@way("4")
def multicast_by_vrf_device(to):
    """The VRF itself is named as what multicasts leave by."""
    made = udp(to)
    set_multicast_if("4", made, raw.vrf_ifindex())
    send(to, made, to.group)


@way("4")
def broadcast(to):
    made = udp(to)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    send(to, made, "255.255.255.255")


@way("4")
def broadcast_of_outside(to):
    made = udp(to)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    send(to, made, outside_address(to).rsplit(".", 1)[0] + ".255")


@way()
def dont_route(to):
    """To a neighbour outside."""
    made = udp(to)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
    send(to, made, OUTSIDE_PEER[to.family])


@way()
def own_address_of_outside(to):
    """Delivered on this host, to what listens in the default VRF."""
    send(to, udp(to), outside_address(to))


@way()
def own_loopback(to):
    send(to, dissolved(udp(to)), "127.0.0.1" if to.family == "4" else "::1")


# A group is joined: the kernel itself sends a report.


def join(to, made, ifindex=0, address=None):
    if to.family == "4":
        mreqn = socket.inet_aton(to.group) + socket.inet_aton(address or "0.0.0.0")
        made.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreqn + struct.pack("=i", ifindex)
        )
    else:
        group = socket.inet_pton(socket.AF_INET6, to.group)
        made.setsockopt(
            socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group + struct.pack("=i", ifindex)
        )


def level_of(to):
    return socket.IPPROTO_IP if to.family == "4" else socket.IPPROTO_IPV6


def join_any(to, made, ifindex, source=False):
    """By the call that both families have."""
    request = struct.pack("=I4x", ifindex) + raw.storage(to.group)
    option = MCAST_JOIN_GROUP
    if source:
        request += raw.storage(INSIDE[to.family])
        option = MCAST_JOIN_SOURCE_GROUP
    made.setsockopt(level_of(to), option, request)


@way()
def join_nowhere(to):
    join(to, udp(to))


@way("4")
def join_nowhere_short(to):
    udp(to).setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(to.group) + bytes(4)
    )


@way("4")
def join_nowhere_by_ipv6_socket(to):
    join(to, make(socket.AF_INET6, socket.SOCK_DGRAM))


@way()
def join_nowhere_by_group_req(to):
    join_any(to, udp(to), 0)


@way()
def join_nowhere_of_source(to):
    join_any(to, udp(to), 0, source=True)


@way("4")
def join_nowhere_of_source_by_address(to):
    udp(to).setsockopt(
        socket.IPPROTO_IP,
        IP_ADD_SOURCE_MEMBERSHIP,
        socket.inet_aton(to.group) + bytes(4) + socket.inet_aton(INSIDE["4"]),
    )


@way()
def join_nowhere_by_ping(to):
    join(to, ping(to))


@way()
def join_nowhere_by_raw(to):
    join(to, raw_socket(to))


@way()
def join_nowhere_by_io_uring(to):
    made = udp(to)
    group = socket.inet_pton(to.socket_family, to.group)
    option = socket.IP_ADD_MEMBERSHIP if to.family == "4" else socket.IPV6_JOIN_GROUP
    size = 12 if to.family == "4" else 20
    raw.setsockopt_by_io_uring(made, level_of(to), option, group.ljust(size, b"\0"))


@way("4")
def join_nowhere_between(to):
    """Longer than one structure, and shorter than the next: the kernel takes the first."""
    mreqn = socket.inet_aton(to.group) + struct.pack("=4xi", raw.vrf_ifindex())
    udp(to).setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreqn[:10])


@way()
def join_nowhere_long(to):
    """Of what is longer than a page, the kernel takes none of a program's changes."""
    request = struct.pack("=I4x", 0) + raw.storage(to.group)
    udp(to).setsockopt(level_of(to), MCAST_JOIN_GROUP, request.ljust(5000, b"\0"))


@way("6")
def join_nowhere_long_mreq(to):
    group = socket.inet_pton(socket.AF_INET6, to.group)
    udp(to).setsockopt(
        socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group.ljust(5000, b"\0")
    )


@way()
def join_nowhere_dissolved(to):
    join(to, dissolved(udp(to)))


@way()
def join_outside(to):
    join(to, udp(to), outside_ifindex())


@way("4")
def join_outside_by_address(to):
    join(to, udp(to), 0, outside_address(to))


@way("4")
def join_outside_short(to):
    udp(to).setsockopt(
        socket.IPPROTO_IP,
        socket.IP_ADD_MEMBERSHIP,
        socket.inet_aton(to.group) + socket.inet_aton(outside_address(to)),
    )


@way()
def join_outside_by_group_req(to):
    join_any(to, udp(to), outside_ifindex())


@way()
def join_outside_of_source(to):
    join_any(to, udp(to), outside_ifindex(), source=True)


@way("6")
def join_anycast(to):
    """Of an address in a network that is outside."""
    network = ipaddress.ip_interface(f"{outside_address(to)}/64").network
    address = int(network.network_address) + (to.run << 16) + to.number
    mreq = address.to_bytes(16, "big") + struct.pack("=i", outside_ifindex())
    udp(to).setsockopt(socket.IPPROTO_IPV6, IPV6_JOIN_ANYCAST, mreq)


# A socket that names another device, with its own and when it has lost it.


def no_step(to, made):
    return to.unicast


def multicast(to, made):
    return to.group


def so_bindtodevice(to, made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, OUTSIDE.encode())
    return to.unicast


def so_bindtodevice_of_none(to, made):
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"")
    return to.unicast


def so_bindtoifindex(to, made):
    made.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, outside_ifindex())
    return to.unicast


def unicast_if(to, made):
    option = IP_UNICAST_IF if to.family == "4" else IPV6_UNICAST_IF
    made.setsockopt(level_of(to), option, struct.pack("!I", outside_ifindex()))
    return to.unicast


def multicast_if(to, made):
    set_multicast_if(to.family, made, outside_ifindex())
    return to.group


def connect_again(to, made):
    raw.connect(made, to.unicast, port_for(made))
    return to.unicast


STEPS = [
    *[no_step, multicast, so_bindtodevice, so_bindtodevice_of_none],
    *[so_bindtoifindex, unicast_if, multicast_if, connect_again],
]
KINDS = {"udp": udp, "udplite": udplite, "raw": raw_socket, "ping": ping, "l2tp": l2tp}


def register_steps():
    for kind, new in KINDS.items():
        # What the rare ones do is what UDP does.
        for step in STEPS if kind in ("udp", "ping", "raw") else STEPS[:3]:

            def fresh(to, new=new, step=step):
                made = new(to)
                send(to, made, step(to, made))

            def lost(to, new=new, step=step):
                made = dissolved(new(to))
                send(to, made, step(to, made))

            if step not in (no_step, multicast, connect_again):
                way()(fresh, f"{kind}_{step.__name__}")
            name = "" if step is no_step else f"_{step.__name__}"
            way()(lost, f"dissolved_{kind}{name}")


register_steps()


@way()
def tcp_bindtodevice(to):
    made = tcp(to)
    connected(to, made, so_bindtodevice(to, made))


@way()
def tcp_unicast_if(to):
    made = tcp(to)
    connected(to, made, unicast_if(to, made))


@way()
def tcp_dissolved(to):
    connected(to, dissolved(tcp(to)), to.unicast)


@way("6")
def loopback_then_elsewhere(to):
    made = udp(to)
    raw.connect(made, "::1", PORT)
    send(to, made)


@way()
def io_uring_dissolved(to):
    made = raw.socket_by_io_uring(to.socket_family, socket.SOCK_DGRAM)
    KEPT.append(made)
    send(to, dissolved(made))


@way()
def so_mark(to):
    """With a rule that sends marked packets to the main table."""
    rule = ["rule", "add", "fwmark", "0x51", "table", "main", "pref", "51"]
    ip(f"-{to.family}", *rule)
    try:
        made = udp(to)
        made.setsockopt(socket.SOL_SOCKET, SO_MARK, 0x51)
        send(to, made)
    finally:
        ip(f"-{to.family}", "rule", "delete", *rule[2:])


# A datagram that names another device.


def pktinfo(to):
    if to.family == "4":
        return socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i8x", outside_ifindex())
    info = bytes(16) + struct.pack("=I", outside_ifindex())
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, info


@way()
def udp_pktinfo(to):
    send_with(to, udp(to), to.unicast, *pktinfo(to))


@way()
def udp_pktinfo_multicast(to):
    send_with(to, udp(to), to.group, *pktinfo(to))


@way()
def dissolved_udp_pktinfo(to):
    send_with(to, dissolved(udp(to)), to.unicast, *pktinfo(to))


@way()
def ping_pktinfo(to):
    send_with(to, ping(to), to.unicast, *pktinfo(to))


@way()
def raw_pktinfo(to):
    send_with(to, raw_socket(to), to.unicast, *pktinfo(to))


@way()
def loopback_pktinfo(to):
    """Loopback's address, by a device outside."""
    send_with(to, udp(to), "127.0.0.1" if to.family == "4" else "::1", *pktinfo(to))


@way("6")
def udp_2292pktinfo(to):
    level, _, info = pktinfo(to)
    send_with(to, udp(to), to.unicast, level, IPV6_2292PKTINFO, info)


@way("6")
def sticky_pktinfo(to):
    made = udp(to)
    made.setsockopt(*pktinfo(to))
    send(to, made)


@way("6")
def dissolved_sticky_pktinfo(to):
    made = dissolved(udp(to))
    made.setsockopt(*pktinfo(to))
    send(to, made)


@way("6")
def dissolved_2292pktoptions(to):
    made = dissolved(udp(to))
    made.setsockopt(
        socket.IPPROTO_IPV6,
        IPV6_2292PKTOPTIONS,
        raw.cmsg(socket.IPPROTO_IPV6, IPV6_2292PKTINFO, pktinfo(to)[2]),
    )
    send(to, made)


# The scope of a link-local address is a device.


def own_link_local():
    return raw.addresses(OUTSIDE, "6", "link")[0]


@way("6")
def scope_sendto_link_local(to):
    send(to, udp(to), to.link_local, outside_ifindex())


@way("6")
def scope_connect_tcp(to):
    raw.connect(tcp(to), to.link_local, PORT, outside_ifindex())


for protocol, new in KINDS.items():

    def sendto(to, new=new):
        send(to, new(to), to.link_group, outside_ifindex())

    def connect(to, new=new):
        made = new(to)
        raw.connect(made, to.link_local, port_for(made), outside_ifindex())
        made.send(data_for(to, made))

    def bind(to, new=new):
        made = new(to)
        raw.bind(made, own_link_local(), 0, outside_ifindex())
        send(to, made)

    way("6")(sendto, f"scope_sendto_{protocol}")
    way("6")(connect, f"scope_connect_{protocol}")
    way("6")(bind, f"scope_bind_{protocol}")


@way("6")
def scope_bind_tcp(to):
    made = tcp(to)
    raw.bind(made, own_link_local(), 0, outside_ifindex())
    connected(to, made, to.unicast)


# A source route goes elsewhere first.


def segments(to):
    """A routing header by which what is sent to ::1 goes to an address first."""
    head = struct.pack("!BBBBBBH", 0, 4, SOURCE_ROUTE_OF_SEGMENTS, 1, 1, 0, 0)
    return head + socket.inet_pton(10, "::1") + socket.inet_pton(10, to.unicast)


def home_address(to):
    head = struct.pack("!BBBBI", 0, 2, SOURCE_ROUTE_OF_TYPE_2, 1, 0)
    return head + socket.inet_pton(10, to.unicast)


@way("6")
def routing_header_udp(to):
    made = udp(to)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segments(to))
    send(to, made, "::1")


@way("6")
def routing_header_tcp(to):
    made = tcp(to)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segments(to))
    connected(to, made, "::1")


@way("6")
def routing_header_when_connected(to):
    made = udp(to)
    raw.connect(made, "::1", PORT)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segments(to))
    made.send(to.data)


@way("6")
def routing_header_of_datagram(to):
    send_with(to, udp(to), "::1", 41, socket.IPV6_RTHDR, home_address(to))


@way("6")
def routing_header_of_flow(to):
    made = udp(to)
    label = socket.htonl(0x51000 + to.number)
    request = socket.inet_pton(10, "::1") + struct.pack("=IBBHHHI", label, 0, 1, 1, 0, 0, 0)
    made.setsockopt(
        socket.IPPROTO_IPV6,
        IPV6_FLOWLABEL_MGR,
        request + raw.cmsg(41, socket.IPV6_RTHDR, home_address(to)),
    )
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1)
    for _ in range(2):
        try:
            made.sendto(to.data, ("::1", PORT, 0x51000 + to.number, 0))
        except InterruptedError:
            pass


@way("6")
def routing_header_dissolved(to):
    made = dissolved(udp(to))
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, segments(to))
    send(to, made, INSIDE["6"])


def loose_source_route(to):
    return bytes([131, 7, 4]) + socket.inet_aton(to.unicast) + bytes(1)


@way("4")
def ip_options(to):
    made = udp(to)
    made.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, loose_source_route(to))
    send(to, made, "127.0.0.1")


@way("4")
def dissolved_ip_options(to):
    made = dissolved(udp(to))
    made.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, loose_source_route(to))
    send(to, made, INSIDE["4"])


@way("4")
def ip_options_of_datagram(to):
    send_with(to, udp(to), "127.0.0.1", 0, IP_RETOPTS, loose_source_route(to))


# This host answers to an address that is not ours.


def from_afar(made):
    """IPv4 would let it bind so, too, but not send."""
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
    return made


@way("6")
def reflected_error(to):
    made = from_afar(udp(to))
    made.bind((to.unicast, 0))
    send(to, made, OURS[to.family])


@way("6")
def reflected_echo(to):
    made = from_afar(ping(to))
    made.bind((to.unicast, 0))
    send(to, made, OURS[to.family])


@way("6")
def reflected_reset(to):
    made = from_afar(tcp(to))
    made.bind((to.unicast, 0))
    connected(to, made, OURS[to.family])


@way("4")
def reflected_raw(to):
    made = make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    message = echo_request(to)
    message = message[:2] + raw.checksum(message + bytes(len(message) % 2)) + message[4:]
    packet = raw.ipv4(socket.IPPROTO_ICMP, to.unicast, OURS["4"], message)
    made.sendto(packet, (OURS["4"], 0))


@way("6")
def reflected_by_loopback(to):
    info = socket.inet_pton(10, to.unicast) + bytes(4)
    send_with(to, from_afar(udp(to)), "::1", 41, socket.IPV6_PKTINFO, info)


# What the kernel does by sockets of its own, or without any.


@way("4")
def rds(to):
    """Is sent by TCP, if the module rds_tcp is loaded."""
    made = make(AF_RDS, socket.SOCK_SEQPACKET)
    raw.bind(made, outside_address(to), 4000)
    raw.sendto(made, to.data, to.unicast, PORT, socket.MSG_DONTWAIT)


@way("4")
def af_packet(to):
    made = make(socket.AF_PACKET, socket.SOCK_DGRAM)
    packet = raw.ipv4(UNASSIGNED_PROTOCOL, OURS["4"], to.unicast, to.data)
    made.sendto(packet, (OUTSIDE, ETH_P_IP))


@way("4")
def af_packet_by_io_uring(to):
    made = raw.socket_by_io_uring(socket.AF_PACKET, socket.SOCK_DGRAM)
    packet = raw.ipv4(UNASSIGNED_PROTOCOL, OURS["4"], to.unicast, to.data)
    made.sendto(packet, (OUTSIDE, ETH_P_IP))


@way("4")
def sock_packet(to):
    made = make(socket.AF_INET, SOCK_PACKET, socket.htons(ETH_P_IP))
    packet = raw.ipv4(UNASSIGNED_PROTOCOL, OURS["4"], to.unicast, to.data)
    frame = bytes(12) + struct.pack("!H", ETH_P_IP) + packet
    name = struct.pack("=H14s", 0, OUTSIDE.encode()) + struct.pack("!H", ETH_P_IP)
    raw.checked(
        raw.libc.sendto(made.fileno(), frame, len(frame), 0, name, len(name))
    )


# What root does to the host.


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(errno.EPERM, done.stderr)


def until_up(*where):
    """A device that is new is not yet able to send."""
    while True:
        shown = subprocess.check_output(["ip", *where[:-1], "-json", "link", "show", where[-1]])
        if json.loads(shown)[0]["operstate"] == "UP":
            return


def set_forwarding(value):
    """Returns what it was."""
    with open("/proc/sys/net/ipv4/ip_forward", "r+") as setting:
        before = setting.read()
        setting.seek(0)
        setting.write(value)
    return before


@way("4")
def tun(to):
    """A device by which the process hands the kernel packets to forward."""
    with open("/dev/net/tun", "r+b", buffering=0) as file:
        request = struct.pack("=16sH22x", b"escape0", IFF_TUN | IFF_NO_PI)
        fcntl.ioctl(file, TUNSETIFF, request)
        ip("address", "add", "198.19.1.1/24", "dev", "escape0")
        ip("link", "set", "escape0", "up")
        before = set_forwarding("1")
        file.write(raw.ipv4(UNASSIGNED_PROTOCOL, "198.19.1.2", to.unicast, to.data))
        set_forwarding(before)


@way("4")
def macvlan(to):
    """A device of its own above the one outside, and in the VRF."""
    ip("link", "add", "escape1", "link", OUTSIDE, "type", "macvlan")
    try:
        vrf = socket.if_indextoname(raw.vrf_ifindex())
        ip("link", "set", "escape1", "master", vrf)
        ip("link", "set", "escape1", "arp", "off", "up")
        ip("address", "add", "192.0.2.7/32", "dev", "escape1")
        ip("route", "add", f"{to.unicast}/32", "dev", "escape1", "vrf", vrf)
        until_up("escape1")
        send(to, udp(to))
    finally:
        ip("link", "delete", "escape1")


@way("4")
def netns(to):
    """A network namespace of its own, whose packets the host forwards."""
    ip("netns", "add", "escape")
    before = set_forwarding("1")
    try:
        ip("link", "add", "escape2", "type", "veth", "peer", "name", "eth0", "netns", "escape")
        ip("address", "add", "198.19.2.1/24", "dev", "escape2")
        ip("link", "set", "escape2", "up")
        ip("-n", "escape", "address", "add", "198.19.2.2/24", "dev", "eth0")
        ip("-n", "escape", "link", "set", "eth0", "up")
        ip("-n", "escape", "route", "add", "default", "via", "198.19.2.1")
        until_up("escape2")
        until_up("-n", "escape", "eth0")
        with raw.in_netns("escape"):
            send(to, udp(to))
    finally:
        set_forwarding(before)
        ip("netns", "delete", "escape")


@way("4")
def cgroup(to):
    """A process that goes to another cgroup."""
    child = os.fork()
    if child == 0:
        try:
            with open(f"{raw.cgroup_root()}/cgroup.procs", "w") as procs:
                procs.write("0")
            send(to, udp(to))
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        raise OSError(status, "child")


# What a socket hears from outside. These return a socket that listens, and what
# has to be sent to it.


def hear(*families, receive=lambda made: made.recv(1024, socket.MSG_DONTWAIT)):
    """Registers such a way."""

    def register(act):
        def act_and_listen(to):
            made, *request = act(to)
            words = map(str, request)
            print("ask", to.name, to.family, *words, flush=True)
            if sys.stdin.readline() == "nothing\n":
                return "deaf"
            if to.data in receive(made):
                return "heard"
            return "heard others"

        return way(*families)(act_and_listen, f"hear_{act.__name__}")

    return register


def receive_error(made):
    return made.recvmsg(1024, 1024, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)[0]


def accept(made):
    """Waits, for there is a connection; AF_SMC makes it one of its own first."""
    return os.read(raw.accept(made), 1024)


def bound(to, made, port=None):
    anywhere = "0.0.0.0" if to.family == "4" else "::"
    raw.bind(made, anywhere, to.port if port is None else port)
    return made


def port_of(made):
    return made.getsockname()[1]


@hear()
def with_port_dissolved(to):
    made = dissolved(bound(to, udp(to)))
    return made, "udp", port_of(made)


@hear()
def bound_to_any(to):
    made = bound(to, udp(to), 0)
    return made, "udp", port_of(made)


def without_success(call):
    try:
        call()
    except OSError:
        return
    raise AssertionError("this should have failed")


@hear()
def failed_send(to):
    made = udp(to)
    without_success(lambda: raw.sendto(made, b"", INSIDE[to.family], 0))
    return made, "udp", port_of(made)


@hear()
def failed_send_dissolved(to):
    made = dissolved(udp(to))
    without_success(lambda: raw.sendto(made, b"", INSIDE[to.family], 0))
    return made, "udp", port_of(made)


@hear()
def bad_cmsg_dissolved(to):
    made = dissolved(udp(to))
    bad = raw.cmsg(level_of(to), 255, bytes(4))
    without_success(lambda: raw.sendmsg(made, b"", INSIDE[to.family], PORT, bad))
    return made, "udp", port_of(made)


@hear()
def on_device(to):
    made = udp(to)
    so_bindtodevice(to, made)
    return bound(to, made), "udp", port_of(made)


@hear()
def on_device_dissolved(to):
    made = dissolved(bound(to, udp(to)))
    so_bindtodevice(to, made)
    return made, "udp", port_of(made)


@hear("6")
def at_link_local(to):
    made = udp(to)
    raw.bind(made, own_link_local(), 0, outside_ifindex())
    return made, "udp", port_of(made), own_link_local()


@hear()
def group_dissolved(to):
    made = dissolved(bound(to, udp(to)))
    join(to, made, outside_ifindex())
    return made, "udp", port_of(made), to.group


@hear()
def group_on_device(to):
    made = bound(to, udp(to))
    join(to, made, outside_ifindex())
    return made, "udp", port_of(made), to.group


@hear()
def udplite_dissolved(to):
    made = dissolved(bound(to, udplite(to)))
    return made, "udplite", port_of(made)


@hear("6")
def raw_at_link_local(to):
    made = raw_socket(to)
    raw.bind(made, own_link_local(), 0, outside_ifindex())
    return made, "raw", UNASSIGNED_PROTOCOL, own_link_local()


@hear()
def ping_dissolved(to):
    made = dissolved(bound(to, ping(to)))
    return made, "echo", port_of(made)


@hear()
def l2tp_dissolved(to):
    made = dissolved(bound(to, l2tp(to)))
    return made, "l2tp", to.port


def with_errors(to, made):
    option = IP_RECVERR if to.family == "4" else IPV6_RECVERR
    made.setsockopt(level_of(to), option, 1)
    return made


@hear(receive=receive_error)
def error_queue_dissolved(to):
    made = dissolved(with_errors(to, bound(to, udp(to))))
    return made, "error", port_of(made)


@hear(receive=receive_error)
def error_queue(to):
    made = with_errors(to, bound(to, udp(to), 0))
    return made, "error", port_of(made)


@hear(receive=receive_error)
def error_queue_of_ping(to):
    made = dissolved(with_errors(to, bound(to, ping(to))))
    return made, "error-of-ping", port_of(made)


@hear(receive=accept)
def tcp_listen(to):
    made = bound(to, make(to.socket_family, socket.SOCK_STREAM))
    made.listen()
    return made, "tcp", port_of(made)


@hear(receive=accept)
def tcp_on_device(to):
    made = make(to.socket_family, socket.SOCK_STREAM)
    so_bindtodevice(to, made)
    bound(to, made).listen()
    return made, "tcp", port_of(made)


@hear(receive=accept)
def smc(to):
    made = make(AF_SMC, socket.SOCK_STREAM, 0 if to.family == "4" else 1)
    bound(to, made).listen()
    return made, "tcp", to.port


@way("4")
def bpf_detach(to):
    """The last one: what runs after it is free, and what is sent again."""
    for kept in KEPT:
        kept.close()
    raw.detach_programs()
    made = udp(to)
    so_bindtodevice(to, made)
    send(to, made)


def main():
    for to, act in targets(RUN, WAYS):
        try:
            seen = act(to) or "ok"
        except OSError as error:
            seen = errno.errorcode.get(error.errno, str(error))
        print("tried", to.name, seen if isinstance(seen, str) else "ok", flush=True)


if __name__ == "__main__":
    RUN, OUTSIDE, OUTSIDE_PEER4, OUTSIDE_PEER6 = sys.argv[1:]
    OUTSIDE_PEER = {"4": OUTSIDE_PEER4, "6": OUTSIDE_PEER6}
    main()
