"""Answers whoever connects to the sockets that systemd handed over."""

import os
import selectors
import socket

selector = selectors.DefaultSelector()
for number in range(3, 3 + int(os.environ["LISTEN_FDS"])):
    selector.register(socket.socket(fileno=number), selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        connection, _ = key.fileobj.accept()
        with connection:
            connection.sendall(b"handed over")
