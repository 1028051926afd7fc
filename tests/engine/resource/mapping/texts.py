"""Random mappings and random answers that fit them now and then."""

from hypothesis import strategies as st

KEYS = st.sampled_from(["a", "b", "c", "d"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "b", "7", "2024-01-01", "[1]", " x "]),
    st.text(max_size=5),
)
ANSWERS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
LITERALS = st.sampled_from(["'a'", "''", "1", "-2", "0.5", "true", "false", "null", "[1, 'a']", "9", "','"])
BARE = st.sampled_from(
    ["first", "last", "size", "entries", "not", "parseInt", "toNumber", "upper", "lower", "trim", "trimStart",
     "trimEnd", "toString", "jsonParse", "jsonStringify", "formatDate", "formatDate('%d', '+08:00')"]
)  # fmt: skip
ONE_ARGUMENT = st.sampled_from(
    ["echo", "map", "filter", "find", "get", "slice", "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "in",
     "contains", "add", "sub", "mul", "div", "mod", "split", "substring", "joinNotNull"]
)  # fmt: skip
VARIABLES = {"$args": {"a": 1, "b": [{"c": 2}, None], "c": "x"}, "$this": {"d": {"a": True}}, "$status": 200}
HEADS = st.sampled_from(
    ["$", "@", "$.a", "$.b", "a", "b", "c", "$args", "$args.b", "$this.d", "$this.z", "$status"]
)


@st.composite
def expressions(draw: st.DrawFn, depth: int) -> str:
    """The text of an expression, with braces, arguments and fallbacks nested at most `depth` deep."""
    form = draw(st.sampled_from("lhpppa{?" if depth else "lh"))
    if form == "l":
        return draw(LITERALS)
    if form == "h":
        return draw(HEADS)
    if form == "p":
        return draw(paths(depth))
    if form == "{":
        return f"{{ {draw(fields(depth - 1))} }}"
    inner = [draw(expressions(depth - 1)) for _ in range(2)]
    return f"[{', '.join(inner)}]" if form == "a" else f"$({draw(OPERATORS).join(inner)})"


@st.composite
def paths(draw: st.DrawFn, depth: int) -> str:
    text = draw(HEADS) + "".join(draw(steps(depth)) for _ in range(draw(st.integers(0, 3))))
    return f"{text} {{ {draw(fields(depth - 1))} }}" if draw(st.integers(0, 3)) == 0 else text


@st.composite
def steps(draw: st.DrawFn, depth: int) -> str:
    form = draw(st.sampled_from(".?bbccma"))
    if form in ".?":
        return f".{draw(KEYS)}{'?' if form == '?' else ''}"
    if form == "b":
        return f"->{draw(BARE)}"
    one = draw(expressions(depth - 1))
    if form == "c":
        return f"->{draw(ONE_ARGUMENT)}({one})"
    if form == "a":
        return f"->as($n, {one})->echo([$n, @])"
    return f"->match([{draw(LITERALS)}, {one}], [@, {draw(expressions(depth - 1))}])"


@st.composite
def fields(draw: st.DrawFn, depth: int) -> str:
    """The text of entries, commas between them."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
    entries = [draw(named(key, depth)) for key in keys]
    if depth and draw(st.booleans()):
        dots = draw(st.sampled_from(["... ", ""]))
        entries.append(f"{dots}{draw(KEYS)}.{draw(KEYS)} {{ {draw(fields(depth - 1))} }}")
    return ", ".join(entries)


@st.composite
def named(draw: st.DrawFn, key: str, depth: int) -> str:
    return draw(st.sampled_from([key, key + "?", f"{key}: {draw(expressions(depth))}"]))


OPERATORS = st.sampled_from([" ?? ", " ?! "])
MAPPINGS = fields(3) | paths(3)
