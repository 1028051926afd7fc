"""The table of channels: where a form is asked, and the `ui` each derives from its schema."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.flow.forms.channels.chat import derive_chat
from engine.flow.forms.channels.pages import derive_page
from engine.flow.forms.channels.spoken import derive_sms, derive_voice
from engine.flow.forms.views import View
from engine.flow.forms.vocabulary import CHAT_UI, FIELDS_UI, SMS_UI, VOICE_UI
from engine.flow.model import Json, JsonObject

__all__ = ["STANDARD", "Channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`derive` gives the whole `ui`; `listed` is its key under which the fields are, in order; `schema` says
    what it may be, for checking a form's own.
    """

    name: str
    derive: Callable[[View], dict[str, Json]]
    listed: str
    schema: JsonObject


STANDARD: tuple[Channel, ...] = (
    Channel(name="web", derive=derive_page, listed="fields", schema=FIELDS_UI),
    Channel(name="agent", derive=derive_page, listed="fields", schema=FIELDS_UI),
    Channel(name="chat", derive=derive_chat, listed="questions", schema=CHAT_UI),
    Channel(name="voice", derive=derive_voice, listed="prompts", schema=VOICE_UI),
    Channel(name="sms", derive=derive_sms, listed="messages", schema=SMS_UI),
)
