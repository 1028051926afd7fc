"""Tailcall 1.0, the Rust gateway: later versions need a newer glibc than Debian 12 has."""

from pathlib import Path

from bench.model import Launch, Peer, Site
from bench.peers.configured import place_configuration


def _launch(site: Site) -> Launch:
    program = site.node_modules / "@tailcallhq" / "core-linux-x64-gnu" / "bin" / "tailcall"
    config = place_configuration(Path(__file__).with_name("tailcall.graphql"), site)
    # Its tracker reports every start to its maker's servers, its log goes to a file nobody reads.
    quiet = {"TAILCALL_TRACKER": "false", "TAILCALL_LOG_LEVEL": "error"}
    return Launch(command=[str(program), "start", str(config)], env=quiet)


TAILCALL = Peer(name="tailcall", title="Tailcall 1.0.0", launch=_launch, from_npm=True)
