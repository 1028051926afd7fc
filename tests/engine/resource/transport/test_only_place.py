"""Nothing else in the engine may open a socket, or the egress guard would not be asked."""

import ast
from pathlib import Path

import engine

ROOT = Path(engine.__file__).parent
OPENERS = ("socket", "ssl", "http.client", "urllib.request", "httpx", "httpcore", "aiohttp", "pyreqwest")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def opens_sockets(name: str) -> bool:
    return any(f"{name}.".startswith(f"{opener}.") for opener in OPENERS)


def test_only_the_transport_imports_what_opens_sockets() -> None:
    inside, outside = set[Path](), set[Path]()
    for path in ROOT.rglob("*.py"):
        if any(map(opens_sockets, imported(path))):
            (inside if (ROOT / "resource" / "transport") in path.parents else outside).add(path)

    assert inside
    assert outside == set()
