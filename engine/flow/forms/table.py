"""The one table of widgets and channels: ours, and those that plug-ins add."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.flow.forms import channels as channels_
from engine.flow.forms import widgets as widgets_
from engine.flow.forms.channels import Channel
from engine.flow.forms.widgets import Widget

FALLBACK = "web"  # a channel nobody described gets this one's ui


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTable:
    widgets: Mapping[str, Widget]
    channels: Mapping[str, Channel]

    def with_parts(self, parts: Iterable[Widget | Channel]) -> "FormTable":
        """A table with these beside its own. Raises ValueError for a name that is taken."""
        widgets, channels = dict(self.widgets), dict(self.channels)
        for part in parts:
            rows = widgets if isinstance(part, Widget) else channels
            if part.name in rows:
                raise ValueError(
                    f"there are two {type(part).__name__.lower()}s named {part.name!r}: rename one"
                )
            if isinstance(part, Widget):
                widgets[part.name] = part
            else:
                channels[part.name] = part
        return FormTable(widgets=widgets, channels=channels)

    def channel(self, name: str | None) -> Channel:
        return self.channels.get(name or FALLBACK, self.channels[FALLBACK])


def standard_table() -> FormTable:
    return FormTable(widgets={}, channels={}).with_parts([*widgets_.STANDARD, *channels_.STANDARD])
