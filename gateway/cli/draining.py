"""Let a worker take every connection that waits for it in the kernel before it stops listening.

A listening socket that closes resets what the kernel has accepted for it and nobody took yet: requests of
clients that did nothing wrong. So a worker that is told to end first has the kernel drop new handshakes,
takes what is there, and ends then. A client's system repeats a dropped handshake after a second and meets the
next server, or a refusal.
"""

import ctypes
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

ENDINGS = {signal.SIGTERM, signal.SIGINT}
DRAIN_S = 1.0  # at most: a worker at the limit of its connections takes no more
ARRIVAL_S = 0.3  # for the ends of handshakes and for the first bytes of those just taken: a long round trip
POLL_S = 0.01

SO_ATTACH_FILTER = 26  # of Linux; the socket module does not name it
WAITING_AT = 24  # struct tcp_info.tcpi_unacked: of a listening socket, the connections nobody took yet
# A classic BPF program over the TCP header: (operation, jump if true, jump if false, operand).
NO_HANDSHAKES = (
    (0x30, 0, 0, 13),  # load the byte of flags
    (0x45, 0, 1, 0x02),  # is SYN set?
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # let everything else through, whole
)


def drain_before_ending() -> None:
    """Put the draining before whatever this process does at a signal that ends it.

    Called by a worker while it has one thread: the signals are blocked in that one and all it starts.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    Thread(target=_drain_and_end, name="draining", daemon=True).start()


def _drain_and_end() -> None:
    ending = signal.sigwait(ENDINGS)
    with suppress(OSError):  # where the kernel knows no filters the worker ends as it is
        drain_listeners()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    signal.raise_signal(ending)


def drain_listeners() -> None:
    """Return when nothing waits for this process's listening sockets, or `DRAIN_S` has passed."""
    deadline = time.monotonic() + DRAIN_S
    with _tcp_listeners() as listeners:
        for listener in listeners:
            _drop_handshakes(listener)
        while any(map(_waiting, listeners)) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if listeners:
            time.sleep(ARRIVAL_S)


@contextmanager
def _tcp_listeners() -> Generator[list[socket.socket]]:
    """The listening TCP sockets of this process, which opened them out of our sight; none outside Linux."""
    with ExitStack() as stack:
        found: list[socket.socket] = []
        for entry in filter(Path.is_socket, Path("/proc/self/fd").glob("*")):
            with suppress(OSError):  # closed meanwhile
                opened = stack.enter_context(socket.socket(fileno=os.dup(int(entry.name))))
                if _listens(opened):
                    found.append(opened)
        yield found


def _listens(opened: socket.socket) -> bool:
    internet = opened.family in (socket.AF_INET, socket.AF_INET6) and opened.type == socket.SOCK_STREAM
    return internet and opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


def _drop_handshakes(listener: socket.socket) -> None:
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in NO_HANDSHAKES)
    buffer = ctypes.create_string_buffer(instructions)  # the kernel is told where it is, and copies it
    program = struct.pack("HP", len(NO_HANDSHAKES), ctypes.addressof(buffer))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def _waiting(listener: socket.socket) -> int:
    """How many connections the kernel holds for it."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, WAITING_AT + 4)
    return int.from_bytes(info[WAITING_AT:], sys.byteorder)
