"""Let a worker take every connection that waits for it in the kernel before it stops listening.

A listening socket that closes resets what the kernel has accepted for it and nobody took yet: requests of
clients that did nothing wrong. So a worker that is told to end first has the kernel drop new handshakes,
takes what is there, and ends then. A client's system repeats a dropped handshake after a second and meets the
next server, or a refusal.
"""

import asyncio
import ctypes
import socket
import struct
import sys
from contextlib import suppress

DRAIN_S = 1.0  # at most: a worker with all its descriptors in use takes no more
ARRIVAL_S = 0.3  # for the ends of handshakes and for requests on connections just taken: a long round trip
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


async def drain(listening: socket.socket) -> None:
    """Return when nothing waits for the socket and nothing new will; others take connections meanwhile."""
    if sys.platform != "linux":
        return  # other kernels have no such filter
    with suppress(OSError):  # nor do some sandboxes: the worker ends as it is
        _drop_handshakes(listening)
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                while _waiting(listening):  # noqa: ASYNC110  # the kernel tells nobody
                    await asyncio.sleep(POLL_S)
        await asyncio.sleep(ARRIVAL_S)


def _drop_handshakes(listening: socket.socket) -> None:
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in NO_HANDSHAKES)
    buffer = ctypes.create_string_buffer(instructions)  # the kernel is told where it is, and copies it
    program = struct.pack("HP", len(NO_HANDSHAKES), ctypes.addressof(buffer))
    listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def _waiting(listening: socket.socket) -> int:
    """How many connections the kernel holds for it."""
    info = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, WAITING_AT + 4)
    return int.from_bytes(info[WAITING_AT:], sys.byteorder)
