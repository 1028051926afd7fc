"""Tell a plan in words and as a Mermaid drawing."""

from collections.abc import Iterable, Sequence

from engine.resource.plan.description import CallDescription, GroupDescription


def tell(groups: Sequence[GroupDescription], lines: Iterable[str], bound: str) -> str:
    """Groups with their calls by wave, one dependency line per asked-for field, and the bound."""
    told: list[str] = []
    for number, group in enumerate(groups, 1):
        told.append(f"group {number}: {', '.join(group.fields)}")
        told += [f"  wave {call.wave}: {_call(call)}" for call in group.calls]
    told += dict.fromkeys(lines)
    told.append(f"calls ≤ {bound}")
    return "\n".join(told)


def _call(call: CallDescription) -> str:
    batch = " (batch)" if call.batch else ""
    policy = f" ({call.policy})" if call.policy else ""
    return f"{call.api}: {call.method} {call.url}{batch}{policy}"


def draw_mermaid(groups: Sequence[GroupDescription]) -> str:
    """A flowchart: calls as boxes, fields as rounded nodes, an arrow from what is needed to who needs it."""
    lines = ["flowchart LR"]
    ids: dict[str, str] = {}

    def node(name: str) -> str:
        return ids.setdefault(name, f"n{len(ids)}")

    for number, group in enumerate(groups, 1):
        lines.append(f'  subgraph g{number}["group {number}"]')
        apis = {call.api for call in group.calls}
        lines += [f'    {node(api)}["{_escaped(api)}"]' for api in sorted(apis)]
        lines += [f'    {node(name)}("{_escaped(name)}")' for name in group.fields if name not in apis]
        lines.append("  end")
        for call in group.calls:
            lines += [f"  {node(name)} --> {node(call.api)}" for name in call.depends_on]
            lines += [f"  {node(call.api)} --> {node(name)}" for name in call.needed_by if name != call.api]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace('"', "#quot;")
