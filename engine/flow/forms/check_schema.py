"""Is a schema fit to validate with: JSON Schema 2020-12, local references, linear patterns, bounded work?"""

from collections.abc import Iterator
from difflib import get_close_matches

from jsonschema_rs import Draft202012Validator, ValidationError

from engine.flow.forms.compiled import list_errors, validator_of
from engine.flow.forms.fields import Field, fields_of
from engine.flow.forms.schemas import (
    NAMED,
    SEVERAL,
    Endless,
    Path,
    TooDeep,
    count_expanded,
    is_oversize,
    joined,
    referred,
    subschemas,
    texts,
    types_of,
)
from engine.flow.forms.sentences import say_what_is_wrong
from engine.flow.model import FormModel, JsonObject
from engine.problem import Problem, Severity

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMAS = 1_000  # references counted as what they name: a form has some hundreds at most
MANY = 1_000  # nodes of a schema beyond which its first fault alone is told: each node may have several
MAX_PATTERN = 1_000  # characters
OURS = frozenset(
    {"x-widget", "x-options", "x-order", "x-group", "x-labels", "x-i18n", "x-prompt", "x-placeholder"}
    | {"x-message", "x-currency", "x-language"}
)
STANDARD = """
    $schema $id $comment $defs $ref title description default deprecated readOnly writeOnly examples
    type enum const allOf anyOf oneOf not if then else
    properties patternProperties additionalProperties unevaluatedProperties propertyNames
    required dependentRequired dependentSchemas minProperties maxProperties
    items prefixItems contains minContains maxContains minItems maxItems uniqueItems unevaluatedItems
    minLength maxLength pattern format contentMediaType contentEncoding contentSchema
    minimum maximum exclusiveMinimum exclusiveMaximum multipleOf
"""
KEYWORDS = OURS | frozenset(STANDARD.split())
ELSEWHERE = frozenset(
    {"$dynamicRef", "$anchor", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"}
)


def check_schema(form: FormModel, *, at: str) -> Iterator[Problem]:
    schema = form.schema
    found = [*_meta(schema, at), *_root(schema, at)]
    found += found or [*_references(schema, at), *_patterns(schema, at)]
    found = list(dict.fromkeys(found)) or list(_size(schema, at))
    yield from found
    if not found:
        yield from _compiles(form, at)
        yield from _keywords(schema, at)
        yield from _loose_ends(form, at)


def place(at: str, path: Path) -> str:
    """Where in the form: `properties/amount/minimum` of the schema is `amount/minimum`."""
    shown: list[str | int] = []
    is_keyword = True
    for step in path:
        if not (is_keyword and step == "properties"):
            shown.append(step)
        is_keyword = not is_keyword or step not in NAMED | SEVERAL
    return joined(at, shown)


def _meta(schema: JsonObject, at: str) -> Iterator[Problem]:
    """What the meta-schema of JSON Schema says; first the depth, beyond which nothing can be said."""
    if is_oversize(dict(schema)):
        yield Problem(
            code="FORM_TOO_LARGE", message="The schema is too large or too deep: make it smaller.", path=at
        )
        return
    try:
        meta = Draft202012Validator({"$ref": DIALECT}, offline=True)
        errors = list_errors(meta, dict(schema), many=is_oversize(dict(schema), MANY))
    except (ValueError, UnicodeError):
        yield Problem(
            code="FORM_SCHEMA_INVALID",
            message="The schema is no JSON: a text or a key in it is malformed.",
            path=at,
        )
        return
    said: set[str] = set()
    for error in errors:
        path = place(at, tuple(error.instance_path))
        if path not in said:
            said.add(path)
            yield _meta_problem(error, path)


def _meta_problem(error: ValidationError, path: str) -> Problem:
    name = error.instance_path[-1] if error.instance_path else "schema"
    suggestion = None
    if name == "type" and isinstance(error.instance, str):
        known = ["string", "integer", "number", "boolean", "object", "array", "null"]
        suggestion = next(iter(get_close_matches(error.instance, known, n=1)), None)
    what = f": did you mean {suggestion}?" if suggestion else f" {say_what_is_wrong(error.kind, {})[1]}."
    return Problem(
        code="FORM_SCHEMA_INVALID",
        message=f"This is no JSON Schema 2020-12: {name!r}{what}",
        path=path,
        suggestion=suggestion,
    )


def _root(schema: JsonObject, at: str) -> Iterator[Problem]:
    if types_of(schema) - {"object"}:
        yield Problem(
            code="FORM_SCHEMA_INVALID",
            message='A form gives variables by name: its schema has "type": "object".',
            path=f"{at}/type",
        )
    if schema.get("$schema", DIALECT) not in {DIALECT, f"{DIALECT}#"}:
        yield Problem(
            code="FORM_SCHEMA_INVALID",
            message=f"Forms are JSON Schema 2020-12: leave $schema out, or write {DIALECT}.",
            path=f"{at}/$schema",
            suggestion=DIALECT,
        )


def _references(schema: JsonObject, at: str) -> Iterator[Problem]:
    for path, part in subschemas(schema):
        reference = part.get("$ref")
        if isinstance(reference, str) and not _is_local(schema, reference):
            yield Problem(
                code="FORM_REF_REFUSED",
                message=f"The reference {reference[:80]!r} leads nowhere in the form: write #/$defs/<name>.",
                path=place(at, (*path, "$ref")),
            )
        for keyword in sorted(ELSEWHERE & part.keys()) + (["$id"] if path and "$id" in part else []):
            yield Problem(
                code="FORM_REF_REFUSED",
                message=f"{keyword} is not supported: refer by #/$defs/<name>.",
                path=place(at, (*path, keyword)),
            )


def _is_local(schema: JsonObject, reference: str) -> bool:
    return reference.startswith("#/") and "%" not in reference and referred(schema, reference) is not None


def _patterns(schema: JsonObject, at: str) -> Iterator[Problem]:
    for path, part in subschemas(schema):
        pattern, named = part.get("pattern"), part.get("patternProperties")
        patterns = [("pattern", pattern)] if isinstance(pattern, str) else []
        patterns += [("patternProperties", each) for each in named] if isinstance(named, dict) else []
        for keyword, text in patterns:
            if not _is_linear(text):
                yield Problem(
                    code="FORM_PATTERN_REFUSED",
                    message="The pattern is no regular expression, or not matched in linear time: write it "
                    "without look-around, back-references and large repetitions.",
                    path=place(at, (*path, keyword)),
                )


def _is_linear(pattern: str) -> bool:
    try:
        validator_of({"pattern": pattern})
    except (ValidationError, ValueError):
        return False
    return len(pattern) <= MAX_PATTERN


def _size(schema: JsonObject, at: str) -> Iterator[Problem]:
    try:
        count = count_expanded(schema)
    except Endless as endless:
        yield Problem(
            code="FORM_REF_REFUSED",
            message=f"{endless.at} refers back to itself: a form has an end; use a list.",
            path=at,
        )
        return
    except TooDeep:
        yield Problem(
            code="FORM_TOO_LARGE", message="The schema is too large or too deep: make it smaller.", path=at
        )
        return
    if count > MAX_SCHEMAS:
        yield Problem(
            code="FORM_TOO_LARGE",
            message=f"The form has {count:,} schemas, references counted, and may have {MAX_SCHEMAS:,}: "
            "make it smaller.",
            path=at,
        )


def _compiles(form: FormModel, at: str) -> Iterator[Problem]:
    try:
        validator_of(form.schema)
    except (ValidationError, ValueError):
        yield Problem(code="FORM_SCHEMA_INVALID", message="The schema cannot be compiled.", path=at)


def _keywords(schema: JsonObject, at: str) -> Iterator[Problem]:
    for path, part in subschemas(schema):
        for keyword in sorted(part.keys() - KEYWORDS):
            near = next(iter(get_close_matches(keyword, KEYWORDS, n=1, cutoff=0.75)), None)
            if near is not None or not keyword.startswith("x-"):
                yield Problem(
                    code="FORM_KEYWORD_UNKNOWN",
                    message=f"{keyword!r} has no effect: "
                    + (f"did you mean {near}?" if near else "leave it out."),
                    severity=Severity.WARNING,
                    path=place(at, (*path, keyword)),
                    suggestion=near,
                )


def _loose_ends(form: FormModel, at: str) -> Iterator[Problem]:
    """Names that no field has, and defaults that would be refused."""
    fields = fields_of(form.schema)
    names = [each.name for each in fields]
    for name in texts(form.schema.get("required")):
        if name not in names:
            near = next(iter(get_close_matches(name, names, n=1)), None)
            hint = f"did you mean {near}?" if near else "add it to properties."
            yield Problem(
                code="FORM_FIELD_UNKNOWN",
                message=f"{name!r} is required and described nowhere: {hint}",
                severity=Severity.WARNING,
                path=joined(at, ("required",)),
                suggestion=near,
            )
    validator = validator_of(form.schema)
    yield from (_default(each, at) for each in fields if not _is_default_valid(validator, each))


def _is_default_valid(validator: Draft202012Validator, each: Field) -> bool:
    if "default" not in each.schema:
        return True
    errors = validator.iter_errors({each.name: each.schema["default"]})
    return not any(error.instance_path[:1] == [each.name] for error in errors)


def _default(each: Field, at: str) -> Problem:
    return Problem(
        code="FORM_DEFAULT_INVALID",
        message=f"The default of {each.name!r} is refused by its own schema.",
        severity=Severity.WARNING,
        path=joined(at, (each.name, "default")),
    )
