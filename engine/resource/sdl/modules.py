"""Parse one unit's document; nothing of it is looked up in other modules yet."""

from collections.abc import Mapping

from graphql import GraphQLError, Source, parse

from engine.problem import Problem
from engine.resource.model import Module
from engine.resource.sdl.cleaning import without_bad_directives
from engine.resource.sdl.findings import Findings

MAX_SDL_TOKENS = 200_000  # a module of 3,000 types is about 100,000


def parse_module(
    name: str, sdl: str, config: Mapping[str, object] | None = None, *, trusted: bool = False
) -> Module | Problem:
    """The parsed module, or the one syntax problem with its place. Other problems are told by `compose`.

    `trusted`: an admin published it, so it may depend on what other units guard.
    """
    try:
        document = parse(Source(sdl, name), max_tokens=MAX_SDL_TOKENS)
    except GraphQLError as error:
        at = error.locations[0] if error.locations else None
        return Problem(
            code="SYNTAX",
            message=error.message.removeprefix("Syntax Error: "),
            module=name,
            line=at.line if at else None,
            column=at.column if at else None,
        )
    findings = Findings()
    readable = without_bad_directives(document, findings)
    return Module(
        name=name,
        sdl=sdl,
        document=document,
        readable=readable,
        problems=findings.problems,
        unread=frozenset(findings.unread),
        config=config or {},
        trusted=trusted,
    )
