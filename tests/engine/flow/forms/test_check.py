"""What is wrong with a form is said before it is deployed, at its place, with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.forms import check_form, compile_form, render, standard_table
from engine.flow.model import FormModel, Json
from engine.problem import Problem, Severity

TABLE = standard_table()
TEXT: dict[str, Json] = {"type": "string"}


def check(schema: dict[str, Json], **ui: dict[str, Json]) -> list[Problem]:
    return check_form(FormModel(key="f", schema=schema, ui=ui), at="ask/form", table=TABLE)


def of_field(**schema: Json) -> dict[str, Json]:
    return {"type": "object", "properties": {"amount": {**schema}}}


def of_options(**keys: Json) -> dict[str, Json]:
    return of_field(**{"x-options": keys})


def doubling(levels: int) -> dict[str, Json]:
    """Small to write, and twice as much work with every level."""
    named: dict[str, Json] = {
        f"a{nth}": {"allOf": [{"$ref": f"#/$defs/a{nth + 1}"}, {"$ref": f"#/$defs/a{nth + 1}"}]}
        for nth in range(levels)
    }
    return {"$defs": {**named, f"a{levels}": {"type": "object"}}, "$ref": "#/$defs/a0"}


def nested(levels: int) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "object"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


SWAPPED: Json = {"title": {"zh": "a"}}
GOOD: dict[str, Json] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["reason"],
    "properties": {
        "reason": {"enum": ["a", "b"], "x-widget": "choice", "x-labels": {"a": "First"}},
        "properties": {"type": "string", "pattern": "^[0-9]+$", "format": "date"},
        "address": {"$ref": "#/$defs/address"},
        "orders": {
            "type": "array",
            "items": {
                "type": "string",
                "x-options": {
                    "query": "{ orders { id } }",
                    "path": "orders",
                    "value": "id",
                    "variables": {"a": "vars.x"},
                },
            },
        },
    },
    "$defs": {"address": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def test_a_good_form_has_no_problem() -> None:
    ui: dict[str, Json] = {
        "fields": ["reason", {"name": "orders", "title": "Which?"}],
        "anything": {"of": "yours"},
    }
    assert check(GOOD, web=ui) == []


@pytest.mark.parametrize(
    ("schema", "code", "path", "suggestion"),
    [
        (of_field(type="strin"), "FORM_SCHEMA_INVALID", "amount/type", "string"),
        (of_field(minimum="1"), "FORM_SCHEMA_INVALID", "amount/minimum", None),
        (
            {"properties": {"properties": {"required": "a"}}},
            "FORM_SCHEMA_INVALID",
            "properties/required",
            None,
        ),
        ({"type": "array"}, "FORM_SCHEMA_INVALID", "type", None),
        ({"type": ["object", "null"]}, "FORM_SCHEMA_INVALID", "type", None),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "FORM_SCHEMA_INVALID", "$schema", ...),
        (of_field(**{"$ref": "https://example.org/a.json"}), "FORM_REF_REFUSED", "amount/$ref", None),
        (of_field(**{"$ref": "file:///etc/passwd"}), "FORM_REF_REFUSED", "amount/$ref", None),
        (of_field(**{"$ref": "#/$defs/none"}), "FORM_REF_REFUSED", "amount/$ref", None),
        (of_field(**{"$ref": "#"}), "FORM_REF_REFUSED", "amount/$ref", None),
        (of_field(**{"$dynamicRef": "#a"}), "FORM_REF_REFUSED", "amount/$dynamicRef", None),
        (of_field(**{"$id": "https://example.org/b"}), "FORM_REF_REFUSED", "amount/$id", None),
        (of_field(items={"$ref": "#/properties/amount"}), "FORM_REF_REFUSED", None, None),
        (of_field(pattern="(?=a)b"), "FORM_PATTERN_REFUSED", "amount/pattern", None),
        (of_field(pattern=r"(a)\1"), "FORM_PATTERN_REFUSED", "amount/pattern", None),
        (of_field(pattern="(a{1000}){1000}"), "FORM_PATTERN_REFUSED", "amount/pattern", None),
        (of_field(pattern="a" * 1001), "FORM_PATTERN_REFUSED", "amount/pattern", None),
        (of_field(patternProperties={"(?<a": {}}), "FORM_PATTERN_REFUSED", "amount/patternProperties", None),
        (doubling(20), "FORM_TOO_LARGE", None, None),
        (nested(120), "FORM_TOO_LARGE", None, None),
        (nested(20_000), "FORM_TOO_LARGE", None, None),
        (of_field(enum=[*range(30_000)]), "FORM_TOO_LARGE", None, None),
        (of_field(minLenght=3), "FORM_KEYWORD_UNKNOWN", "amount/minLenght", "minLength"),
        (of_field(**{"x-widgets": "text"}), "FORM_KEYWORD_UNKNOWN", "amount/x-widgets", "x-widget"),
        ({**of_field(), "required": ["amuont"]}, "FORM_FIELD_UNKNOWN", "required", "amount"),
        (of_field(type="string", default=3), "FORM_DEFAULT_INVALID", "amount/default", None),
        ({**of_field(), "x-language": 3}, "FORM_TRANSLATION_INVALID", "x-language", None),
        (of_field(**{"x-i18n": SWAPPED}), "FORM_TRANSLATION_INVALID", "amount/x-i18n", None),
        (of_field(**{"type": "string", "x-widget": "amount"}), "FORM_WIDGET_UNFIT", "amount/x-widget", None),
        (
            of_field(**{"type": "string", "x-widget": "fotos"}),
            "FORM_WIDGET_UNFIT",
            "amount/x-widget",
            "photo",
        ),
        (of_field(**{"x-options": "orders"}), "FORM_OPTIONS_INVALID", "amount/x-options", None),
        (
            of_options(query="q", path="a", values="id"),
            "FORM_OPTIONS_INVALID",
            "amount/x-options/values",
            "value",
        ),
        (of_options(query="q"), "FORM_OPTIONS_INVALID", "amount/x-options/path", None),
        (
            of_options(query="q", path="a", variables={"id": "vars."}),
            "FORM_OPTIONS_INVALID",
            "amount/x-options/variables/id",
            None,
        ),
    ],
)
def test_a_fault_of_the_schema_is_named(
    schema: dict[str, Json], code: str, path: str | None, suggestion: object
) -> None:
    (problem,) = check(schema)

    assert (problem.code, problem.path) == (code, f"ask/form/{path}" if path else "ask/form")
    assert suggestion in (..., problem.suggestion)
    assert problem.message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("channel", "ui", "code", "path"),
    [
        ("web", {"fields": ["amuont"]}, "FORM_FIELD_UNKNOWN", "fields/0"),
        ("web", {"fields": "amount"}, "FORM_UI_INVALID", "fields"),
        (
            "web",
            {"fields": ["amount"], "groups": [{"title": "A", "fields": ["b"]}]},
            "FORM_FIELD_UNKNOWN",
            "groups/0",
        ),
        ("chat", {"questions": [{"name": "amount", "prompt": 3}]}, "FORM_UI_INVALID", "questions/0/prompt"),
        ("chat", {"kind": "fields"}, "FORM_UI_INVALID", "kind"),
        ("voice", {"agent": "9"}, "FORM_UI_INVALID", "agent"),
        ("wbe", {"fields": []}, "FORM_CHANNEL_UNKNOWN", None),
    ],
)
def test_a_fault_of_a_channels_ui_is_named(
    channel: str, ui: dict[str, Json], code: str, path: str | None
) -> None:
    (problem,) = check(of_field(**TEXT), **{channel: ui})
    where = f"ask/form/ui/{channel}"
    assert (problem.code, problem.path) == (code, f"{where}/{path}" if path else where)


def test_more_than_nine_choices_of_a_voice_menu_are_refused() -> None:
    choices: list[Json] = [{"digit": "1", "label": "a", "value": "a"}] * 10
    (problem,) = check(
        of_field(**TEXT), voice={"prompts": [{"name": "amount", "menu": {"choices": choices}}]}
    )
    assert (problem.code, problem.severity) == ("FORM_UI_INVALID", Severity.ERROR)


def test_a_required_field_nobody_asks_for_is_a_warning() -> None:
    (problem,) = check({**of_field(**TEXT), "required": ["amount"]}, chat={"questions": []})
    assert (problem.code, problem.severity) == ("FORM_UI_INVALID", Severity.WARNING)


def test_all_faults_are_named_at_once() -> None:
    schema: dict[str, Json] = {
        "properties": {"a": {"$ref": "http://x"}, "b": {"pattern": "(?=a)"}, "c": {"$ref": "#/$defs/d"}}
    }
    assert len(check(schema)) == 3


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["string", "object", "a", "#/$defs/a", "(", "#"])
)
JSON_SCHEMA = [
    "type",
    "properties",
    "required",
    "$ref",
    "$defs",
    "items",
    "allOf",
    "anyOf",
    "if",
    "then",
    "else",
]
MORE = [
    "enum",
    "pattern",
    "dependentRequired",
    "default",
    "x-options",
    "x-widget",
    "x-labels",
    "x-i18n",
    "x-order",
]
KEYS = st.sampled_from([*JSON_SCHEMA, *MORE, "a"])
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


CLOSED: dict[str, Json] = {"properties": {"a": {"type": "string"}}, "additionalProperties": False}
HAS_B: dict[str, Json] = {"properties": {"b": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({**CLOSED, "allOf": [HAS_B]}, "ask/form/b"),
        ({**CLOSED, "if": {"required": ["a"]}, "then": HAS_B}, "ask/form/b"),
        ({**CLOSED, "dependentSchemas": {"a": HAS_B}}, "ask/form/b"),
        ({**HAS_B, "allOf": [CLOSED]}, "ask/form/b"),
        ({**HAS_B, "$ref": "#/$defs/closed", "$defs": {"closed": CLOSED}}, "ask/form/b"),
        ({"properties": {"inner": {**CLOSED, "type": "object", "allOf": [HAS_B]}}}, "ask/form/inner/b"),
    ],
)
def test_a_field_that_can_never_be_filled_is_a_warning(schema: dict[str, Json], path: str) -> None:
    [problem] = check({"type": "object", **schema})
    assert (problem.code, problem.path) == ("FORM_FIELD_REFUSED", path)
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    "schema",
    [
        {**CLOSED, "then": {"required": ["a"]}, "if": {"properties": {"a": {"const": "x"}}}},
        {**CLOSED, "patternProperties": {"^b$": {}}, "allOf": [HAS_B]},
        {"properties": {"a": {}}, "unevaluatedProperties": False, "allOf": [HAS_B]},
        {"properties": {"a": {}, "b": {}}, "additionalProperties": False, "allOf": [HAS_B]},
        CLOSED,
    ],
)
def test_a_form_whose_fields_can_all_be_filled_is_not_warned_of(schema: dict[str, Json]) -> None:
    assert check({"type": "object", **schema}) == []


@given(st.dictionaries(KEYS, SCHEMAS, max_size=5), st.dictionaries(KEYS, LEAVES, max_size=3))
def test_any_json_is_checked_without_a_crash_and_what_passes_renders(
    schema: dict[str, Json], values: dict[str, Json]
) -> None:
    form = FormModel(key="f", schema=schema)
    if any(problem.severity is Severity.ERROR for problem in check_form(form, at="t/form", table=TABLE)):
        return
    for channel in TABLE.channels:
        render(compile_form(form), table=TABLE, channel=channel, values=values)
