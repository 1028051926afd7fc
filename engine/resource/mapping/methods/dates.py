"""`->formatDate(pattern, zone)`: a moment as text, independent of the server's locale and time zone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from engine.resource.mapping.methods.method import Site, Unfit
from engine.resource.mapping.nodes import Literal, Node
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import Json, Value, kind_of

NAMED = {
    "iso": "%Y-%m-%dT%H:%M:%S%z",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "datetime": "%Y-%m-%d %H:%M:%S",
}

# Numbers only: names of days and months would follow the server's locale.
DIRECTIVES: dict[str, Callable[[datetime], str]] = {
    "%": lambda _: "%",
    "Y": lambda moment: f"{moment.year:04}",
    "y": lambda moment: f"{moment.year % 100:02}",
    "m": lambda moment: f"{moment.month:02}",
    "d": lambda moment: f"{moment.day:02}",
    "j": lambda moment: f"{moment.timetuple().tm_yday:03}",
    "u": lambda moment: str(moment.isoweekday()),
    "H": lambda moment: f"{moment.hour:02}",
    "I": lambda moment: f"{(moment.hour + 11) % 12 + 1:02}",
    "M": lambda moment: f"{moment.minute:02}",
    "S": lambda moment: f"{moment.second:02}",
    "L": lambda moment: f"{moment.microsecond // 1000:03}",
    "s": lambda moment: str(int(moment.timestamp())),
    "z": lambda moment: _offset(moment),
}
MILLISECONDS_FROM = 1e11  # as seconds that is the year 5138, as milliseconds 1973


def format_date(site: Site) -> Step:
    """A number is seconds since 1970 (milliseconds from 1e11 on), a string is ISO 8601, UTC unless it says.

    pattern: `iso` (default), `date`, `time`, `datetime`, or `%Y %y %m %d %j %u %H %I %M %S %L %s %z %%`
    (`%L` milliseconds, `%u` 1 to 7 from Monday, `%s` epoch seconds, `%z` as +08:00 or Z).
    zone: an offset as `+08:00`, or a name as `Asia/Shanghai`; default UTC. Both are literals.
    """
    literals = [node.value for node in site.nodes if isinstance(node, Literal)]
    pieces = _pieces(str(literals[0]) if literals else "iso")
    zone = _zone(str(literals[1])) if len(literals) > 1 else UTC

    def step(subject: Json, _dollar: Json, run: Run) -> Value:
        try:
            moment = _moment(subject).astimezone(zone)
        except Unfit as unfit:
            return site.note(run, str(unfit))
        except (ValueError, OverflowError, OSError):  # no ISO 8601, or a year beyond 1 to 9999
            return site.note(run, "needs seconds since 1970 or an ISO 8601 string")
        return "".join(piece if isinstance(piece, str) else piece(moment) for piece in pieces)

    return step


def check_format(args: tuple[Node, ...]) -> str | None:
    """Why the pattern or the zone cannot be: a sentence, or None."""
    literals = [arg.value for arg in args if isinstance(arg, Literal) and isinstance(arg.value, str)]
    if len(literals) != len(args):
        return "->formatDate takes its pattern and zone as strings written in the mapping"
    try:
        if literals:
            _pieces(literals[0])
        if len(literals) > 1:
            _zone(literals[1])
    except ValueError as error:
        return str(error)
    return None


def _pieces(pattern: str) -> list[str | Callable[[datetime], str]]:
    text = NAMED.get(pattern, pattern)
    head, *parts = text.replace("%%", "%\0").split("%")
    pieces: list[str | Callable[[datetime], str]] = [head]
    for part in parts:
        directive = DIRECTIVES.get(part[:1].replace("\0", "%"))
        if directive is None:
            raise ValueError(f"->formatDate knows no %{part[:1]}; there are %{' %'.join(sorted(DIRECTIVES))}")
        pieces += [directive, part[1:]]
    return pieces


def _zone(name: str) -> tzinfo:
    sign = {"+": 1, "-": -1}.get(name[:1])
    try:
        if sign is None:
            return UTC if name in ("UTC", "Z") else ZoneInfo(name)
        hours, minutes = name[1:].split(":")
        return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
    except (ValueError, KeyError, OSError):  # ZoneInfo: a KeyError for an unknown name, others for odd ones
        raise ValueError(f"->formatDate knows no time zone {name!r}; write +08:00 or Asia/Shanghai") from None


def _moment(subject: Json) -> datetime:
    if isinstance(subject, bool) or not isinstance(subject, int | float | str):
        raise Unfit(f"needs seconds since 1970 or an ISO 8601 string, not a {kind_of(subject)}")
    if isinstance(subject, str):
        moment = datetime.fromisoformat(subject.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = subject / 1000 if abs(subject) >= MILLISECONDS_FROM else subject
    return datetime.fromtimestamp(seconds, tz=UTC)


def _offset(moment: datetime) -> str:
    text = moment.isoformat()[-6:]
    return "Z" if text == "+00:00" else text
