"""What a condition computes with although it may be null, and does not ask about before."""

from collections.abc import Iterator, Mapping, Sequence

from engine.expr.nodes import Binary, Has, Literal, Node, children_of
from engine.expr.types import Path
from engine.flow.checks.known_variables import KnownVariables
from engine.flow.checks.reading_expressions import path_of


def unguarded_nulls(
    node: Node, used: Sequence[tuple[Path, Node | None]], scopes: Mapping[str, KnownVariables]
) -> Iterator[str]:
    """Paths as they are written; `used` is what the condition reads, as `reads_in` gives it.

    A condition that computes with a null fails; comparing with `==` or asking `has` does not.
    """
    guarded = set(guarded_paths(node))
    for path, user in used:
        typed = scopes[path[0]].get(path[1]) if len(path) > 1 and path[0] in scopes else None
        computes = not (isinstance(user, Binary) and user.operator in ("==", "!="))
        for length in range(2, len(path) + 1):
            may_be_null = typed is not None and path[2:length] in typed.nullable
            if may_be_null and path[:length] not in guarded and (length < len(path) or computes):
                yield ".".join(path[:length])
                break


def guarded_paths(node: Node) -> Iterator[Path]:
    """Paths that the expression itself asks about: compared with null, or in `has`."""
    if isinstance(node, Has):
        yield from filter(None, [path_of(node.operand)])
    if isinstance(node, Binary) and node.operator in ("==", "!="):
        sides = (node.left, node.right)
        if any(isinstance(side, Literal) and side.value is None for side in sides):
            yield from (path for side in sides if (path := path_of(side)) is not None)
    for part in children_of(node):
        yield from guarded_paths(part)


def told_of_null(name: str) -> tuple[str, str]:
    """The message and the suggestion."""
    message = f"{name} may be null, and the condition fails if it is"
    return message, f"Write '{name} != null && …', or compare with '=='."
