"""An answer that nests too deep is no JSON to anybody behind: whoever walks it would pay."""

import pytest

from engine.resource.answers import BROKEN, parse_body
from engine.resource.calls import Answer


def nested(depth: int) -> Answer:
    body = b"[" * depth + b'"a string with brackets [[[[ {{{{"' + b"]" * depth
    return Answer(200, {"content-type": ("application/json",)}, body)


@pytest.mark.parametrize("limit", [1, 5, 64])
def test_an_answer_may_nest_as_deep_as_the_limit_and_no_deeper(limit: int) -> None:
    assert parse_body(nested(limit), max_nesting=limit) is not BROKEN
    assert parse_body(nested(limit + 1), max_nesting=limit) is BROKEN
