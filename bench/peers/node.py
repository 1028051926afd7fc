"""The Node servers, as the field's public benchmark sets them up, and graphql-jit as fast as it gets."""

from functools import partial
from pathlib import Path

from bench.model import Launch, Peer, Site


def _launch(script: str, site: Site) -> Launch:
    env = {
        "NODE_PATH": str(site.node_modules),
        "NODE_ENV": "production",
        "PORT": str(site.port),
        "UPSTREAM_URL": site.upstream_url,
    }
    return Launch(command=[str(site.node), str(Path(__file__).parent / script)], env=env)


GRAPHQL_JIT = Peer(
    name="graphql-jit",
    title="graphql-jit 0.8, express, axios (Node)",
    launch=partial(_launch, "graphql_jit.cjs"),
    from_npm=True,
)
GRAPHQL_JIT_LEAN = Peer(
    name="graphql-jit-lean",
    title="graphql-jit 0.8, Node's http server, undici's pool",
    launch=partial(_launch, "graphql_jit_lean.cjs"),
    from_npm=True,
)
APOLLO = Peer(
    name="apollo",
    title="Apollo Server 5, standalone, axios (Node)",
    launch=partial(_launch, "apollo.cjs"),
    least_seconds=5,
    from_npm=True,
)
