"""What a command gets from its terminal.

terminal.py KEY COMMAND…: runs the command on a terminal of its own, as the
foreground job of a shell, types the key once the command has printed "ready",
and prints how it ended or stopped. KEY is a letter, for Ctrl and that letter,
or "hangup".
"""

import os
import pty
import signal
import sys


def in_foreground(command):
    """Runs the command in a process group of its own, as shells do."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(-pid, signal.SIGHUP))
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(pid, signal.SIGKILL)
    return status


def describe(status):
    if os.WIFSTOPPED(status):
        return f"stopped by {signal.Signals(os.WSTOPSIG(status)).name}"
    if os.WIFSIGNALED(status):
        return f"ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exited with {os.WEXITSTATUS(status)}"


_, key, *command = sys.argv
result, report = os.pipe()
shell, terminal = pty.fork()
if shell == 0:
    os.write(report, describe(in_foreground(command)).encode())
    os._exit(0)

seen = b""
while b"ready" not in seen:
    seen += os.read(terminal, 1000)
if key == "hangup":
    os.close(terminal)
else:
    os.write(terminal, bytes([ord(key.upper()) - ord("@")]))
os.close(report)
print(os.read(result, 100).decode())
os.waitpid(shell, 0)
