"""Write a random schema as the SDL of a module."""

import json
from collections.abc import Iterable

from tests.properties.model import (
    COLORS,
    ENUM,
    KEY,
    Api,
    Arg,
    Const,
    Entry,
    Expr,
    Feed,
    FieldSpec,
    Model,
    ObjectMap,
    Plain,
    Rule,
    Several,
    TypeSpec,
)

HEAD = """extend schema @source(name: "s", http: { baseURL: "http://up.test" }) @owner(unit: "u")
"""
INPUT = """input Filter { text: String count: Int = 3 color: Color tags: [String!] below: Filter }
"""


def print_model(model: Model) -> str:
    parts = [HEAD, f"enum {ENUM} {{ {' '.join(COLORS)} }}", INPUT]
    for name, fields in model.interfaces.items():
        member = model.types[model.abstract[name][0]]
        lines = [f"  {field}: {member.fields[field].ref.text}" for field in fields]
        parts.append("\n".join([f"interface {name} {{", *lines, "}"]))
    for name, members in model.abstract.items():
        if name not in model.interfaces:
            parts.append(f"union {name} = {' | '.join(members)}")
    parts += [_type(spec) for spec in model.types.values()]
    return "\n".join(parts)


def _type(spec: TypeSpec) -> str:
    head = f"type {spec.name}" + (f" implements {spec.interface}" if spec.interface else "")
    if spec.keyed:
        head += f' @key(fields: "{KEY}")'
    for api in spec.entities:
        if not api.entity:
            head += "\n  " + _connect(api)
    head += _rule(spec.rule)
    return "\n".join([head + " {", *(f"  {_field(field)}" for field in spec.fields.values()), "}"])


def _field(field: FieldSpec) -> str:
    text = f"{field.name}{_args(field.args)}: {field.ref.text}"
    match field.supply:
        case Const(value=value):
            text += f" @value(const: {literal(value)})"
        case Expr(text=expression):
            text += f" @value(expr: {json.dumps(expression)})"
        case Api():
            text += " " + _connect(field.supply)
        case Several(apis=apis):
            text += " " + " ".join(map(_connect, apis))
        case Plain():
            pass
    return text + _rule(field.rule) + (" @inaccessible" if field.inaccessible else "")


def _args(args: Iterable[Arg]) -> str:
    listed = [f"{arg.name}: {arg.ref.text}" + (f" = {arg.default}" if arg.default else "") for arg in args]
    return f"({', '.join(listed)})" if listed else ""


def _rule(rule: Rule | None) -> str:
    if rule is None:
        return ""
    if rule.authenticated:
        return " @authenticated"
    deny = ", onDeny: NULL" if rule.silent else ""
    if rule.role is not None:
        return f' @access(roles: ["{rule.role}"]{deny})'
    return f" @access(when: \"this.{rule.reads} == '{rule.equals}'\"{deny})"


def _connect(api: Api) -> str:
    http = [f'{api.method}: "{_url(api)}"']
    headers = [feed for feed in api.feeds if feed.place == "header"]
    if headers:
        listed = ", ".join(f'{{ name: "x-{f.name}", value: "{{{f.expression}}}" }}' for f in headers)
        http.append(f"headers: [{listed}]")
    body = [feed for feed in api.feeds if feed.place == "body"]
    if body:
        http.append(f'body: "{" ".join(f"{feed.name}: {feed.expression}" for feed in body)}"')
    parts = ['source: "s"', f"http: {{ {', '.join(http)} }}", f'selection: "{_selection(api)}"']
    if api.entity:
        parts.append("entity: true")
    if api.batch is not None:
        key = f', key: "{api.batch.key}"' if api.batch.key else ""
        parts.append(f"batch: {{ maxSize: {api.batch.max_size}{key} }}")
    if api.defaults:
        parts.append(f"onError: DEFAULT, default: {literal(api.default)}")
    return f'@connect(id: "{api.id}", {", ".join(parts)})'


def _url(api: Api) -> str:
    def placed(place: str) -> list[Feed]:
        return [feed for feed in api.feeds if feed.place == place]

    path = "".join(f"/{{{feed.expression}}}" for feed in placed("path"))
    query = "&".join(f"{feed.name}={{{feed.expression}}}" for feed in placed("query"))
    return f"/{api.id}{path}" + (f"?{query}" if query else "")


def _selection(api: Api) -> str:
    at = "$" + "".join(f".{key}" for key in api.keys)
    if api.made is None:
        return at
    made = _entries(api.made)
    return f"{at} {{ {made} }}" if api.keys else made


def _entries(made: ObjectMap) -> str:
    texts = [_entry(entry) for entry in made.entries]
    if made.kinds:
        kinds = [f"['{kind}', {_kind(kind, entries)}]" for kind, entries in made.kinds.items()]
        texts.append(f"... kind->match({', '.join(kinds)})")
    return " ".join(texts)


def _kind(kind: str, entries: Iterable[Entry]) -> str:
    made = ", ".join([f"__typename: '{kind}'", *map(_entry, entries)])
    return f"{{ {made} }}"


def _entry(entry: Entry) -> str:
    text = entry.field if entry.keys == (entry.field,) else f"{entry.field}: {'.'.join(entry.keys)}"
    return text if entry.made is None else f"{text} {{ {_entries(entry.made)} }}"


def literal(value: object) -> str:
    """A JSON value as a GraphQL literal."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(member) for member in value) + "]"
    return json.dumps(value, ensure_ascii=False)
