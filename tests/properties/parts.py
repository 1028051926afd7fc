"""Fields with several connectors, told naively: whom to call, and what their answers make together."""

import json
from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    print_ast,
)

from engine.access import Principal
from tests.properties.model import KEY, FieldSpec, Model, Plain, Rule, Several, TypeSpec
from tests.properties.values import MAPPING_ERROR, Fault, Given

Info = GraphQLResolveInfo[None]


def called_parts(info: Info, model: Model, field: FieldSpec, principal: Principal) -> tuple[int, ...]:
    """The connectors that are called, the leading one first.

    One leads: the first of those that an asked-for field needs. The others are called where somebody may see
    what they give, or where an access rule has to look at it.
    """
    supply, spec = field.supply, model.types[field.ref.name]
    assert isinstance(supply, Several), "the caller looked"
    wanted = [spec.fields[name] for name in sorted(_selected(info, spec.name)) if name in spec.fields]
    asked = {part for each in wanted for part in _parts(_value_needs(each, spec, supply), supply)}
    shown = [each for each in wanted if not _denied(each, spec, model, principal)]
    seen = {part for each in shown for part in _parts(_value_needs(each, spec, supply), supply)}
    rules = {rule for each in wanted for rule in _rules(each, spec)} | {spec.rule}
    reads = [spec.fields[rule.reads] for rule in rules if rule is not None and rule.reads is not None]
    deciding = {part for each in reads for part in _parts(_value_needs(each, spec, supply), supply)}
    lead = min(asked, default=0)
    return (lead, *sorted((seen | deciding) - {lead}))


def join(supply: Several, outcomes: Mapping[int, object], *, listed: bool) -> object:
    """What the answers of the called connectors make together; faults stand for the fields they cost."""
    lead, *others = outcomes
    if not others:
        return outcomes[lead]
    if listed:
        leading = outcomes[lead]
        if not isinstance(leading, list):
            return leading
        return [_listed(supply, item, outcomes, lead) for item in leading]
    if any(isinstance(value, Given) for value in outcomes.values()):
        return _object(supply, outcomes)
    given = [value for value in outcomes.values() if value is not None]
    fault = next((value for value in given if isinstance(value, Fault)), None)
    return fault or (given[0] if given else None)


def _listed(supply: Several, item: object, outcomes: Mapping[int, object], lead: int) -> object:
    if not isinstance(item, Given):
        return item
    own: dict[int, object] = {lead: item}
    for number, value in outcomes.items():
        if number != lead:
            own[number] = _with_key(value, item[KEY]) if isinstance(value, list) else value
    return _object(supply, own)


def _with_key(items: Sequence[object], key: object) -> object:
    if key is None:
        return None
    for item in items:
        if isinstance(item, Given) and item[KEY] is not None and _text(item[KEY]) == _text(key):
            return item
    return Fault("BATCH_KEY_MISSING")


def _text(key: object) -> str:
    return key if isinstance(key, str) else json.dumps(key)


def _object(supply: Several, outcomes: Mapping[int, object]) -> Given:
    made = Given()
    for number, value in outcomes.items():
        api = supply.apis[number]
        for name in (entry.field for entry in api.made.entries) if api.made is not None else ():
            made.setdefault(name, _member(value, name))
    for number, api in enumerate(supply.apis):
        for name in (entry.field for entry in api.made.entries) if api.made is not None else ():
            if number not in outcomes:
                made.setdefault(name, Fault("nobody was asked for this"))
    return made


def _member(value: object, name: str) -> object:
    if isinstance(value, Given):
        return value[name]
    return value if value is None or isinstance(value, Fault) else Fault(MAPPING_ERROR)


# ---------------------------------------------------------------------- what is wanted
def _parts(names: Iterator[str], supply: Several) -> set[int]:
    """Those that alone give one of the names."""
    givers = (supply.givers_of(name) for name in names)
    return {those[0] for those in givers if len(those) == 1}


def _value_needs(field: FieldSpec, spec: TypeSpec, supply: Several) -> Iterator[str]:
    """The fields of the joined objects that the value of one is made of."""
    if isinstance(field.supply, Plain):
        yield field.name if supply.givers_of(field.name) else KEY
    for path in field.needs:
        yield from _value_needs(spec.fields[path[0]], spec, supply)


def _rules(field: FieldSpec, spec: TypeSpec) -> Iterator[Rule]:
    """The rule of a field, or else those of the fields it is made of."""
    if field.rule is not None:
        yield field.rule
        return
    for path in field.needs:
        yield from _rules(spec.fields[path[0]], spec)


def _denied(field: FieldSpec, spec: TypeSpec, model: Model, principal: Principal) -> bool:
    """Whether this caller is refused before any object is looked at."""
    below = model.types.get(field.ref.name)
    rules = [*_rules(field, spec), *([below.rule] if below is not None and below.rule is not None else [])]
    return any(
        (rule.authenticated and not principal.authenticated)
        or (rule.role is not None and not principal.has_role(rule.role))
        for rule in rules
    )


def _selected(info: Info, type_name: str) -> set[str]:
    """Names of the fields that the operation wants there, under any alias of the fields on the way."""
    sets: list[SelectionSetNode] = [info.operation.selection_set]
    for key, parent in _way(info):
        grouped = _collected(info, sets, parent)
        node = grouped[key][0]
        same = [n for nodes in grouped.values() for n in nodes if _asks_the_same(n, node)]
        sets = [n.selection_set for n in same if n.selection_set is not None]
    return {nodes[0].name.value for nodes in _collected(info, sets, type_name).values()}


def _way(info: Info) -> list[tuple[str, str]]:
    steps: list[tuple[str, str]] = []
    path = info.path
    while path is not None:
        if isinstance(path.key, str):
            assert path.typename is not None, "fields stand in objects"
            steps.insert(0, (path.key, path.typename))
        path = path.prev
    return steps


def _asks_the_same(one: FieldNode, other: FieldNode) -> bool:
    def arguments(node: FieldNode) -> list[str]:
        return sorted(print_ast(argument) for argument in node.arguments or ())

    return one.name.value == other.name.value and arguments(one) == arguments(other)


def _collected(info: Info, sets: Sequence[SelectionSetNode], type_name: str) -> dict[str, list[FieldNode]]:
    grouped: dict[str, list[FieldNode]] = {}
    for node in (node for selection_set in sets for node in _fields(info, selection_set, type_name)):
        grouped.setdefault((node.alias or node.name).value, []).append(node)
    return grouped


def _fields(info: Info, selection_set: SelectionSetNode, type_name: str) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if not _included(info, selection):
            continue
        if isinstance(selection, FieldNode):
            yield selection
            continue
        if isinstance(selection, FragmentSpreadNode):
            spread = info.fragments[selection.name.value]
        else:
            assert isinstance(selection, InlineFragmentNode), "the third kind of selection"
            spread = selection
        condition = spread.type_condition
        if condition is None or _applies(info, condition.name.value, type_name):
            yield from _fields(info, spread.selection_set, type_name)


def _applies(info: Info, condition: str, type_name: str) -> bool:
    declared, concrete = info.schema.get_type(condition), info.schema.get_type(type_name)
    assert concrete is not None, "types of the schema"
    if declared is concrete:
        return True
    return isinstance(declared, GraphQLAbstractType) and info.schema.is_sub_type(declared, concrete)


def _included(info: Info, selection: SelectionNode) -> bool:
    for directive in selection.directives or ():
        value = next(argument.value for argument in directive.arguments or ())
        if isinstance(value, VariableNode):
            holds = bool(info.variable_values.coerced[value.name.value])
        else:
            holds = isinstance(value, BooleanValueNode) and value.value
        if holds is (directive.name.value == "skip"):
            return False
    return True


__all__: Sequence[str] = ("called_parts", "join")
