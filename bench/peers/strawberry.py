"""Strawberry + FastAPI + httpx as their tutorials do it: what a team writes without a gateway."""

from bench.model import Launch, Peer, Site
from bench.peers.bare import granian_command


def _launch(site: Site) -> Launch:
    command = granian_command("bench.peers.strawberry_app:create_app", "asgi", site.port)
    return Launch(command=command, env={"UPSTREAM_URL": site.upstream_url})


# 100 connections times 10 calls queue for one pool of httpx: pool timeouts, hardly an answer. 8 suit it best.
STRAWBERRY = Peer(
    name="strawberry", title="Strawberry + FastAPI + httpx (8 connections)", launch=_launch, connections=8
)
