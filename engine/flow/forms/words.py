"""Texts of a form in the asker's language: titles from the schema, and the few words of our own."""

from collections.abc import Mapping
from typing import TypeVar

from engine.flow.model import Json, JsonObject

T = TypeVar("T")

ENGLISH: Mapping[str, str] = {
    "stop": ".",
    "yes": "Yes",
    "no": "No",
    "more": "More",
    "to": "{first} to {last}",
    "press": "Press {digit} for {label}.",
    "repeat": "Press * to hear this again, 0 for an agent.",
    "finish": "Press # when you have chosen all.",
    "key": "Key in the number, then press #.",
    "say": "Please say it after the tone.",
    "agent": "An agent will take this.",
    "reply": "Reply with the number.",
    "several": "Reply with the numbers, with commas between.",
    "link": "Please open the app or the web page for this.",
}
CHINESE: Mapping[str, str] = {
    "stop": "。",
    "yes": "是",
    "no": "否",
    "more": "更多",
    "to": "{first} 至 {last}",
    "press": "{label}请按 {digit}。",
    "repeat": "重听请按星号键，人工服务请按 0。",
    "finish": "选完请按井号键。",
    "key": "请输入数字，按井号键结束。",
    "say": "请在提示音后说出。",
    "agent": "将由人工客服为您处理。",
    "reply": "请回复数字。",
    "several": "请回复数字，用逗号分隔。",
    "link": "请打开应用或网页完成此项。",
}
OURS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}


def say(word: str, language: str | None, **facts: str) -> str:
    """One of our own words; English where we have none in the language."""
    return nearest_of(OURS, language, ENGLISH)[word].format(**facts)


def text_of(schema: JsonObject, keyword: str, language: str | None) -> str | None:
    """A text of the schema: `x-i18n: {"zh": {"title": …}}` in the language, else the keyword itself."""
    found = _translations(schema, language).get(keyword, schema.get(keyword))
    return found if isinstance(found, str) else None


def title_of(name: str, schema: JsonObject, language: str | None = None) -> str:
    return text_of(schema, "title", language) or name


def label_of(schema: JsonObject, value: Json, language: str | None) -> str:
    """What a person reads for a value of `enum`: `x-labels`, by value or under `x-i18n`, else the value."""
    if value is None or isinstance(value, bool):
        spelled = {True: "true", False: "false", None: "null"}[value]
    else:
        spelled = str(value)
    own = schema.get("x-labels")
    for labels in (_translations(schema, language).get("x-labels"), own):
        label = labels.get(spelled) if isinstance(labels, dict) else None
        if isinstance(label, str):
            return label
    return say("yes" if value else "no", language) if isinstance(value, bool) else spelled


def _translations(schema: JsonObject, language: str | None) -> JsonObject:
    languages = schema.get("x-i18n")
    found = nearest_of(languages, language, {}) if isinstance(languages, dict) else {}
    return found if isinstance(found, dict) else {}


def nearest_of(languages: Mapping[str, T], language: str | None, otherwise: T) -> T:
    """`zh-CN` is served by `zh`."""
    asked = language or ""
    return languages.get(asked, languages.get(asked.partition("-")[0], otherwise))
