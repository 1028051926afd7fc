"""Run the audit with the Node of the development set."""

import json
from pathlib import Path
from typing import TypedDict

from tests.servers.npm import LOCKED, installed_packages, run_node

SOURCE = Path(__file__).parent


class Finding(TypedDict):
    """One question of the audit and what came of it: ok, notice, warn or error."""

    id: str
    name: str
    status: str
    reason: str | None


def audit_server(url: str) -> list[Finding]:
    """Audit the GraphQL endpoint at this URL, as whoever needs no credentials."""
    folder = installed_packages(SOURCE, files=(*LOCKED, "audit.mjs"))
    findings: list[Finding] = json.loads(run_node(["audit.mjs", url], folder))
    return findings
