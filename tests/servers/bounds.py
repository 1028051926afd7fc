"""No operation of any test makes more calls than its plan says: whoever runs one here is told."""

import re
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from engine.resource.run.observer import Silence

BROKEN = re.compile(r"^paifang_bound_broken_total(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
ANSWER_S = 2.0  # a gateway that is stopped or stuck says nothing


@pytest.fixture(autouse=True)
def calls_within_bounds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of plans that are run in this process and that nobody else observes."""
    broken: list[tuple[int, int]] = []

    def note(_: Silence, calls: int, bound: int) -> None:
        broken.append((calls, bound))

    monkeypatch.setattr(Silence, "bound_broken", note)
    yield
    assert broken == [], "operations made more calls than their plans allow: (made, bound)"


def assert_bounds_held(url: str) -> None:
    """Of a gateway that is asked before it ends; one whose callers are authenticated does not tell."""
    with suppress(httpx.HTTPError):
        answer = httpx.get(f"{url}/metrics", timeout=ANSWER_S, trust_env=False)
        if answer.is_success:
            assert sum(float(count) for count in BROKEN.findall(answer.text)) == 0, "more calls than planned"
