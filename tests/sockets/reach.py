"""Talks to itself by TCP and UDP, at each address that is given.

reach.py ADDRESS…: prints a line an address: what came back, or the error's name.
"""

import errno
import socket
import sys


def reach(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        with socket.create_connection(listener.getsockname()[:2]):
            listener.accept()[0].sendall(b"x")
    with socket.socket(family, socket.SOCK_DGRAM) as receiver:
        receiver.bind((address, 0))
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.connect(receiver.getsockname()[:2])
            sender.send(b"here")
        return receiver.recv(16).decode()


for address in sys.argv[1:]:
    try:
        print(address, reach(address), flush=True)
    except OSError as error:
        print(address, errno.errorcode[error.errno], flush=True)
