"""Makes a socket every 10 ms, and logs to which device, whenever that changes.

probe_loop.py FILE [once]: a line is the process id, the time, and the device,
or "UNBOUND", or the error's name.
"""

import errno
import os
import socket
import sys
import time


def state():
    try:
        with socket.socket() as made:
            name = made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
            return name.rstrip(b"\0").decode() or "UNBOUND"
    except OSError as error:
        return errno.errorcode[error.errno]


last = None
while True:
    new = state()
    if new != last:
        with open(sys.argv[1], "a") as log:
            print(os.getpid(), time.monotonic(), new, file=log)
        last = new
    if len(sys.argv) > 2:
        break
    time.sleep(0.01)
