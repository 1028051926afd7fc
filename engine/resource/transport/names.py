"""Ask the operating system for the addresses of a host name."""

import asyncio
import socket
from collections.abc import Sequence


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Return every address, best first (RFC 6724); raises OSError when there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
