"""How much one step may do, and how large variables may grow."""

import orjson

from engine.flow.errors import StepLimitExceeded
from engine.flow.instance import Variables
from engine.flow.model import Json

MAX_STEPS = 1_000  # nodes in one step: a loop that waits for nobody is a fault of the model
MAX_VARIABLES_BYTES = 256_000  # of all variables as JSON; larger things are documents that a variable names
MAX_DEPTH = 32  # of variables: what reads them recursively must not be brought down by them


def check_changed(variables: Variables, changed: Variables) -> None:
    """Raises `StepLimitExceeded` if the variables would be too large or deep once these are among them."""
    if depth_exceeds(changed, MAX_DEPTH):
        raise StepLimitExceeded(limit="the depth of variables", value=MAX_DEPTH)
    size = len(orjson.dumps({**variables, **changed}))
    if size > MAX_VARIABLES_BYTES:
        raise StepLimitExceeded(limit=f"{MAX_VARIABLES_BYTES} bytes of variables", value=size)


def depth_exceeds(value: Json, limit: int) -> bool:
    level: list[Json] = [value]
    for _ in range(limit + 1):
        inner: list[Json] = []
        for item in level:
            kind = type(item)
            if kind is str or kind is int:  # most of what variables hold
                continue
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        if not inner:
            return False
        level = inner
    return True
