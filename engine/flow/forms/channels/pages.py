"""Web pages and the agent's desk: all fields at once, in groups, shown when they are of use."""

from engine.flow.forms.fields import Field
from engine.flow.forms.views import View
from engine.flow.model import Json


def derive_page(view: View) -> dict[str, Json]:
    fields: list[Json] = [_field(view, each, each.name) for each in view.fields()]
    groups: dict[str, list[Json]] = {}
    for each in view.fields():
        title = view.text(each, "x-group")
        if title is not None:
            groups.setdefault(title, []).append(each.name)
    listed: list[Json] = [{"title": title, "fields": names} for title, names in groups.items()]
    return {"kind": "fields", "fields": fields, **({"groups": listed} if listed else {})}


def _field(view: View, each: Field, path: str) -> dict[str, Json]:
    about = view.asked(each, path) | {"title": view.title(each)}
    for key, keyword in (("description", "description"), ("placeholder", "x-placeholder")):
        text = view.text(each, keyword)
        if text is not None:
            about[key] = text
    if each.schema.get("readOnly") is True:
        about["readOnly"] = True
    if each.parts:
        about["fields"] = [_field(view, part, f"{path}/{part.name}") for part in each.parts]
    if each.item is not None and "choices" not in about:
        about["item"] = _field(view, each.item, path)
    return about
