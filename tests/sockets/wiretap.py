"""Counts the IP packets that leave by devices while a command runs.

wiretap.py PREFIX[,PREFIX…] DEVICE[,DEVICE…] COMMAND…: prints a line a device,
its name and how many packets to addresses with one of the prefixes left by it.
Exits with the command's status, or with 3 where it may have missed packets.
"""

import ipaddress
import socket
import struct
import subprocess
import sys

ETH_P_ALL = 3
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
PACKET_OUTGOING = 4
SOL_PACKET = 263
PACKET_STATISTICS = 6
SO_RCVBUFFORCE = 33


def tap(device):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
    made.bind((device, ETH_P_ALL))
    made.setblocking(False)
    return made


def destination(protocol, packet):
    if protocol == ETH_P_IP:
        return ipaddress.ip_address(packet[16:20])
    return ipaddress.ip_address(packet[24:40])


def count(made, networks):
    packets = 0
    while True:
        try:
            packet, (_, protocol, kind, *_) = made.recvfrom(64)
        except BlockingIOError:
            return packets
        if kind != PACKET_OUTGOING or protocol not in (ETH_P_IP, ETH_P_IPV6):
            continue
        address = destination(protocol, packet)
        if any(address in network for network in networks):
            packets += 1


prefixes, devices, *command = sys.argv[1:]
networks = [ipaddress.ip_network(prefix) for prefix in prefixes.split(",")]
taps = {device: tap(device) for device in devices.split(",")}
status = subprocess.run(command, stdout=sys.stderr).returncode
for device, made in taps.items():
    print(device, count(made, networks))
    _, dropped = struct.unpack("II", made.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
    if dropped:
        sys.exit(3)
sys.exit(status)
