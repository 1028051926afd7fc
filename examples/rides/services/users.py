"""Users and their loyalty points: plain JSON, no envelope; the points' server is often overloaded."""

from aiohttp.web import Request, Response

from examples.rides.rows import Place, User
from examples.rides.services.endpoint import Endpoint, Json, int_ids, read_object, reply, text_field
from examples.rides.unit import Unit


async def get_user(unit: Unit, request: Request) -> Response:
    user = _find(unit, request)
    return reply(_user(user)) if user else _no_user()


async def list_users(unit: Unit, request: Request) -> Response:
    """`?ids=1001,1002`: those that exist, highest number first; `?city=BJ&limit=100`: the first so many."""
    query = request.query
    if ids := query.get("ids"):
        found = sorted(
            (user for id_ in int_ids(ids) if (user := unit.users.get(id_))), key=lambda user: -user.id
        )
    else:
        city = query.get("city")
        found = [user for user in unit.users.values() if not city or user.home.city == city]
        found = found[: int(query.get("limit", "20"))]
    return reply([_user(user) for user in found])


async def put_address(unit: Unit, request: Request) -> Response:
    """The new home address, in Chinese and English."""
    user = _find(unit, request)
    if user is None:
        return _no_user()
    body = await read_object(request)
    zh, en = text_field(body, "zh"), text_field(body, "en")
    if not zh:
        return reply({"message": "zh must be a text"}, status=422)
    home = user.home
    return reply(
        _user(unit.move_home(user, Place(city=home.city, zh=zh, en=en or zh, lat=home.lat, lon=home.lon)))
    )


async def get_points(unit: Unit, request: Request) -> Response:
    """Every third call is refused, whoever asks: the demo of an API that fails."""
    unit.points_calls += 1
    if unit.points_calls % 3 == 0:
        return Response(text="overloaded, come back later", status=503, content_type="text/plain")
    user = _find(unit, request)
    return reply({"userId": user.id, "points": user.id * 37 % 5000}) if user else _no_user()


def _find(unit: Unit, request: Request) -> User | None:
    ids = int_ids(request.match_info["id"])
    return unit.users.get(ids[0]) if ids else None


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "phone": user.phone,
        "level": user.level,
        "locale": user.locale,
        "address": {"city": user.home.city, "zh": user.home.zh, "en": user.home.en},
        "registeredAt": user.registered_at,
    }


def _no_user() -> Response:
    return reply({"message": "no such user"}, status=404)


ENDPOINTS = (
    Endpoint(method="GET", path="/users", answer=list_users),
    Endpoint(method="GET", path="/users/{id}", answer=get_user),
    Endpoint(method="PUT", path="/users/{id}/address", answer=put_address),
    Endpoint(method="GET", path="/loyalty/points/{id}", answer=get_points),
)
