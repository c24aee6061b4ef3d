"""What ways send, and where, so that a packet says which way it left by."""

import ipaddress
import itertools
import socket

PORT = 9

# That of a target which is no way.
LAST = 254

# IPv4 addresses are of networks for measurements (RFC 2544) and of an organization.
TEMPLATES = {
    "4": {"unicast": "198.18.{run}.{number}", "group": "239.{run}.1.{number}"},
    "6": {
        "unicast": "2001:db8:51:{run:x}::{number:x}",
        "group": "ff0e::{run:x}:51:{number:x}",
        "link_local": "fe80::{run:x}:51:{number:x}",
        "link_group": "ff02::{run:x}:51:{number:x}",
        # The group in which neighbours ask for {run}:{number} of any prefix.
        "solicited": "ff02::1:ff{run:02x}:{number:x}",
    },
}


class Target:
    """The addresses of a way, and what it sends."""

    def __init__(self, run, number, name, family):
        self.run = run
        self.number = number
        self.name = f"{name}/{family}"
        self.family = "6" if family == "6" else "4"
        self.socket_family = socket.AF_INET if family == "4" else socket.AF_INET6
        self.icmp = socket.IPPROTO_ICMP if family == "4" else socket.IPPROTO_ICMPV6
        self.data = f"escape {run} {self.name};".encode()
        # No two have the same, for IPv6 sockets hear IPv4, too.
        self.port = (21000 if self.family == "6" else 20000) + number
        self.addresses = []
        for kind, template in TEMPLATES[self.family].items():
            address = template.format(run=run, number=number)
            self.addresses.append(ipaddress.ip_address(address).packed)
            setattr(self, kind, f"::ffff:{address}" if family == "mapped" else address)

    def is_in(self, packet):
        """Whether the way has sent a packet, or has made the kernel send it."""
        return self.data in packet or any(address in packet for address in self.addresses)


def targets(run, ways):
    """Each way with a target of its own, and one for each family that it knows."""
    numbers = {template: itertools.count(1) for template in TEMPLATES}
    for name, families, act in ways:
        for family in families:
            number = next(numbers["6" if family == "6" else "4"])
            assert number < LAST, "an IPv4 network has no more addresses"
            yield Target(int(run), number, name, family), act
