"""Lists and objects: echo match map filter find first last get slice substring size entries."""

from engine.resource.mapping.methods.method import Build, Site, Unfit
from engine.resource.mapping.methods.text import string
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.shape import ANY, STRING, FieldShape, Leaf, ObjectShape, Shape, field_of, one_of
from engine.resource.mapping.values import MISSING, Json, TooLarge, Value, kind_of, settle


def echo(site: Site) -> Step:
    """Its argument."""
    return site.args[0]


def match(site: Site) -> Step:
    """The value beside the first candidate that equals the subject."""
    pairs = tuple(zip(site.args[::2], site.args[1::2], strict=True))

    def step(subject: Json, dollar: Json, run: Run) -> Value:
        try:
            for candidate, value in pairs:
                wanted = candidate(subject, dollar, run)
                if wanted is not MISSING and run.equal(subject, wanted):
                    return value(subject, dollar, run)
        except TooLarge:
            return site.note(run, "meets a value with too many parts")
        return site.note(run, "has no pair for this value; [@, …] is the pair for all others")

    return step


def map_items(site: Site) -> Step:
    """The argument for each item; a single value becomes a list of one, null stays null."""
    arg, path = site.args[0], site.path

    def step(subject: Json, dollar: Json, run: Run) -> Value:
        if subject is None:
            return None
        items: list[Json] = subject if isinstance(subject, list) else [subject]
        return run.each(arg, items, dollar, path)

    return step


def filter_items(site: Site) -> Step:
    """The items for which the argument is true."""
    arg, path = site.args[0], site.path

    def step(subject: Json, dollar: Json, run: Run) -> Value:
        if subject is None:
            return None
        items: list[Json] = subject if isinstance(subject, list) else [subject]
        verdicts = run.each(arg, items, dollar, path)
        if not isinstance(verdicts, list):
            return MISSING
        if any(verdict is not None and not isinstance(verdict, bool) for verdict in verdicts):
            return site.note(run, "needs a condition that is true or false")
        return [item for item, verdict in zip(items, verdicts, strict=True) if verdict is True]

    return step


def find_item(site: Site) -> Step:
    """The first item for which the argument is true; nothing is no problem."""
    arg, path = site.args[0], site.path

    def step(subject: Json, dollar: Json, run: Run) -> Value:
        items: list[Json] = subject if isinstance(subject, list) else [subject]
        if not run.spend(len(items), path):
            return MISSING
        for item in items:
            verdict = settle(arg(item, dollar, run))
            if verdict is True:
                return item
            if verdict is not None and verdict is not False:
                return site.note(run, "needs a condition that is true or false")
        return MISSING

    return step


def at_edge(index: int) -> Build:
    """`first` (0) or `last` (-1): of a list, of a string's characters; another value is its own."""

    def build(_site: Site) -> Step:
        def step(subject: Json, _dollar: Json, _run: Run) -> Value:
            if not isinstance(subject, list | str):
                return subject
            return subject[index] if subject else MISSING

        return step

    return build


def get(site: Site) -> Step:
    """An item or character by its index (negative from the end), a property by its name."""
    arg = site.args[0]

    def step(subject: Json, dollar: Json, run: Run) -> Value:
        key = settle(arg(subject, dollar, run))
        if isinstance(subject, dict) and isinstance(key, str):
            return subject[key] if key in subject else site.note(run, "finds no such property")
        if isinstance(subject, list | str):
            index = whole(key)
            if index is None:
                return site.note(run, f"needs an integer index, not a {kind_of(key)}")
            inside = -len(subject) <= index < len(subject)
            return subject[index] if inside else site.note(run, "has an index out of range")
        return site.note(run, f"takes an index of a list or a name in an object, not of a {kind_of(subject)}")

    return step


def get_shape(subject: Shape, args: tuple[Shape, ...]) -> Shape:
    key = args[0]
    if isinstance(key, Leaf) and isinstance(key.literal, str):
        return field_of(subject, key.literal)
    return subject if isinstance(key, Leaf) and key.kind == "number" else ANY


def slice_of(subject: Json, start: Json, end: Json = None) -> Json:
    """Items or characters from `start` up to, not with, `end`; negative ones count from the end."""
    if isinstance(subject, list):
        return subject[index(start) : index(end)]
    if isinstance(subject, str):
        return subject[index(start) : index(end)]
    raise Unfit(f"needs a list or a string, not a {kind_of(subject)}")


def substring(subject: Json, start: Json, end: Json = None) -> str:
    return string(subject)[index(start) : index(end)]


def index(value: Json) -> int | None:
    position = whole(value)
    if value is not None and position is None:
        raise Unfit(f"needs integers as start and end, not a {kind_of(value)}")
    return position


def whole(value: Json) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def size(subject: Json) -> int:
    """Items of a list, properties of an object, characters of a string."""
    if isinstance(subject, list | dict | str):
        return len(subject)
    raise Unfit(f"needs a list, an object or a string, not a {kind_of(subject)}")


def entries(subject: Json) -> Json:
    """`[{key, value}, …]` of an object."""
    if isinstance(subject, dict):
        return [{"key": key, "value": value} for key, value in subject.items()]
    raise Unfit(f"needs an object, not a {kind_of(subject)}")


def entries_shape(subject: Shape, _args: tuple[Shape, ...]) -> Shape:
    known = isinstance(subject, ObjectShape)
    value = one_of(field.shape for field in subject.fields.values()) if known else ANY
    pair = {"key": STRING, "value": value}
    return ObjectShape(
        fields={name: FieldShape(shape=shape, line=0, column=0) for name, shape in pair.items()}
    )
