"""Which variables may be read where, and whether what they name is there.

That there is no such variable at all is what the parser of mappings says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_specified_scalar_type,
)

from engine.resource.mapping import VariableUse
from engine.resource.model import Registry, Type, Written
from engine.resource.sdl.checks.registered import Site, definition_of, fields_of_type, sites
from engine.resource.sdl.expressions import CONTEXT
from engine.resource.sdl.findings import Findings, did_you_mean, place_inside

OF_REQUEST = ("$args", "$this", "$batch", "$config", "$context", "$request")
OF_ANSWER = ("$args", "$this", "$context", "$request", "$status", "$response")
WHY = {
    "$config": "$config holds secrets: it stands in URLs, headers and bodies, never in what clients get",
    "$status": "$status is of the answer: it stands in selection, isSuccess and errors",
    "$response": "$response is of the answer: it stands in selection, isSuccess and errors",
    "$batch": "$batch stands in the URL and the body of a @connect with 'batch'",
    "$args": "a source and a @connect on a type have no arguments",
    "$this": "there is no object around this: $this is for fields of types other than Query and Mutation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a variable, where it stands, and what is around it."""

    use: VariableUse
    written: Written
    path: str
    findings: Findings

    def report(self, code: str, message: str, suggestion: str | None = None) -> None:
        place = place_inside(self.written.text, self.use.line, self.use.column)
        self.findings.add(code, message, place, path=self.path, suggestion=suggestion)


def check_variables(registry: Registry, findings: Findings) -> None:
    for source in registry.sources.values():
        for reading in _readings(source.written, source.name, findings):
            allowed = OF_REQUEST if _is_request(reading.written) else OF_ANSWER
            _check_place(reading, [n for n in allowed if n not in ("$args", "$this", "$batch")])
    for site in sites(registry):
        for reading in _readings(site.connector.written, site.connector.coordinate, findings):
            if _check_place(reading, list(_allowed(site, reading.written))):
                _check_names(reading, site, registry)


def _readings(written: tuple[Written, ...], path: str, findings: Findings) -> Iterator[Reading]:
    for part in written:
        for use in part.variables:
            yield Reading(use=use, written=part, path=path, findings=findings)


def _is_request(written: Written) -> bool:
    return written.argument.startswith("http.")


def _allowed(site: Site, written: Written) -> Iterator[str]:
    """The variables of one place. A batch asks for many objects at once, so it has no one $this."""
    batch = site.connector.batch is not None
    for name in OF_REQUEST if _is_request(written) else OF_ANSWER:
        if name == "$this" and (site.on_root or batch):
            continue
        if name == "$batch" and (not batch or written.argument.startswith("http.headers")):
            continue
        if name == "$args" and site.field is None:
            continue
        yield name


def _check_place(reading: Reading, allowed: list[str]) -> bool:
    name = reading.use.name
    if name in allowed:
        return _check_form(reading)
    if name == "$this" and "$batch" in allowed:
        reading.report(
            "VARIABLE_ILLEGAL",
            "a batch asks for many objects at once: there is no one $this",
            f"Write {'.'.join(('$batch', *reading.use.path))}, the list of that value of all of them",
        )
    else:
        reading.report("VARIABLE_ILLEGAL", WHY[name], f"Here are {', '.join(allowed)}")
    return False


def _check_form(reading: Reading) -> bool:
    """Names that are the gateway's own: below $context, $request, $response, $status."""
    name, path = reading.use.name, reading.use.path
    if name in ("$this", "$batch") and not path:
        reading.report("VARIABLE_ILLEGAL", f"say which field of {name} is meant", f"Write {name}.id")
        return False
    if name == "$context" and path and path[0] not in CONTEXT.fields():
        known = CONTEXT.fields()
        near = did_you_mean(path[0], known) or f"It has {', '.join(known)}"
        reading.report("UNKNOWN_FIELD", f"$context has no '{path[0]}'", near)
    if name in ("$request", "$response") and path[:1] != ("headers",):
        message = f"of {name} there are the headers only"
        reading.report("UNKNOWN_FIELD", message, f"Write {name}.headers.'your-header'->first")
    if name == "$status" and path:
        reading.report("UNKNOWN_FIELD", "$status is a number", "Write $status->eq(204)")
    return True


def _check_names(reading: Reading, site: Site, registry: Registry) -> None:
    name, path = reading.use.name, reading.use.path
    if name == "$args" and path:
        definition = definition_of(registry, site.connector.coordinate)
        arguments = definition.args if definition is not None else {}
        if path[0] not in arguments:
            known = f"Its arguments are {', '.join(arguments)}" if arguments else "It has no arguments"
            message = f"'{site.connector.coordinate}' has no argument '{path[0]}'"
            reading.report("UNKNOWN_ARGUMENT", message, did_you_mean(path[0], arguments) or known)
        else:
            _follow_input(reading, arguments[path[0]], path[1:])
    elif name in ("$this", "$batch"):
        _follow_fields(reading, site.owner, registry)


def _follow_input(reading: Reading, argument: GraphQLArgument, path: tuple[str, ...]) -> None:
    declared: GraphQLNamedType = get_named_type(argument.type)
    for name in path:
        fields: Mapping[str, GraphQLInputField] = (
            declared.fields if isinstance(declared, GraphQLInputObjectType) else {}
        )
        if not fields and not is_specified_scalar_type(declared):
            return  # JSON and a unit's own scalars hold anything
        if name not in fields:
            _report_missing(reading, declared, name, fields)
            return
        declared = get_named_type(fields[name].type)


def _follow_fields(reading: Reading, owner: Type, registry: Registry) -> None:
    declared: GraphQLNamedType | None = registry.schema.type_map.get(owner.name)
    for name in reading.use.path:
        assert declared is not None, "types of fields are in the schema"
        fields = fields_of_type(declared)
        free = not is_composite_type(declared) and not is_specified_scalar_type(declared)
        if free or isinstance(declared, GraphQLUnionType):
            return
        if name not in fields:
            _report_missing(reading, declared, name, fields)
            return
        declared = get_named_type(fields[name].type)


def _report_missing(
    reading: Reading, declared: GraphQLNamedType, name: str, known: Mapping[str, object]
) -> None:
    hint = did_you_mean(name, known) or (f"Its fields are {', '.join(known)}" if known else None)
    reading.report("UNKNOWN_FIELD", f"type '{declared.name}' has no field '{name}'", hint)
