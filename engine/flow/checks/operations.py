"""The operations of a model: where each stands, what is known of it, and the types of what comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.expr import ANY
from engine.expr.check import check_source
from engine.flow.checks.known_variables import UNTYPED, KnownVariables, Typed, known_variables
from engine.flow.checks.reading_expressions import parsed, path_of
from engine.flow.checks.subject import Subject
from engine.flow.forms.schemas import joined, subschemas
from engine.flow.model import Call, Element, FlowModel, FormModel, Json, ServiceTask, UserTask


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`must_read`: it only fetches what is to be looked at, so a mutation has no place there."""

    path: str
    call: Call
    must_read: bool = False


def operations(model: FlowModel) -> Iterator[Operation]:
    for element in model.elements.values():
        for name, read in element.reads.items():
            yield Operation(path=f"{element.key}/reads/{name}", call=read.call, must_read=True)
        if isinstance(element, ServiceTask) and element.call is not None:
            yield Operation(path=f"{element.key}/call", call=element.call)
        if isinstance(element, ServiceTask | UserTask) and element.compensate is not None:
            yield Operation(path=f"{element.key}/compensate", call=element.compensate)
        form = model.forms.get(element.form or "") if isinstance(element, UserTask) else None
        if form is not None:
            yield from _options(element.key, form)


def _options(key: str, form: FormModel) -> Iterator[Operation]:
    for path, part in subschemas(form.schema):
        options = part.get("x-options")
        query = options.get("query") if isinstance(options, dict) else None
        if isinstance(query, str):
            at = joined(f"{key}/form", (*path, "x-options"))
            call = Call(query=query, variables=_variables(options))
            yield Operation(path=at, call=call, must_read=True)


def _variables(options: Json) -> dict[str, str]:
    """What is no expression is told by the check of the form."""
    given = options.get("variables") if isinstance(options, dict) else None
    return (
        {name: text for name, text in given.items() if isinstance(text, str)}
        if isinstance(given, dict)
        else {}
    )


class KnownValues:
    """What is known of the values that expressions meet, from the resource graph and from schemas."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    @cached_property
    def variables(self) -> KnownVariables:
        outputs: dict[tuple[str, str], Typed] = {}
        for element in self._subject.model.elements.values():
            if isinstance(element, ServiceTask):
                result = self.result(element.call)
                for name, source in element.output.items():
                    outputs[element.key, name] = typed_value(source, {"result": result})
        return known_variables(self._subject.model, outputs)

    def reads(self, element: Element) -> KnownVariables:
        return {
            name: typed_value(read.value, {"result": self.result(read.call)})
            for name, read in element.reads.items()
        }

    def result(self, call: Call | None) -> Typed:
        described = self._subject.describe(call) if call is not None else None
        if described is None:
            return UNTYPED
        return Typed(type=described.result, nullable=described.nullable)


def typed_value(source: str, known: Mapping[str, Typed]) -> Typed:
    """The type of an expression over these; where it only follows a path, also what may be null below."""
    scope = {"vars": ANY, "reads": ANY} | {name: typed.type for name, typed in known.items()}
    checked = check_source(source, scope)
    node = parsed(source)
    path = path_of(node) if node is not None else None
    if path is None or path[0] not in known:
        return Typed(type=checked.type)
    nullable, inner = known[path[0]].nullable, path[1:]
    below = {each[len(inner) :] for each in nullable if each[: len(inner)] == inner}
    if any(inner[:length] in nullable for length in range(len(inner) + 1)):
        below.add(())
    return Typed(type=checked.type, nullable=frozenset(below))
