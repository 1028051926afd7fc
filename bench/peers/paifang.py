"""The gateway itself, as its help tells a user to start it for many requests: a worker for each core."""

import os
from functools import partial
from pathlib import Path

from bench.model import Launch, Peer, Site
from bench.peers.configured import place_configuration

_ROOT = Path(__file__).parents[2]


def _launch(site: Site, **settings: str) -> Launch:
    resources = place_configuration(_ROOT / "bench" / "resources" / "posts.graphql", site)
    data = site.scratch / "data"
    command = [str(_ROOT / "scripts" / "run"), "serve", "--port", str(site.port), "--data", str(data)]
    return Launch(
        command=[*command, "--resources", str(resources), "--workers", str(os.cpu_count() or 1)],
        env={"PAIFANG_EGRESS_ALLOW": "127.0.0.0/8", **settings},
    )


PAIFANG = Peer(name="paifang", title="Paifang", launch=_launch)
UNCOUNTED = Peer(
    name="paifang-uncounted",
    title="Paifang that counts nothing: what quality data costs",
    launch=partial(_launch, PAIFANG_QUALITY="off"),
)
