"""Which addresses no registered URL may reach: the table, and the addresses hidden inside addresses."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# The table follows RFC 6890 and its registries; `ipaddress.is_global` passes several of these.
Address = IPv4Address | IPv6Address

FORBIDDEN_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their services here
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local and cloud metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, withdrawn
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved and broadcast
        ),
    )
)

# Version 6 is the other way round: only global unicast and the NAT64 prefix may be reached ...
REACHABLE_V6 = (IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96"))
# ... and of these, not:
FORBIDDEN_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments, Teredo among them
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)

# What hands out credentials to whoever asks. 168.63.129.16 looks like any public address.
METADATA = (
    IPv4Network("169.254.0.0/16"),
    IPv4Network("100.100.100.200/32"),
    IPv4Network("192.0.0.192/32"),
    IPv4Network("168.63.129.16/32"),
    IPv6Network("fd00:ec2::/32"),
    IPv6Network("fd20:ce::/32"),
    IPv6Network("fe80::/10"),
)

_COMPATIBLE = IPv6Network("::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_TEREDO = IPv6Network("2001::/32")
_LOW_32 = 0xFFFFFFFF


def parse_address(text: str) -> Address:
    """Read an address; one mapped into version 6 is the version 4 address it stands for.

    Raises ValueError: for anything but the canonical dotted quad in version 4, and for a zone id.
    """
    if "%" in text:
        raise ValueError("a zone id names an interface of this machine")
    address = ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def is_forbidden(address: Address) -> bool:
    """Say whether the address, or one that a tunnel would unpack from it, is on the table."""
    return any(_is_listed(face) for face in _faces(address))


def is_metadata(address: Address) -> bool:
    """Say whether a cloud's metadata service may answer there, directly or through a tunnel."""
    return any(face in network for face in _faces(address) for network in METADATA)


def _is_listed(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return any(address in network for network in FORBIDDEN_V4) or any(address in it for it in METADATA)
    reachable = any(address in network for network in REACHABLE_V6)
    return not reachable or any(address in network for network in FORBIDDEN_V6)


def _faces(address: Address) -> Iterator[Address]:
    """Yield the address and each version 4 address it carries."""
    yield address
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address in _COMPATIBLE or address in _NAT64 or address in _NAT64_LOCAL:
        yield IPv4Address(bits & _LOW_32)
    if address in _SIX_TO_FOUR:
        yield IPv4Address(bits >> 80 & _LOW_32)
    if address in _TEREDO:
        yield IPv4Address(bits >> 64 & _LOW_32)  # the relay
        yield IPv4Address(~bits & _LOW_32)  # the client, sent inverted
