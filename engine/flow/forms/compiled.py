"""A form made ready: its validator, its fields, its options; and what is wrong with values given to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from engine.flow.forms.fields import Field, fields_of
from engine.flow.forms.options import Choice, Options, Wanted, wanted_options
from engine.flow.forms.schemas import Path, joined, resolve, same
from engine.flow.forms.sentences import nearest, say_what_is_wrong
from engine.flow.forms.sizes import find_oversize
from engine.flow.forms.words import text_of, title_of
from engine.flow.model import FormModel, Json, JsonObject
from engine.problem import Problem

MAX_PROBLEMS = 50  # nobody reads more at once
PATTERN_BYTES = 1 << 16  # of a compiled pattern: matching costs at most text times pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledForm:
    """Reads no file and no network, and matches patterns in linear time."""

    model: FormModel
    fields: tuple[Field, ...]
    validator: Draft202012Validator
    wanted: Mapping[str, Wanted] = field(default_factory=dict[str, Wanted])


def compile_form(model: FormModel) -> CompiledForm:
    """Raises ValueError for a schema that `check_form` refuses for what it is."""
    return CompiledForm(
        model=model,
        fields=fields_of(model.schema),
        validator=validator_of(model.schema),
        wanted=wanted_options(model.schema),
    )


def validator_of(schema: JsonObject) -> Draft202012Validator:
    return Draft202012Validator(
        dict(schema),
        validate_formats=True,
        offline=True,
        pattern_options=RegexOptions(size_limit=PATTERN_BYTES),
    )


def validate(
    form: CompiledForm,
    values: JsonObject,
    *,
    at: str,
    kept: JsonObject | None = None,
    partial: bool = False,
    options: Options | None = None,
) -> list[Problem]:
    """What is wrong with values laid over those kept before; `at` is where the form is: `ask/form`.

    `partial`: only what concerns the given fields; what is missing is no problem yet. `options`: choices that
    resources gave, to which their fields are held. The whole that was judged is `{**kept, **values}`.
    """
    too_large = find_oversize(values)
    if too_large is not None:
        return [Problem(code="VALUE_TOO_LARGE", message=too_large, path=at)]
    whole = {**(kept or {}), **values}
    found = [*_by_schema(form, whole, at), *_by_options(form, whole, options or {}, at)]
    if partial:
        given = [joined(at, (name,)) for name in values]
        found = [
            each for each in found if each.code != "VALUE_MISSING" or _is_within(each, given, deeper=True)
        ]
        found = [each for each in found if _is_within(each, given)]
    return list(dict.fromkeys(found))[:MAX_PROBLEMS]


def _is_within(problem: Problem, places: Sequence[str], *, deeper: bool = False) -> bool:
    path = problem.path or ""
    return any(path.startswith(f"{place}/") or (path == place and not deeper) for place in places)


def _by_schema(form: CompiledForm, whole: JsonObject, at: str) -> Iterator[Problem]:
    try:
        errors = list(islice(form.validator.iter_errors(whole), 4 * MAX_PROBLEMS))
    except (ValueError, UnicodeError):
        yield Problem(
            code="VALUE_INVALID", message="The values are no JSON: a text or a key is malformed.", path=at
        )
        return
    for error in errors:
        yield from _problems(form.model.schema, error, at)


def _problems(root: JsonObject, error: ValidationError, at: str) -> Iterator[Problem]:
    path, kind = tuple(error.instance_path), error.kind
    match kind:
        case Kind.Required(property=name):
            yield _missing(root, (*path, name), at)
        case Kind.AdditionalProperties(unexpected=names) | Kind.UnevaluatedProperties(unexpected=names):
            yield from (_unknown(root, path, name, at) for name in names)
        case Kind.PropertyNames(error=inner):
            name = inner.instance if isinstance(inner.instance, str) else "?"
            yield _unknown(root, path, name, at)
        case Kind.AnyOf(context=branches) | Kind.OneOfNotValid(context=branches) if alternatives(branches):
            names = alternatives(branches)
            titles = ", ".join(title_of(name, schema_at(root, (*path, name))) for name in names)
            yield Problem(
                code="VALUE_MISSING",
                message=f"Give at least one of: {titles}.",
                path=joined(at, (*path, names[0])),
            )
        case _:
            yield _wrong(root, error, path, at)


def alternatives(branches: Sequence[Sequence[ValidationError]]) -> list[str]:
    """The fields of which one is demanded, where every branch fails for want of a field."""
    missing = [
        [each.kind.property for each in branch if isinstance(each.kind, Kind.Required)] for branch in branches
    ]
    return [names[0] for names in missing] if all(missing) else []


def _missing(root: JsonObject, path: Path, at: str) -> Problem:
    title = title_of(str(path[-1]), schema_at(root, path))
    return Problem(code="VALUE_MISSING", message=f"{title} is missing: give a value.", path=joined(at, path))


def _unknown(root: JsonObject, path: Path, name: str, at: str) -> Problem:
    known = list(_names(schema_at(root, path)))
    near = nearest(name, list[Json](known))
    hint = f"did you mean {near}?" if near else f"leave it out; there are: {', '.join(known[:20]) or 'none'}."
    return Problem(
        code="VALUE_UNKNOWN_FIELD",
        message=f"There is no field {name[:60]!r} here: {hint}",
        path=joined(at, (*path, name[:60])),
        suggestion=near,
    )


def _names(schema: JsonObject) -> Iterator[str]:
    listed = schema.get("properties")
    yield from listed if isinstance(listed, dict) else ()


def _wrong(root: JsonObject, error: ValidationError, path: Path, at: str) -> Problem:
    schema = schema_at(root, path)
    code, sentence = say_what_is_wrong(error.kind, schema)
    own = text_of(schema, "x-message", None)
    options = error.kind.options if isinstance(error.kind, Kind.Enum) else []
    return Problem(
        code=code,
        message=own or f"{_title(root, path)} {sentence}.",
        path=joined(at, path),
        suggestion=nearest(cast("Json", error.instance), cast("list[Json]", options)),  # JSON, by their types
    )


def _title(root: JsonObject, path: Path) -> str:
    """`Amount`, `Items 2`; the form itself has its own title or none."""
    if not path:
        return title_of("The form", root)
    if isinstance(path[-1], int):
        return f"{_title(root, path[:-1])} {path[-1] + 1}"
    return title_of(path[-1], schema_at(root, path))


def schema_at(root: JsonObject, path: Path) -> JsonObject:
    """The schema of the field at a value's path, as far as it can be told; else an empty one."""
    current: JsonObject = resolve(root, root)
    for step in path:
        if isinstance(step, int):
            below = current.get("items")
        else:
            found = {each.name: each.schema for each in fields_of(root, current)}
            below = found.get(step)
        current = resolve(root, below) if isinstance(below, Mapping) else {}
    return current


def _by_options(form: CompiledForm, whole: JsonObject, options: Options, at: str) -> Iterator[Problem]:
    for name, choices in options.items():
        path = tuple(name.split("/"))
        given: Json = dict(whole)
        for step in path:
            given = given.get(step) if isinstance(given, dict) else None
        for value in given if isinstance(given, list) else [given]:
            if value is not None and not any(same(value, choice.value) for choice in choices):
                yield _no_option(form.model.schema, path, choices, at)


def _no_option(root: JsonObject, path: Path, choices: Sequence[Choice], at: str) -> Problem:
    what = "must be one of those offered: choose again" if choices else "cannot be chosen: nothing is offered"
    return Problem(code="VALUE_NOT_ALLOWED", message=f"{_title(root, path)} {what}.", path=joined(at, path))
