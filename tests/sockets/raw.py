"""Calls of the C library, as Python does not make them.

Python's own tries again where a call is interrupted, and has no way to take an
association back.
"""

import ctypes
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class Msghdr(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.POINTER(Iovec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_char_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "call of libc")
    return result


def sockaddr(family, address, port):
    packed = socket.inet_pton(family, address)
    start = int(family).to_bytes(2, sys.byteorder) + port.to_bytes(2, "big")
    if family == socket.AF_INET:
        return start + packed + bytes(8)
    return start + bytes(4) + packed + bytes(4)


def sendto(made, data, address, port, flags=0):
    name = sockaddr(made.family, address, port)
    return checked(
        libc.sendto(made.fileno(), data, len(data), flags, name, len(name))
    )


def sendmsg(made, data, address, port, control=b""):
    name = sockaddr(made.family, address, port)
    iov = ctypes.pointer(Iovec(data, len(data)))
    message = Msghdr(name, len(name), iov, 1, control or None, len(control), 0)
    return checked(libc.sendmsg(made.fileno(), ctypes.byref(message), 0))


def disconnect(made):
    """connect() to an address of no family, which takes an association back."""
    return checked(libc.connect(made.fileno(), bytes(28), 28))
