"""Takes what comes in by TCP and UDP, IPv4 and IPv6, at a port.

server.py PORT: prints a line when it listens.
"""

import socket
import sys
import threading

ADDRESS = ("::", int(sys.argv[1]))


def take_connections(listener):
    while True:
        connection, _ = listener.accept()
        connection.close()


listener = socket.create_server(ADDRESS, family=socket.AF_INET6, dualstack_ipv6=True)
receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
receiver.bind(ADDRESS)
threading.Thread(target=take_connections, args=(listener,), daemon=True).start()
print("listens", flush=True)
while True:
    receiver.recvfrom(64)
