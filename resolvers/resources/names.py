"""May a module be called this?"""

import re

from engine.problem import Problem

MODULE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")  # it stands in ids, file names and on command lines


def name_problem(module: str) -> Problem | None:
    if MODULE_NAME.fullmatch(module):
        return None
    return Problem(
        code="BAD_MODULE_NAME",
        message=f"{module[:64]!r} cannot be a module's name",
        module=module[:64],
        suggestion="use up to 64 letters, digits, '-', '_' and '.', a letter first",
    )
