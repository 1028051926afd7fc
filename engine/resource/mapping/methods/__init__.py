"""The methods of the mapping language: one table, name → how it runs, its arguments, what it gives."""

from difflib import get_close_matches

from engine.resource.mapping.methods import dates, lists, logic, numbers, text
from engine.resource.mapping.methods.method import (
    Method,
    Site,
    first_argument,
    given,
    metered,
    plain,
    same,
    unknown,
)
from engine.resource.mapping.nodes import Node
from engine.resource.mapping.shape import BOOLEAN, NUMBER, STRING, one_of

__all__ = ["METHODS", "Site", "refusal_of"]


_TABLE = (
    # values and lists
    Method(name="echo", least=1, most=1, build=lists.echo, shape=first_argument, outputs=slice(1)),
    Method(name="map", least=1, most=1, build=lists.map_items, shape=first_argument, outputs=slice(1)),
    Method(
        name="match", least=2, most=None, build=lists.match,
        shape=lambda _, args: one_of(args[1::2]), outputs=slice(1, None, 2),
    ),
    Method(name="filter", least=1, most=1, build=lists.filter_items, shape=same),
    Method(name="find", least=1, most=1, build=lists.find_item, shape=same),
    Method(name="first", least=0, most=0, build=lists.at_edge(0), shape=same),
    Method(name="last", least=0, most=0, build=lists.at_edge(-1), shape=same),
    Method(name="get", least=1, most=1, build=lists.get, shape=lists.get_shape),
    Method(name="slice", least=1, most=2, build=plain(lists.slice_of), shape=same),
    Method(name="size", least=0, most=0, build=plain(lists.size), shape=given(NUMBER)),
    Method(name="entries", least=0, most=0, build=plain(lists.entries), shape=lists.entries_shape),
    # comparing and combining
    Method(name="eq", least=1, most=1, build=metered(logic.eq), shape=given(BOOLEAN)),
    Method(name="ne", least=1, most=1, build=metered(logic.ne), shape=given(BOOLEAN)),
    Method(name="gt", least=1, most=1, build=plain(logic.gt), shape=given(BOOLEAN)),
    Method(name="gte", least=1, most=1, build=plain(logic.gte), shape=given(BOOLEAN)),
    Method(name="lt", least=1, most=1, build=plain(logic.lt), shape=given(BOOLEAN)),
    Method(name="lte", least=1, most=1, build=plain(logic.lte), shape=given(BOOLEAN)),
    Method(name="and", least=1, most=None, build=logic.combine(False), shape=given(BOOLEAN)),
    Method(name="or", least=1, most=None, build=logic.combine(True), shape=given(BOOLEAN)),
    Method(name="not", least=0, most=0, build=plain(logic.negate), shape=given(BOOLEAN)),
    Method(name="in", least=1, most=1, build=metered(logic.is_in), shape=given(BOOLEAN)),
    Method(name="contains", least=1, most=1, build=metered(logic.contains), shape=given(BOOLEAN)),
    # numbers
    Method(name="add", least=1, most=None, build=plain(numbers.add), shape=given(NUMBER)),
    Method(name="sub", least=1, most=None, build=plain(numbers.sub), shape=given(NUMBER)),
    Method(name="mul", least=1, most=None, build=plain(numbers.mul), shape=given(NUMBER)),
    Method(name="div", least=1, most=None, build=plain(numbers.div), shape=given(NUMBER)),
    Method(name="mod", least=1, most=None, build=plain(numbers.mod), shape=given(NUMBER)),
    Method(name="parseInt", least=0, most=1, build=plain(numbers.parse_int), shape=given(NUMBER)),
    Method(name="toNumber", least=0, most=0, build=plain(numbers.to_number), shape=given(NUMBER)),
    # strings
    Method(name="upper", least=0, most=0, build=plain(text.upper), shape=given(STRING)),
    Method(name="lower", least=0, most=0, build=plain(text.lower), shape=given(STRING)),
    Method(name="trim", least=0, most=0, build=plain(text.trim), shape=given(STRING)),
    Method(name="trimStart", least=0, most=0, build=plain(text.trim_start), shape=given(STRING)),
    Method(name="trimEnd", least=0, most=0, build=plain(text.trim_end), shape=given(STRING)),
    Method(name="split", least=1, most=2, build=plain(text.split), shape=given(STRING)),
    Method(name="replace", least=2, most=2, build=plain(text.replace), shape=given(STRING)),
    Method(name="substring", least=1, most=2, build=plain(lists.substring), shape=given(STRING)),
    Method(name="toString", least=0, most=0, build=plain(text.to_string), shape=given(STRING)),
    Method(name="joinNotNull", least=1, most=1, build=plain(text.join_not_null), shape=given(STRING)),
    Method(name="jsonParse", least=0, most=0, build=plain(text.json_parse), shape=unknown),
    Method(name="jsonStringify", least=0, most=0, build=metered(text.json_stringify), shape=given(STRING)),
    Method(
        name="formatDate", least=0, most=2, build=dates.format_date,
        shape=given(STRING), check=dates.check_format,
    ),
)  # fmt: skip

METHODS = {method.name: method for method in _TABLE}

_OTHER_NAMES = {"length": "size", "join": "joinNotNull", "keys": "entries.key", "values": "entries.value"}


def refusal_of(name: str, args: tuple[Node, ...]) -> str | None:
    """Why a method cannot be called so: a sentence that names the fix, or None."""
    if name in METHODS:
        return METHODS[name].refusal(args)
    near = [_OTHER_NAMES[name]] if name in _OTHER_NAMES else get_close_matches(name, [*METHODS, "as"], n=1)
    hint = f"; did you mean ->{near[0]}" if near else f"; there are as {' '.join(METHODS)}"
    return f"there is no method ->{name}{hint}"
