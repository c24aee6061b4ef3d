"""Runs escape.py in a VRF, and watches from outside what it sends and hears.

watch.py RUN DEVICE NETNS COMMAND…: DEVICE is in the default VRF, and behind it,
in the network namespace NETNS, is eth0, which sends to what listens; without one,
"-", nothing is sent. COMMAND is what puts a command into the VRF. Prints JSON: what
the process saw of each way, and the packets of each, by where they were seen.
Exits with 3 where packets may have been missed.
"""

import collections
import errno
import ipaddress
import json
import os
import socket
import struct
import subprocess
import sys

import raw
from escape import UNASSIGNED_PROTOCOL, IPPROTO_UDPLITE, WAYS
from sent import LAST, Target, targets

ETH_P_ALL = 3
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
PACKET_HOST = 0
PACKET_OUTGOING = 4
SOL_PACKET = 263
PACKET_STATISTICS = 6
SO_RCVBUFFORCE = 33
CONTROL_PORT = 7400

# How long the kernel may take to report a group, or to deliver a packet.
PATIENCE = 60

run, device, netns, *command = sys.argv[1:]
netns = None if netns == "-" else netns
ways = {to.name: to for to, _ in targets(run, WAYS)}


class Tap:
    """Packets that pass by a device."""

    def __init__(self, name, where, is_seen):
        self.where = where
        self.is_seen = is_seen
        self.socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL)
        )
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.socket.bind((name, ETH_P_ALL))
        self.socket.settimeout(PATIENCE)

    def packet(self):
        """The next one of IP, and where it was seen."""
        while True:
            packet, (_, protocol, kind, *_) = self.socket.recvfrom(2048)
            if protocol in (ETH_P_IP, ETH_P_IPV6) and self.is_seen(kind):
                return packet, self.where.format(destination(protocol, packet))

    def packets(self):
        """Those that are there."""
        self.socket.setblocking(False)
        while True:
            try:
                yield self.packet()
            except BlockingIOError:
                return

    def has_missed(self):
        statistics = self.socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        return struct.unpack("II", statistics)[1] > 0


def destination(protocol, packet):
    if protocol == ETH_P_IP:
        return ipaddress.ip_address(packet[16:20])
    return ipaddress.ip_address(packet[24:40])


def is_outgoing(kind):
    return kind == PACKET_OUTGOING


def is_incoming(kind):
    return kind != PACKET_OUTGOING


class Peer:
    """Sends, from behind the device, to what listens on this host."""

    def __init__(self):
        self.host = {each: raw.addresses(device, each)[0] for each in "46"}
        self.own = {each: raw.addresses("eth0", each, netns=netns)[0] for each in "46"}
        self.control = {}
        for family, address in self.host.items():
            self.control[family] = self.socket(family, socket.SOCK_DGRAM, here=True)
            self.control[family].bind((address, CONTROL_PORT))
            self.control[family].settimeout(PATIENCE)
        self.kept = []

    def socket(self, family, kind, protocol=0, here=False):
        family = socket.AF_INET if family == "4" else socket.AF_INET6
        if here:
            return socket.socket(family, kind, protocol)
        with raw.in_netns(netns):
            return socket.socket(family, kind, protocol)

    def answer(self, name, family, how, number, address=None):
        """Returns whether something was sent, when what listens has it."""
        data = ways[name].data
        if how == "tcp":
            return self.connect(data, family, int(number))
        self.send(how, data, family, int(number), address)
        self.wait(family)
        return True

    def connect(self, data, family, port):
        made = self.socket(family, socket.SOCK_STREAM)
        self.kept.append(made)
        made.setblocking(False)
        made.connect_ex((self.host[family], port))
        self.wait(family)
        if made.connect_ex((self.host[family], port)) not in (0, errno.EISCONN):
            return False
        made.send(data)
        return True

    def send(self, how, data, family, number, address):
        protocols = {"udp": 0, "udplite": IPPROTO_UDPLITE}
        if how in protocols:
            made = self.socket(family, socket.SOCK_DGRAM, protocols[how])
            self.send_to(made, data, family, number, address)
            return
        protocol, packet = self.packet(how, data, family, number)
        made = self.socket(family, socket.SOCK_RAW, protocol)
        self.send_to(made, packet, family, 0, address)

    def send_to(self, made, data, family, port, address):
        address = address or self.host[family]
        with raw.in_netns(netns):
            ifindex = socket.if_nametoindex("eth0")
        if family == "4":
            mreqn = struct.pack("=8xi", ifindex)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
            made.sendto(data, (address, port))
        else:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, ifindex)
            made.sendto(data, (address, port, 0, ifindex))

    def packet(self, how, data, family, number):
        """A protocol, and what is sent by it."""
        icmp = socket.IPPROTO_ICMP if family == "4" else socket.IPPROTO_ICMPV6
        if how == "raw":
            return UNASSIGNED_PROTOCOL, data
        if how == "l2tp":
            return raw.IPPROTO_L2TP, struct.pack("!IHHI", 0, 0xC000, 0, number) + data
        if how == "echo":
            reply = 0 if family == "4" else 129
            message = struct.pack("!BBHHH", reply, 0, 0, number, 0) + data
        elif how == "error":
            sent = struct.pack("!HHHH", number, 9, 8 + len(data), 0) + data
            message = self.error(family, socket.IPPROTO_UDP, sent)
        else:
            request = 8 if family == "4" else 128
            sent = struct.pack("!BBHHH", request, 0, 0, number, 0) + data
            message = self.error(family, icmp, sent)
        message += bytes(len(message) % 2)
        return icmp, message[:2] + raw.checksum(message) + message[4:]

    def error(self, family, protocol, sent):
        """That the port is unreachable to which the host has sent something."""
        wrap, kind, code = (raw.ipv4, 3, 3) if family == "4" else (raw.ipv6, 1, 4)
        packet = wrap(protocol, self.host[family], self.own[family], sent)
        return struct.pack("!BBHI", kind, code, 0, 0) + packet

    def wait(self, family):
        """What was sent before has come."""
        self.socket(family, socket.SOCK_DGRAM).sendto(b"", (self.host[family], CONTROL_PORT))
        self.control[family].recv(1)


def try_ways(peer):
    """Returns what the process saw of each."""
    own = f"{os.path.dirname(os.path.abspath(__file__))}/escape.py"
    arguments = ["/usr/bin/python3", own, run, device]
    peers = [peer.own["4"], peer.own["6"]] if peer else ["192.0.2.99", "2001:db8::99"]
    tried = {}
    with subprocess.Popen(
        [*command, *arguments, *peers],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as process:
        for line in process.stdout:
            word, name, *words = line.split()
            if word == "ask":
                is_sent = peer is not None and peer.answer(name, *words)
                print("sent" if is_sent else "nothing", file=process.stdin)
            else:
                tried[name] = " ".join(words)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return tried


def flush(tap):
    """What the kernel reports of groups has left once it has reported these, too."""
    index = socket.if_nametoindex(device)
    for family in "46":
        marker = Target(int(run), LAST, "flush", family)
        made = socket.socket(marker.socket_family, socket.SOCK_DGRAM)
        group = socket.inet_pton(marker.socket_family, marker.group)
        if family == "4":
            mreqn = group + struct.pack("=4xi", index)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreqn)
        else:
            mreq = group + struct.pack("=i", index)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, mreq)
        while True:
            packet, where = tap.packet()
            yield packet, where
            if marker.is_in(packet):
                break


def main():
    taps = [
        Tap(device, f"left by {device}", is_outgoing),
        Tap("lo", "to {}, on this host", is_outgoing),
    ]
    if netns:
        with raw.in_netns(netns):
            taps.append(Tap("eth0", f"arrived behind {device}", is_incoming))
    tried = try_ways(Peer() if netns else None)
    seen = list(flush(taps[0]))
    for tap in taps:
        seen.extend(tap.packets())
    leaks = collections.defaultdict(set)
    # To what only listens, this host answers.
    senders = [to for to in ways.values() if not to.name.startswith("hear_")]
    for packet, where in seen:
        for to in senders:
            if to.is_in(packet):
                leaks[to.name].add(where)
    for name, words in tried.items():
        if words == "heard":
            leaks[name].add("heard")
    print(json.dumps({
        "tried": tried,
        "leaks": {name: sorted(places) for name, places in leaks.items()},
    }))
    if any(tap.has_missed() for tap in taps):
        sys.exit(3)


main()
