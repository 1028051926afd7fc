"""The vocabulary of `ui`: what front-ends may rely on, as JSON Schema, one for each channel.

Every `ui` that is derived fits it. A form's own `ui` may give any part of it: a list may name fields by their
name alone, keys left out are derived, and keys not named here are passed on as they are.

The conditions in `visibleWhen`: a field is shown when all tests of any one of the inner lists hold.
A value that is not to be shown or asked for is judged by the form's schema all the same, at every commit; one
that was kept and not given again is left out of a whole commit while its field is hidden.
"""

from engine.flow.model import Json

_TEXT: Json = {"type": "string"}
_NAMES: Json = {"type": "array", "items": _TEXT}


def _list_of(definition: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/$defs/{definition}"}}


TEST: Json = {
    "type": "object",
    "description": "One test of the values filled so far.",
    "required": ["field"],
    "properties": {
        "field": _TEXT,
        "in": {"type": "array", "description": "The field has one of these values; left out: any value."},
        "absent": {"type": "boolean", "description": "What the test gives while the field is empty."},
        "not": {"type": "boolean", "description": "It holds when it would not."},
    },
}
CHOICE: Json = {
    "type": "object",
    "required": ["value", "label"],
    "properties": {"value": True, "label": _TEXT},
}
# What fields and questions have in common.
_ASKED: dict[str, Json] = {
    "name": {"type": "string", "description": "The key of the value in a commit."},
    "widget": {"type": "string", "description": "One of the table of widgets; unknown: edit by `type`."},
    "type": {"type": "string", "description": "The JSON type of the value."},
    "required": {"type": "boolean", "description": "Demanded whatever else is filled."},
    "choices": _list_of("choice"),
    "visibleWhen": {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/test"}}},
}
_DETAILS: dict[str, Json] = {
    "min": {"type": "number"},
    "max": {"type": "number"},
    "step": {"type": "number"},
    "minLength": {"type": "integer"},
    "maxLength": {"type": "integer"},
    "minItems": {"type": "integer"},
    "maxItems": {"type": "integer"},
    "pattern": _TEXT,
    "format": _TEXT,
    "currency": {"type": "string", "description": "ISO 4217."},
    "accept": {"type": "string", "description": "A media type."},
}
FIELD: Json = {
    "type": "object",
    "description": "One field of a page.",
    "required": ["name"],
    "properties": {
        **_ASKED,
        **_DETAILS,
        "title": _TEXT,
        "description": _TEXT,
        "placeholder": _TEXT,
        "readOnly": {"type": "boolean"},
        "fields": {"type": "array", "items": {"$ref": "#/$defs/field"}, "description": "Of an object."},
        "item": {"$ref": "#/$defs/field", "description": "Of a list."},
    },
}
QUESTION: Json = {
    "type": "object",
    "description": "One question; `parts` are asked one by one and committed as one object under `name`.",
    "required": ["name"],
    "properties": {**_ASKED, **_DETAILS, "prompt": _TEXT, "hint": _TEXT, "parts": _list_of("question")},
}
MENU: Json = {
    "type": "object",
    "description": "At most nine choices, digits 1 to 9; a choice has a value, or a menu to go on with.",
    "required": ["choices"],
    "properties": {
        "text": {"type": "string", "description": "The whole menu, to be spoken or sent."},
        "choices": {
            "type": "array",
            "maxItems": 9,
            "items": {
                "type": "object",
                "required": ["digit", "label"],
                "properties": {
                    "digit": {"type": "string", "pattern": "^[1-9]$"},
                    "label": _TEXT,
                    "value": True,
                    "menu": {"$ref": "#/$defs/menu"},
                },
            },
        },
    },
}
PROMPT: Json = {
    "type": "object",
    "description": "One question where nothing is shown.",
    "required": ["name"],
    "properties": {
        **_ASKED,
        **_DETAILS,
        "text": {"type": "string", "description": "What to speak or send."},
        "input": {
            "enum": ["menu", "digits", "speech", "agent"],
            "description": "`agent`: not by this channel.",
        },
        "menu": {"$ref": "#/$defs/menu"},
        "multiple": {"type": "boolean", "description": "Choices are taken until `finish`."},
        "parts": _list_of("prompt"),
    },
}
_NEXT: dict[str, Json] = {
    "next": {
        "type": ["string", "null"],
        "description": "The question to ask now; null: the form is complete.",
    },
    "optional": {
        "type": "array",
        "items": _TEXT,
        "description": "What may still be asked, and need not.",
    },
}
_DEFINITIONS: Json = {
    "test": TEST,
    "choice": CHOICE,
    "field": FIELD,
    "question": QUESTION,
    "menu": MENU,
    "prompt": PROMPT,
}


def _ui(kind: str, **properties: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "$defs": _DEFINITIONS,
        "required": ["kind"],
        "properties": {"kind": {"const": kind}, "title": _TEXT, "description": _TEXT, **properties},
    }


FIELDS_UI = _ui(
    "fields",
    fields=_list_of("field"),
    groups={
        "type": "array",
        "description": "Fields shown together; those in no group come first.",
        "items": {
            "type": "object",
            "required": ["title", "fields"],
            "properties": {"title": _TEXT, "fields": _NAMES},
        },
    },
)
CHAT_UI = _ui("questions", questions=_list_of("question"), **_NEXT)
VOICE_UI = _ui(
    "prompts",
    prompts=_list_of("prompt"),
    repeat={"const": "*", "description": "The key that repeats the prompt."},
    agent={"const": "0", "description": "The key that calls an agent."},
    finish={"const": "#", "description": "The key that ends a number or several choices."},
    **_NEXT,
)
SMS_UI = _ui("messages", messages=_list_of("prompt"), **_NEXT)
