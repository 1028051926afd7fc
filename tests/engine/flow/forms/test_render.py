"""How channels ask: derived from the schema or a form's own, within the vocabulary, one by one."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from engine.flow.forms import (
    Channel,
    Choice,
    Spoken,
    Widget,
    compile_form,
    render,
    standard_table,
    wanted_options,
    with_options,
)
from engine.flow.forms.schemas import objects
from engine.flow.forms.vocabulary import FIELDS_UI
from engine.flow.model import FormModel, Json, JsonObject

TABLE = standard_table()
BIKE: dict[str, Json] = {
    "type": "object",
    "title": "Broken bike",
    "required": ["fault", "bike"],
    "properties": {
        "fault": {
            "title": "What is broken?",
            "oneOf": [{"const": "lock", "title": "The lock"}, {"const": "wheel", "title": "A wheel"}],
            "x-i18n": {"zh": {"title": "哪里坏了？"}},
        },
        "bike": {"title": "Bike number", "type": "integer", "minimum": 1, "x-prompt": "Which bike is it"},
        "photo": {"type": "string", "x-widget": "photo", "contentMediaType": "image/*"},
        "closed": {"title": "Is the lock closed?", "type": "boolean", "x-group": "Lock"},
        "refund": {
            "type": "number",
            "x-widget": "amount",
            "x-currency": "CNY",
            "default": 5,
            "x-group": "Lock",
        },
        "where": {
            "type": "object",
            "x-widget": "address",
            "required": ["city"],
            "properties": {"city": {"type": "string"}, "day": {"type": "string", "format": "date"}},
        },
        "state": {"type": "string", "readOnly": True},
    },
    "if": {"properties": {"fault": {"const": "lock"}}, "required": ["fault"]},
    "then": {"required": ["closed"]},
    "dependentRequired": {"refund": ["where"]},
}


def form_of(schema: dict[str, Json], **ui: dict[str, Json]) -> FormModel:
    return FormModel(key="bike", schema=schema, ui=ui)


def ui_of(channel: str, form: FormModel, **values: Json) -> dict[str, Json]:
    return dict(render(compile_form(form), table=TABLE, channel=channel, values=values).ui)


def listed(ui: JsonObject, key: str) -> dict[str, dict[str, Json]]:
    entries = cast("list[dict[str, Json]]", ui[key])  # as the vocabulary says
    return {str(entry["name"]): entry for entry in entries}


def test_what_is_known_of_a_field_is_filled_in_and_asked_all_the_same() -> None:
    form = compile_form(form_of(BIKE))
    known: dict[str, Json] = {"bike": 12, "photo": None, "other": "x"}
    rendered = render(form, table=TABLE, channel="web", values={"where": "here"}, known=known)
    assert {name: rendered.values.get(name) for name in ("bike", "photo", "other", "where")} == {
        "bike": 12,
        "photo": None,
        "other": None,
        "where": "here",
    }
    assert render(form, table=TABLE, values={"bike": 1}, known=known).values["bike"] == 1
    chat = [render(form, table=TABLE, channel="chat", known=one).ui for one in (known, None)]
    assert chat[0] == chat[1]


def test_a_page_has_every_field_with_its_widget() -> None:
    fields = listed(ui_of("web", form_of(BIKE)), "fields")

    assert {name: entry["widget"] for name, entry in fields.items()} == {
        "fault": "choice",
        "bike": "number",
        "photo": "photo",
        "closed": "switch",
        "refund": "amount",
        "where": "address",
        "state": "text",
    }
    assert fields["fault"]["choices"] == [
        {"value": "lock", "label": "The lock"},
        {"value": "wheel", "label": "A wheel"},
    ]
    assert fields["refund"]["currency"] == "CNY"
    assert fields["state"]["readOnly"] is True
    inner = listed(fields["where"], "fields")
    assert (inner["city"]["required"], inner["day"]["widget"]) == (True, "date")


def test_conditions_of_the_schema_say_when_a_field_is_shown() -> None:
    fields = listed(ui_of("agent", form_of(BIKE)), "fields")

    assert fields["closed"]["visibleWhen"] == [[{"field": "fault", "in": ["lock"]}]]
    assert fields["where"]["visibleWhen"] == [[{"field": "refund"}]]
    assert "visibleWhen" not in fields["fault"]


def test_an_else_is_shown_when_the_condition_does_not_hold() -> None:
    schema: dict[str, Json] = {
        "properties": {"a": {"type": "boolean"}},
        "if": {"properties": {"a": {"const": True}}},
        "then": {"properties": {"b": {"type": "string"}}},
        "else": {"properties": {"c": {"type": "string"}}},
    }
    fields = listed(ui_of("web", form_of(schema)), "fields")
    assert fields["b"]["visibleWhen"] == [[{"field": "a", "in": [True], "absent": True}]]
    assert fields["c"]["visibleWhen"] == [[{"field": "a", "in": [True], "absent": True, "not": True}]]


def test_a_condition_beyond_the_vocabulary_hides_nothing() -> None:
    schema: dict[str, Json] = {
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "if": {"properties": {"a": {"minimum": 10}}, "required": ["a"]},
        "then": {"required": ["b"]},
    }
    assert "visibleWhen" not in listed(ui_of("web", form_of(schema)), "fields")["b"]
    assert ui_of("chat", form_of(schema), a=11)["next"] == "b"
    assert ui_of("chat", form_of(schema), a=9)["next"] is None


def test_groups_and_order_come_from_the_schema() -> None:
    schema: dict[str, Json] = {"properties": {"a": {"x-order": 2}, "b": {"x-order": 1}, "c": {}}}
    assert list(listed(ui_of("web", form_of(schema)), "fields")) == ["b", "a", "c"]
    assert ui_of("web", form_of(BIKE))["groups"] == [{"title": "Lock", "fields": ["closed", "refund"]}]


def test_chat_asks_one_question_after_another() -> None:
    form = form_of(BIKE)

    assert ui_of("chat", form)["next"] == "fault"
    assert ui_of("chat", form, fault="lock")["next"] == "bike"
    assert ui_of("chat", form, fault="lock", bike=7)["next"] == "closed"
    assert ui_of("chat", form, fault="wheel", bike=7)["next"] is None
    assert ui_of("chat", form, fault="wheel", bike=7)["optional"] == ["photo", "refund"]
    assert ui_of("chat", form, fault="wheel", bike=7, refund=3)["next"] == "where"


def test_chat_asks_again_for_a_kept_value_that_no_longer_fits() -> None:
    assert ui_of("chat", form_of(BIKE), fault="wheel", bike=0)["next"] == "bike"
    assert ui_of("chat", form_of(BIKE), fault="pedal", bike=1)["next"] == "fault"


def test_chat_does_not_ask_for_what_the_caller_may_not_give() -> None:
    questions = listed(ui_of("chat", form_of(BIKE)), "questions")
    assert "state" not in questions
    assert questions["bike"]["prompt"] == "Which bike is it"
    assert list(listed(questions["where"], "parts")) == ["city", "day"]


def test_defaults_are_prefilled_and_kept_values_win() -> None:
    form = compile_form(form_of(BIKE))
    assert render(form, table=TABLE, values={"bike": 3}).values == {"refund": 5, "bike": 3}
    assert render(form, table=TABLE, values={"refund": 8}).values == {"refund": 8}


def test_voice_reads_choices_with_digits_and_keeps_three_keys() -> None:
    ui = ui_of("voice", form_of(BIKE))
    prompts = listed(ui, "prompts")

    assert (ui["repeat"], ui["agent"], ui["finish"]) == ("*", "0", "#")
    assert prompts["fault"]["text"] == (
        "What is broken? Press 1 for The lock. Press 2 for A wheel. "
        "Press * to hear this again, 0 for an agent."
    )
    assert prompts["bike"]["text"] == "Which bike is it. Key in the number, then press #."
    assert prompts["bike"] | {"input": "digits"} == prompts["bike"]
    assert prompts["photo"]["input"] == "agent"


def test_a_short_message_numbers_its_choices() -> None:
    messages = listed(ui_of("sms", form_of(BIKE)), "messages")
    assert messages["fault"]["text"] == "What is broken?\n1 The lock\n2 A wheel\nReply with the number."


def test_texts_are_in_the_askers_language_where_there_are_any() -> None:
    form = compile_form(form_of(BIKE))
    voice = render(form, table=TABLE, channel="voice", languages=["zh-CN"]).ui
    assert str(listed(voice, "prompts")["fault"]["text"]).startswith("哪里坏了？ The lock请按 1。")
    page = render(form, table=TABLE, languages=["fr"]).ui
    assert listed(page, "fields")["fault"]["title"] == "What is broken?"


def values_of(menu: JsonObject, deepest: int = 6) -> list[Json]:
    """All values that digits lead to; fails for a menu of more than nine."""
    assert deepest > 0
    choices = cast("list[dict[str, Json]]", menu["choices"])  # as the vocabulary says
    assert len(choices) <= 9
    assert [choice["digit"] for choice in choices] == [str(nth) for nth in range(1, len(choices) + 1)]
    found: list[Json] = []
    for choice in choices:
        inner = choice.get("menu")
        found += values_of(inner, deepest - 1) if isinstance(inner, dict) else [choice["value"]]
    return found


@given(st.integers(1, 1000))
def test_voice_never_offers_more_than_nine_choices_and_reaches_all(count: int) -> None:
    names = [f"station {nth}" for nth in range(count)]
    schema: dict[str, Json] = {"properties": {"at": {"enum": list[Json](names)}}}
    for channel, key in (("voice", "prompts"), ("sms", "messages")):
        prompt = listed(ui_of(channel, form_of(schema)), key)["at"]
        assert values_of(cast("JsonObject", prompt["menu"])) == names
        assert "choices" not in prompt


def test_a_choice_without_any_goes_to_an_agent_by_voice() -> None:
    schema: dict[str, Json] = {"properties": {"order": {"x-options": {"query": "q", "path": "orders"}}}}
    assert listed(ui_of("voice", form_of(schema)), "prompts")["order"]["input"] == "agent"


def test_options_come_from_resources() -> None:
    schema: dict[str, Json] = {
        "properties": {
            "order": {
                "type": "string",
                "x-widget": "order-picker",
                "x-options": {
                    "query": "query($id: ID!){ user(id: $id){ orders { id item { title } } } }",
                    "variables": {"id": "vars.userId"},
                    "path": "user.orders",
                    "value": "id",
                    "label": "item.title",
                },
            }
        }
    }
    wanted = wanted_options(schema)
    assert wanted["order"].call.variables == {"id": "vars.userId"}
    orders: Json = [
        {"id": "o1", "item": {"title": "Ride"}},
        {"id": None},
        {"id": "o2", "item": None},
        {"id": "o1"},
    ]

    options = with_options(wanted, {"order": {"user": {"orders": orders}}})

    assert options == {"order": (Choice("o1", "Ride"), Choice("o2", "o2"))}
    ui = render(compile_form(form_of(schema)), table=TABLE, options=options).ui
    assert listed(ui, "fields")["order"]["choices"] == [
        {"value": "o1", "label": "Ride"},
        {"value": "o2", "label": "o2"},
    ]
    assert with_options(wanted, {"order": {"user": None}}) == {"order": ()}
    assert with_options(wanted, {}) == {}


def test_a_forms_own_ui_gives_order_and_texts_over_the_derived_ones() -> None:
    own: dict[str, Json] = {
        "fields": ["bike", {"name": "fault", "title": "Fault", "mine": 1}],
        "groups": [{"title": "All", "fields": ["bike", "fault"]}],
        "theme": "dark",
    }
    ui = ui_of("web", form_of(BIKE, web=own))

    fields = listed(ui, "fields")
    assert list(fields) == ["bike", "fault"]
    assert (fields["fault"]["title"], fields["fault"]["mine"]) == ("Fault", 1)
    assert fields["fault"]["widget"] == "choice"
    assert (ui["theme"], ui["groups"]) == ("dark", own["groups"])


def test_a_forms_own_order_of_questions_says_which_is_next() -> None:
    form = form_of(BIKE, chat={"questions": ["bike", "fault"]})
    assert ui_of("chat", form)["next"] == "bike"


def test_choices_of_a_forms_own_ui_become_a_menu_of_nine() -> None:
    many: list[Json] = [{"value": nth, "label": str(nth)} for nth in range(30)]
    form = form_of({"properties": {"n": {"enum": [1]}}}, voice={"prompts": [{"name": "n", "choices": many}]})
    prompt = listed(ui_of("voice", form), "prompts")["n"]
    assert len(values_of(cast("JsonObject", prompt["menu"]))) == 30
    assert "choices" not in prompt


def test_a_channel_nobody_described_gets_the_page() -> None:
    rendered = render(compile_form(form_of(BIKE)), table=TABLE, channel="kiosk")
    assert (rendered.channel, rendered.ui["kind"]) == ("kiosk", "fields")
    assert render(compile_form(form_of(BIKE)), table=TABLE).channel == "web"


def test_an_unknown_widget_falls_back_to_the_type() -> None:
    schema: dict[str, Json] = {"properties": {"a": {"type": "integer", "x-widget": "dial"}}}
    assert listed(ui_of("web", form_of(schema)), "fields")["a"]["widget"] == "number"


def test_a_plug_in_brings_a_widget_and_a_channel() -> None:
    dial = Widget(
        name="dial", types=frozenset({"integer"}), spoken=Spoken.DIGITS, details=lambda _: {"ticks": 5}
    )
    kiosk = Channel(name="kiosk", derive=lambda view: {"kind": "kiosk"}, listed="tiles", schema=FIELDS_UI)
    table = TABLE.with_parts([dial, kiosk])
    form = compile_form(form_of({"properties": {"a": {"type": "integer", "x-widget": "dial"}}}))

    assert listed(render(form, table=table).ui, "fields")["a"]["ticks"] == 5
    assert render(form, table=table, channel="kiosk").ui["kind"] == "kiosk"
    assert "dial" not in TABLE.widgets


def test_a_plug_in_cannot_take_a_name_that_is_taken() -> None:
    with pytest.raises(ValueError, match="two widgets named 'text'"):
        TABLE.with_parts([Widget(name="text", types=frozenset())])


TYPES: st.SearchStrategy[dict[str, Json]] = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer", "minimum": 1},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"enum": ["a", 1, None, True]},
        {"type": "array", "items": {"enum": ["a", "b"]}},
        {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}}},
        {"type": "object", "properties": {"x": {"type": "string", "format": "date"}}},
        {},
    ]
)


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Json]:
    properties: dict[str, Json] = {name: draw(TYPES) for name in draw(st.lists(st.sampled_from("abcdef")))}
    required = draw(st.lists(st.sampled_from("abcdef"), unique=True))
    return {"type": "object", "properties": properties, "required": list[Json](required)}


@given(forms(), st.dictionaries(st.sampled_from("abc"), st.sampled_from(["a", 1, None, [], {}])))
def test_every_derived_ui_fits_the_vocabulary(schema: dict[str, Json], values: dict[str, Json]) -> None:
    form = compile_form(form_of(schema))
    for name, channel in TABLE.channels.items():
        ui = render(form, table=TABLE, channel=name, values=values).ui
        assert list(Draft202012Validator(dict(channel.schema), offline=True).iter_errors(dict(ui))) == []


WORDED: dict[str, Json] = {
    "type": "object",
    "title": "Report",
    "x-language": "en",
    "x-i18n": {"zh": {"title": "报修"}, "fr": {"title": "Rapport"}},
    "required": ["fault"],
    "properties": {
        "fault": {
            "title": "Fault",
            "enum": ["lock", "wheel"],
            "x-labels": {"lock": "The lock"},
            "x-prompt": "What is broken?",
            "x-i18n": {"zh": {"title": "故障", "x-prompt": "哪里坏了？", "x-labels": {"lock": "车锁"}}},
        }
    },
}
OWN_CHAT: dict[str, Json] = {
    "title": "Hello",
    "x-i18n": {"zh": {"title": "您好"}},
    "questions": [{"name": "fault", "hint": "Look closely", "x-i18n": {"zh": {"hint": "请仔细看"}}}],
}


@pytest.mark.parametrize(
    ("languages", "shown"),
    [
        ([], "en"),
        (["zh-CN", "en"], "zh"),
        (["en-GB", "zh"], "en"),
        (["de", "fr-CA"], "fr"),
        (["de"], "en"),
    ],
)
def test_a_form_is_shown_in_the_first_language_asked_for_that_it_has(
    languages: list[str], shown: str
) -> None:
    form = render(compile_form(form_of(WORDED)), table=TABLE, languages=languages)
    assert form.language == shown
    assert form.ui["title"] == {"en": "Report", "zh": "报修", "fr": "Rapport"}[shown]


def test_titles_choices_prompts_and_the_texts_of_its_own_ui_are_translated() -> None:
    compiled = compile_form(form_of(WORDED, chat=OWN_CHAT))
    chat = render(compiled, table=TABLE, channel="chat", languages=["zh"]).ui
    assert chat["title"] == "您好"
    [question] = objects(chat["questions"])
    assert (question["prompt"], question["hint"]) == ("哪里坏了？", "请仔细看")
    assert question["choices"] == [{"value": "lock", "label": "车锁"}, {"value": "wheel", "label": "wheel"}]
    assert "x-i18n" not in chat
    assert "x-i18n" not in question
    english = render(compiled, table=TABLE, channel="chat", languages=["en"]).ui
    assert (english["title"], objects(english["questions"])[0]["hint"]) == ("Hello", "Look closely")


def test_a_form_that_does_not_name_its_language_is_not_translated_for_who_may_read_it() -> None:
    unnamed = compile_form(form_of({key: part for key, part in WORDED.items() if key != "x-language"}))
    form = render(unnamed, table=TABLE, languages=["de", "zh"])
    assert (form.language, form.ui["title"]) == (None, "Report")
