"""What a method of the mapping language is: its name, its arguments, how it runs, what it gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.resource.mapping.nodes import Node
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.shape import ANY, Shape
from engine.resource.mapping.values import Json, TooLarge, Value, settle


class Unfit(Exception):
    """A method met a value it has no answer for; the message continues "->name …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One use of a method: its compiled arguments, and the output path its problems are told under."""

    method: str
    args: tuple[Step, ...]
    nodes: tuple[Node, ...]
    path: str

    def note(self, run: Run, message: str) -> Value:
        return run.note(f"->{self.method} {message}", self.path)


Build: TypeAlias = Callable[[Site], Step]
ShapeOf: TypeAlias = Callable[[Shape, tuple[Shape, ...]], Shape]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """`most` arguments of None means any number; `outputs` are the arguments whose value is the result."""

    name: str
    least: int
    most: int | None
    build: Build
    shape: ShapeOf
    outputs: slice = field(default_factory=lambda: slice(0))
    check: Callable[[tuple[Node, ...]], str | None] = lambda _: None

    def refusal(self, args: tuple[Node, ...]) -> str | None:
        """Why these arguments cannot be: a sentence, or None."""
        if self.least <= len(args) and (self.most is None or len(args) <= self.most):
            return self.check(args)
        if self.most is None:
            wish = f"at least {self.least}"
        else:
            wish = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        plural = "" if wish == "1" else "s"
        return f"->{self.name} takes {wish} argument{plural}, not {len(args)}"


def given(shape: Shape) -> ShapeOf:
    """The result's shape is always this one."""
    return lambda _subject, _args: shape


def same(subject: Shape, _args: tuple[Shape, ...]) -> Shape:
    """The result is, or is made of, the value the method works on."""
    return subject


def first_argument(_subject: Shape, args: tuple[Shape, ...]) -> Shape:
    return args[0]


def unknown(_subject: Shape, _args: tuple[Shape, ...]) -> Shape:
    return ANY


def plain(function: Callable[..., Json]) -> Build:
    """A method that needs only values: `function(subject, *arguments)`; it raises Unfit to refuse."""

    def without_run(_run: Run, *values: Json) -> Json:
        return function(*values)

    return metered(without_run)


def metered(function: Callable[..., Json]) -> Build:
    """A method whose work grows with its values: `function(run, subject, *arguments)`."""

    def build(site: Site) -> Step:
        args = site.args

        def step(subject: Json, dollar: Json, run: Run) -> Value:
            try:
                return function(run, subject, *[settle(arg(subject, dollar, run)) for arg in args])
            except Unfit as unfit:
                return site.note(run, str(unfit))
            except TooLarge:
                return site.note(run, "meets a value with too many parts")

        return step

    return build
