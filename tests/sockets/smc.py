"""Connects by AF_SMC, below which the kernel makes a TCP socket of its own.

smc.py ADDRESS PORT: prints what the server says.
"""

import socket
import sys

import raw

AF_SMC = 43

made = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
raw.connect(made, sys.argv[1], int(sys.argv[2]))
print(made.recv(16).decode())
