"""Where nothing is shown: prompts by telephone, short messages; choices by number, nine at most at a time."""

from engine.flow.forms.channels.menus import build_menu
from engine.flow.forms.fields import Field
from engine.flow.forms.views import View
from engine.flow.forms.widgets import Spoken
from engine.flow.forms.words import say
from engine.flow.model import Json


def derive_voice(view: View) -> dict[str, Json]:
    prompts: list[Json] = [_prompt(view, each, each.name, spoken=True) for each in view.asked_fields()]
    keys: dict[str, Json] = {"repeat": "*", "agent": "0", "finish": "#"}
    return {"kind": "prompts", "prompts": prompts, **keys, **view.progress()}


def derive_sms(view: View) -> dict[str, Json]:
    messages: list[Json] = [_prompt(view, each, each.name, spoken=False) for each in view.asked_fields()]
    return {"kind": "messages", "messages": messages, **view.progress()}


def _prompt(view: View, each: Field, path: str, *, spoken: bool) -> dict[str, Json]:
    choices, about = view.choices(each, path), view.asked(each, path)
    about.pop("choices", None)  # they are in the menu, at most nine at a time
    given = _given(view, each, offered=bool(choices))
    several = each.item is not None
    question = view.text(each, "x-prompt") or view.title(each)
    menu = build_menu(choices, view.language, spoken=spoken) if given is Spoken.MENU else None
    about |= {
        "input": given.value,
        "text": _text(view, question, given, menu, spoken=spoken, several=several),
    }
    if menu is not None:
        about |= {"menu": menu, "multiple": several}
    if each.parts and menu is None:
        about["parts"] = [_prompt(view, part, f"{path}/{part.name}", spoken=spoken) for part in each.parts]
    return about


def _given(view: View, each: Field, *, offered: bool) -> Spoken:
    spoken = view.widget(each).spoken
    if spoken is Spoken.MENU and not offered:
        return Spoken.AGENT  # nothing to choose from: somebody has to look
    return spoken


def _text(
    view: View, question: str, given: Spoken, menu: dict[str, Json] | None, *, spoken: bool, several: bool
) -> str:
    language = view.language
    if menu is not None and spoken:
        end = [say("finish", language)] if several else []
        return " ".join([_ended(question, language), str(menu["text"]), *end, say("repeat", language)])
    if menu is not None:
        return "\n".join([question, str(menu["text"]), say("several" if several else "reply", language)])
    if not spoken:
        return f"{question}\n{say('link', language)}" if given is Spoken.AGENT else question
    word = {Spoken.DIGITS: "key", Spoken.AGENT: "agent"}.get(given, "say")
    return f"{_ended(question, language)} {say(word, language)}"


def _ended(question: str, language: str | None) -> str:
    return (
        question if question.endswith((".", "?", "!", "。", "？", "！")) else question + say("stop", language)
    )
