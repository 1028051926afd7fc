"""`incoming` and `outgoing` of elements, held to what the sequence flows say of their ends.

They may be left out. Where they are given they decide the order, in which conditions are asked.
"""

from collections.abc import Mapping
from dataclasses import replace

from engine.flow.fields import MAX_KEY, Problems
from engine.flow.model import Element, ElementKey, SequenceFlow
from engine.problem import Severity

Links = dict[ElementKey, list[ElementKey]]


def connect(
    elements: Mapping[ElementKey, Element],
    flows: Mapping[ElementKey, SequenceFlow],
    problems: Problems,
    *,
    imported: bool,
) -> dict[ElementKey, Element]:
    """The elements with their full lists of flows; where a list disagrees, the flow's own word counts."""
    incoming: Links = {key: [] for key in elements}
    outgoing: Links = {key: [] for key in elements}
    for key, flow in flows.items():
        outgoing[flow.source].append(key)
        incoming[flow.target].append(key)
    severity = Severity.WARNING if imported else Severity.ERROR
    links = _Links(flows=flows, problems=problems, severity=severity)
    return {
        key: replace(
            element,
            incoming=links.agreed(f"{key}/incoming", element.incoming, incoming[key]),
            outgoing=links.agreed(f"{key}/outgoing", element.outgoing, outgoing[key]),
        )
        for key, element in elements.items()
    }


class _Links:
    def __init__(
        self, *, flows: Mapping[ElementKey, SequenceFlow], problems: Problems, severity: Severity
    ) -> None:
        self._flows = flows
        self._problems = problems
        self._severity = severity

    def agreed(
        self, path: str, listed: tuple[ElementKey, ...], actual: list[ElementKey]
    ) -> tuple[ElementKey, ...]:
        """What is listed and true, in its order, then what the flows say beside it."""
        if not listed:
            return tuple(actual)
        true, given = set(actual), set(listed)
        for key in listed:
            if key not in true:
                self._report_untrue(path, key)
        missing = [key for key in actual if key not in given]
        for key in missing:
            self._report(f"the flow '{key}' says it belongs here: it is read so", path)
        return (*(key for key in listed if key in true), *missing)

    def _report_untrue(self, path: str, key: ElementKey) -> None:
        if key in self._flows:
            flow = self._flows[key]
            self._report(
                f"the flow '{key}' leads from '{flow.source}' to '{flow.target}': it is read so", path
            )
            return
        message, hint = (
            f"there is no flow '{key[:MAX_KEY]}' with both ends",
            self._problems.nearest(key, self._flows),
        )
        self._problems.add("UNKNOWN_REFERENCE", message, path, severity=self._severity, suggestion=hint)

    def _report(self, message: str, path: str) -> None:
        self._problems.add("LINK_MISMATCH", message, path, severity=self._severity)
