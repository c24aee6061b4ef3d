"""A small daemon that knows nothing of VRFs or of denovrf.

serve PORT WORD   answers WORD to whoever connects, IPv4 or IPv6
ask HOST PORT     prints what a server answers
"""

import socket
import sys


def serve(port, word):
    with socket.create_server(
        ("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True
    ) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(word.encode())


def ask(host, port):
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        print(connection.recv(100).decode(), flush=True)


if __name__ == "__main__":
    _, action, *rest = sys.argv
    {"serve": serve, "ask": ask}[action](*rest)
