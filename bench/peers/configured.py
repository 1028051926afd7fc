"""Files that name the upstream: committed with one address in them, run with the address of this run."""

from pathlib import Path

from bench.model import BenchFailure, Site

WRITTEN_URL = "http://127.0.0.1:3900"


def place_configuration(source: Path, site: Site) -> Path:
    """A copy of `source` in the peer's scratch folder that points at the running upstream."""
    text = source.read_text()
    if WRITTEN_URL not in text:
        raise BenchFailure(f"{source} does not name {WRITTEN_URL}, so it cannot be pointed at the upstream")
    placed = site.scratch / source.name
    placed.write_text(
        text.replace(WRITTEN_URL, site.upstream_url).replace("port: 8000", f"port: {site.port}")
    )
    return placed
