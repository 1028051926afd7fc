"""The table of servers that can be measured, the gateway first."""

from bench.model import Peer
from bench.peers.bare import BARE_ASGI, BARE_RSGI
from bench.peers.bare_calls import BARE_CALLS
from bench.peers.node import APOLLO, GRAPHQL_JIT, GRAPHQL_JIT_LEAN
from bench.peers.paifang import PAIFANG, UNCOUNTED
from bench.peers.strawberry import STRAWBERRY
from bench.peers.tailcall import TAILCALL

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        PAIFANG,
        UNCOUNTED,
        TAILCALL,
        GRAPHQL_JIT,
        GRAPHQL_JIT_LEAN,
        APOLLO,
        STRAWBERRY,
        BARE_RSGI,
        BARE_ASGI,
        BARE_CALLS,
    )
}
__all__ = ["PEERS"]
