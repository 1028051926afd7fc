"""A widget that rates with stars, and a channel that asks as the web does: the kiosk in a service shop."""

from engine.flow.forms import Channel, Spoken, Widget
from engine.flow.forms.channels.pages import derive_page
from engine.flow.forms.vocabulary import FIELDS_UI
from engine.flow.model import Json, JsonObject


def _details(schema: JsonObject) -> dict[str, Json]:
    return {"stars": schema.get("maximum", 5)}


STARS = Widget(name="stars", types=frozenset({"integer"}), spoken=Spoken.DIGITS, details=_details)
KIOSK = Channel(name="kiosk", derive=derive_page, listed="fields", schema=FIELDS_UI)
