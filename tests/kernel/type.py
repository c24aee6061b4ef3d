"""Types keys into a shell, as a person does, and waits for what the screen shows.

type.py MARK KEYS EXPECTED COMMAND…: runs the command on a terminal of its own,
types the keys once it has printed the mark, and exits with 0 once it shows what
is expected, or with 1 and all that was shown if it has not after a minute.
"""

import os
import pty
import select
import sys
import time

_, mark, keys, expected, *command = sys.argv
PATIENCE = 60


def read_until(text, end):
    shown = b""
    while text.encode() not in shown:
        if not select.select([terminal], [], [], end - time.monotonic())[0]:
            sys.exit(shown.decode(errors="replace"))
        shown += os.read(terminal, 1000)


pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", COLUMNS="80", LINES="24")
    os.execvp(command[0], command)
deadline = time.monotonic() + PATIENCE
read_until(mark, deadline)
os.write(terminal, keys.encode())
read_until(expected, deadline)
os.close(terminal)
os.waitpid(pid, 0)
