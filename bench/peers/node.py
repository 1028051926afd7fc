"""The Node servers: graphql-jit (compiled queries) and Apollo Server 5 (as its guide builds one)."""

from functools import partial
from pathlib import Path

from bench.model import Launch, Peer, Site


def _launch(script: str, site: Site, *, client: str = "") -> Launch:
    env = {
        "CLIENT": client,
        "NODE_PATH": str(site.node_modules),
        "NODE_ENV": "production",
        "PORT": str(site.port),
        "UPSTREAM_URL": site.upstream_url,
    }
    return Launch(command=[str(site.node), str(Path(__file__).parent / script)], env=env)


GRAPHQL_JIT = Peer(
    name="graphql-jit",
    title="graphql-jit 0.8 (Node)",
    launch=partial(_launch, "graphql_jit.cjs", client="fetch"),
    from_npm=True,
)
GRAPHQL_JIT_UNDICI = Peer(
    name="graphql-jit-undici",
    title="graphql-jit 0.8 (Node), undici's pool for fetch",
    launch=partial(_launch, "graphql_jit.cjs", client="undici"),
    from_npm=True,
)
APOLLO = Peer(name="apollo", title="Apollo Server 5", launch=partial(_launch, "apollo.cjs"), from_npm=True)
