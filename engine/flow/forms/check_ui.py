"""Does a form's own `ui` fit its channel's vocabulary, and do widgets fit their fields?"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from jsonschema_rs import Draft202012Validator

from engine.flow.forms.channels import Channel
from engine.flow.forms.fields import Field, fields_of
from engine.flow.forms.schemas import joined, types_of
from engine.flow.forms.table import FormTable
from engine.flow.forms.widgets import choose_widget
from engine.flow.model import FormModel, Json, JsonObject
from engine.problem import Problem, Severity


def check_ui(form: FormModel, *, at: str, table: FormTable) -> Iterator[Problem]:
    fields = fields_of(form.schema)
    yield from (problem for each in fields for problem in _check_widget(each, at, table))
    for name, ui in form.ui.items():
        where = f"{at}/ui/{name}"
        channel = table.channels.get(name)
        if channel is None:
            yield _unknown_channel(name, where, table)
            continue
        yield from _check_shape(channel, ui, where)
        yield from _check_names(channel, ui, fields, where)


def _check_widget(each: Field, at: str, table: FormTable) -> Iterator[Problem]:
    asked, chosen = each.schema.get("x-widget"), choose_widget(each.schema, table.widgets)
    if asked is not None and asked != chosen.name:
        near = next(iter(get_close_matches(str(asked), table.widgets, n=1)), None)
        types = " or ".join(sorted(types_of(each.schema))) or "any type"
        known = asked in table.widgets
        what = (
            f"does not edit {types}" if known else "is unknown" + (f": did you mean {near}" if near else "")
        )
        yield Problem(
            code="FORM_WIDGET_UNFIT",
            message=f"The widget {str(asked)[:60]!r} {what}; {chosen.name} is shown instead.",
            severity=Severity.WARNING,
            path=joined(at, (each.name, "x-widget")),
            suggestion=None if known else near,
        )
    for part in each.parts:
        yield from _check_widget(part, joined(at, (each.name,)), table)


def _unknown_channel(name: str, where: str, table: FormTable) -> Problem:
    near = next(iter(get_close_matches(name, table.channels, n=1)), None)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(table.channels)}."
    return Problem(
        code="FORM_CHANNEL_UNKNOWN",
        message=f"There is no channel {name!r}: {hint} Its ui is passed on unchecked.",
        severity=Severity.WARNING,
        path=where,
        suggestion=near,
    )


def _check_shape(channel: Channel, ui: JsonObject, where: str) -> Iterator[Problem]:
    """`kind` is given by the channel; a list may name a field by its name alone."""
    entries = ui.get(channel.listed)
    whole: dict[str, Json] = {"kind": _kind(channel), **ui}
    if isinstance(entries, list):
        whole[channel.listed] = [{"name": each} if isinstance(each, str) else each for each in entries]
    for error in Draft202012Validator(dict(channel.schema), offline=True, mask="it").iter_errors(whole):
        yield Problem(
            code="FORM_UI_INVALID",
            message=f"The ui does not fit the channel {channel.name}: {error.message}.",
            path=joined(where, tuple(error.instance_path)),
        )


def _kind(channel: Channel) -> Json:
    properties = channel.schema.get("properties")
    kind = properties.get("kind") if isinstance(properties, dict) else None
    return kind.get("const") if isinstance(kind, dict) else None


def _check_names(
    channel: Channel, ui: JsonObject, fields: tuple[Field, ...], where: str
) -> Iterator[Problem]:
    entries, known = ui.get(channel.listed), {each.name: each for each in fields}
    if not isinstance(entries, list):
        return
    named = [each.get("name") if isinstance(each, dict) else each for each in entries]
    for nth, name in enumerate(named):
        if name not in known:
            yield _unknown_field(name, known, joined(where, (channel.listed, nth)))
    groups = ui.get("groups")
    for nth, group in enumerate(groups if isinstance(groups, list) else []):
        members = group.get("fields") if isinstance(group, dict) else None
        for name in members if isinstance(members, list) else []:
            if name not in known:
                yield _unknown_field(name, known, joined(where, ("groups", nth)))
    for each in fields:
        if each.required and each.name not in named and "default" not in each.schema:
            yield Problem(
                code="FORM_UI_INVALID",
                message=f"{each.name!r} is required, and the channel {channel.name} does not ask for it: "
                "list it, unless it is always filled before.",
                severity=Severity.WARNING,
                path=joined(where, (channel.listed,)),
            )


def _unknown_field(name: Json, known: Mapping[str, Field], path: str) -> Problem:
    near = next(iter(get_close_matches(str(name), known, n=1)), None)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(known) or 'none'}."
    return Problem(
        code="FORM_FIELD_UNKNOWN",
        message=f"The form has no field {str(name)[:60]!r}: {hint}",
        path=path,
        suggestion=near,
    )
