"""The APIs that take their time, and the client that asks in turn."""

from pathlib import Path

import pytest
from graphql import parse

from bench.asking import Asker
from bench.gateway import place_module
from bench.model import BenchFailure
from bench.waiting_upstream import ITEMS, serving_waiting_upstream


@pytest.mark.parametrize("name", ["posts.graphql", "depth.graphql"])
def test_a_placed_module_is_graphql_and_points_at_the_running_upstream(name: str, tmp_path: Path) -> None:
    text = place_module(name, tmp_path, upstream_port=4712).read_text()

    assert parse(text).definitions
    assert "http://127.0.0.1:4712" in text
    assert "3900" not in text


def test_the_upstream_counts_its_calls_and_refuses_what_is_no_call(tmp_path: Path) -> None:
    with serving_waiting_upstream(tmp_path) as port:
        asker = Asker(port)
        try:
            assert asker.get("/slow/a") == b'{"value": "after-a"}'
            assert asker.get("/items").count(b"detailId") == ITEMS
            assert asker.get("/calls") == b"2"
            with pytest.raises(BenchFailure, match="HTTP 404"):
                asker.ask("{ greet }")
        finally:
            asker.close()
