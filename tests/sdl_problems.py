"""Compose modules written in a test, and say their problems in one line each."""

from engine.problem import Problem, Severity
from engine.resource.model import Module
from engine.resource.sdl import Platform, compose, parse_module

SHOP = 'extend schema @source(name: "shop", http: { baseURL: "http://shop.example" })\n'
"""One line: a module's own first line is then line 2."""


def problems_of(*sdl: str, platform: Platform | None = None) -> tuple[Problem, ...]:
    """Every problem of composing these texts as the modules a, b, c …; raises if one does not parse."""
    modules = [parse_module(name, text) for name, text in zip("abcdef", sdl, strict=False)]
    parsed = [module for module in modules if isinstance(module, Module)]
    assert len(parsed) == len(sdl), f"a module does not parse: {modules}"
    return compose(parsed, platform).problems


def errors_of(*sdl: str, platform: Platform | None = None) -> list[str]:
    """The errors as `module:line:column CODE message | suggestion`."""
    return [line_of(p) for p in problems_of(*sdl, platform=platform) if p.severity is Severity.ERROR]


def line_of(problem: Problem) -> str:
    where = f"{problem.module}:{problem.line}:{problem.column} {problem.code} {problem.message}"
    return f"{where} | {problem.suggestion}" if problem.suggestion else where


def codes_of(*sdl: str) -> list[str]:
    """The codes of all problems, whatever their severity."""
    return [problem.code for problem in problems_of(*sdl)]


def at(sdl: str, text: str) -> str:
    """Where a text first stands in a module, as problems say it: `a:line:column`."""
    before = sdl[: sdl.index(text)]
    return f"a:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
