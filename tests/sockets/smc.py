"""Uses AF_SMC, below which the kernel makes a TCP socket of its own.

smc.py ADDRESS PORT: prints the device of a socket that is connected, what the
server says when it is asked, and the device of one that listens; "-" for none.
"""

import signal
import socket
import subprocess
import sys

import raw

AF_SMC = 43
LISTENED = 7002


def device(*which):
    """The device of the TCP socket below; the one above has options of its own."""
    line = subprocess.run(
        ["ss", "-Htn", *which], check=True, capture_output=True, text=True
    ).stdout
    local = line.split()[3]
    return local.split("%")[1].split(":")[0] if "%" in local else "-"


address, port = sys.argv[1], int(sys.argv[2])
signal.alarm(60)  # without the device, the answer does not arrive
made = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
raw.connect(made, address, port)
print(device("dport", "=", f":{port}"))
made.send(b"?")
print(made.recv(16).decode())
listener = socket.socket(AF_SMC, socket.SOCK_STREAM, 0)
raw.bind(listener, "0.0.0.0", LISTENED)
listener.listen()
print(device("-l", "sport", "=", f":{LISTENED}"))
