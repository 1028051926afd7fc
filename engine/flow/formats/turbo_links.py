"""References of a turbo model that do not mirror each other, read as turbo itself would follow them.

Turbo goes from an element to the flows of its `outgoing`, and from a flow to the first of its `outgoing`;
what flows say of where they come from, and elements of what comes in, it does not look at. Each repair is a
warning.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.flow.fields import Problems, kind_of
from engine.flow.formats.conversion import JsonDict
from engine.problem import Severity

SEQUENCE_FLOW = 1


@dataclass(slots=True)
class Node:
    """An element or a flow, with its references as lists of texts: wrong ones as found, then repaired."""

    key: str
    raw: JsonDict
    is_flow: bool
    incoming: list[str]
    outgoing: list[str]


def read_nodes(elements: Iterable[JsonDict], problems: Problems) -> list[Node]:
    """All elements; afterwards `incoming` and `outgoing` of any two agree with each other."""
    nodes = [
        Node(
            key=str(raw.get("key")),
            raw=raw,
            is_flow=raw.get("type") == SEQUENCE_FLOW,
            incoming=_texts(raw, "incoming", problems),
            outgoing=_texts(raw, "outgoing", problems),
        )
        for raw in elements
    ]
    flows = {node.key: node for node in nodes if node.is_flow}
    others = {node.key: node for node in nodes if not node.is_flow}
    leaving = _listing((node.outgoing, node.key) for node in others.values())
    entering = _listing((node.incoming, node.key) for node in others.values())
    for key, flow in flows.items():
        flow.incoming = _end(f"{key}/source", _known(flow.incoming, others), leaving[key], problems)
        flow.outgoing = _end(f"{key}/target", _known(flow.outgoing, others), entering[key], problems)
    sources = _listing((flow.incoming, key) for key, flow in flows.items())
    targets = _listing((flow.outgoing, key) for key, flow in flows.items())
    for key, node in others.items():
        node.incoming = _mirrored(f"{key}/incoming", node.incoming, targets[key], flows, problems)
        node.outgoing = _mirrored(f"{key}/outgoing", node.outgoing, sources[key], flows, problems)
    return nodes


def _listing(lists: Iterable[tuple[list[str], str]]) -> defaultdict[str, list[str]]:
    """Whoever lists a key, by that key."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for keys, owner in lists:
        for key in keys:
            found[key].append(owner)
    return found


def _texts(raw: JsonDict, side: str, problems: Problems) -> list[str]:
    value, path = raw.get(side), f"{raw.get('key')}/{side}"
    if value is None:
        return []
    if not isinstance(value, list):
        problems.add("WRONG_TYPE", f"'{side}' must be a list of texts, not {kind_of(value)}", path)
        return []
    texts = list(dict.fromkeys(item for item in value if isinstance(item, str) and item))
    if len(texts) < len(value):
        _warn(problems, "LINK_MISMATCH", f"'{side}' names the same twice, or no text: left out", path)
    return texts


def _known(named: list[str], elements: Mapping[str, Node]) -> list[str]:
    return [key for key in named if key in elements]


def _end(path: str, named: list[str], listing: list[str], problems: Problems) -> list[str]:
    """The element at one end, as turbo gets there: a target by the flow's word, a source by the elements'."""
    both = next((key for key in named if key in listing), None)
    first, second = (named, listing) if path.endswith("/target") else (listing, named)
    end = [both] if both is not None else (first or second)[:1]
    if end and (named != end or listing != end):
        said, listed = ", ".join(named) or "no element", ", ".join(listing) or "none"
        message = f"it names {said} and is listed by {listed}: it is read as '{end[0]}'"
        _warn(problems, "LINK_MISMATCH", message, path)
    return end


def _mirrored(
    path: str, listed: list[str], actual: list[str], flows: Mapping[str, Node], problems: Problems
) -> list[str]:
    """The flows that have the element at their end, in the order in which it lists them."""
    for key in listed:
        if key not in flows:
            _warn(problems, "UNKNOWN_REFERENCE", f"there is no flow '{key[:100]}': it is left out", path)
    true, given = set(actual), set(listed)
    return [key for key in listed if key in true] + [key for key in actual if key not in given]


def _warn(problems: Problems, code: str, message: str, path: str) -> None:
    problems.add(code, message, path, severity=Severity.WARNING)
