"""What publishing resources may refuse, each class saying when.

Refusal
├── ResourcesInvalid         a module does not compose with the published ones
├── ModuleNotFound           no module of this name was ever published
├── ModuleVersionNotFound    the module never had this version
├── ModuleVersionConflict    the module is not at the version the publisher expects
└── PublishContended         other publishers won every time
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.problem import Problem
from resolvers.errors import Refusal

MAX_LISTED = 100  # problems in one error; `checkResources` gives them all


class ResourcesInvalid(Refusal):
    code = "RESOURCES_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        place = f" at line {first.line}, column {first.column}" if first.line else ""
        super().__init__(
            f"Nothing was published: {first.code} in module {first.module}{place}: {first.message}{more}"
        )
        self.problems = tuple(problems)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"problems": [asdict(problem) for problem in self.problems[:MAX_LISTED]]}


class ModuleNotFound(Refusal):
    code = "MODULE_NOT_FOUND"

    def __init__(self, *, module: str) -> None:
        super().__init__(f"There is no module {module!r}: publish it first, or see resourceModules.")
        self.module = module

    @property
    def facts(self) -> Mapping[str, object]:
        return {"module": self.module}


class ModuleVersionNotFound(Refusal):
    code = "MODULE_VERSION_NOT_FOUND"

    def __init__(self, *, module: str, version: int) -> None:
        super().__init__(f"Module {module!r} has no version {version}: see its history.")
        self.module = module
        self.version = version

    @property
    def facts(self) -> Mapping[str, object]:
        return {"module": self.module, "version": self.version}


class ModuleVersionConflict(Refusal):
    """`actual` is 0 where there is no such module yet."""

    code = "VERSION_CONFLICT"

    def __init__(self, *, module: str, expected: int, actual: int) -> None:
        super().__init__(
            f"Module {module!r} is at version {actual}, not {expected}: read it again before you publish."
        )
        self.module = module
        self.expected = expected
        self.actual = actual

    @property
    def facts(self) -> Mapping[str, object]:
        return {"module": self.module, "expected": self.expected, "actual": self.actual}


class PublishContended(Refusal):
    code = "PUBLISH_CONTENDED"

    def __init__(self) -> None:
        super().__init__("Others published all the while: try again.")
