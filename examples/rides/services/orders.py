"""Orders: the oldest service. snake_case in an envelope `{code, msg, data}`, always HTTP 200."""

from aiohttp.web import Request, Response

from examples.rides.rows import Order
from examples.rides.services.endpoint import Endpoint, Json, int_ids, reply
from examples.rides.unit import Unit

NOT_FOUND, BAD_REQUEST = 40401, 40001


async def get_order(unit: Unit, request: Request) -> Response:
    order = unit.orders.get(request.match_info["id"])
    return _ok(_order(order)) if order else _refuse(NOT_FOUND, "订单不存在 (no such order)")


async def list_orders(unit: Unit, request: Request) -> Response:
    """By ids, by many users, by one phone or by city; newest first; `limit` is per user."""
    query = request.query
    newest = list(reversed(unit.orders.values()))
    limit = int(query.get("limit", "20"))
    if ids := query.get("ids"):
        found = [unit.orders[id_] for id_ in ids.split(",") if id_ in unit.orders]
    elif users := query.get("userIds"):
        found = [order for user in int_ids(users) for order in _of_user(newest, user)[:limit]]
    elif phone := query.get("phone"):
        found = [order for user in _users_of(unit, phone) for order in _of_user(newest, user)][:limit]
    elif city := query.get("city"):
        found = [order for order in newest if order.start.city == city][:limit]
    else:
        return _refuse(BAD_REQUEST, "need one of: ids, userIds, phone, city")
    return _ok({"list": [_order(order) for order in found], "total": len(found)})


def _of_user(orders: list[Order], user_id: int) -> list[Order]:
    return [order for order in orders if order.user_id == user_id]


def _users_of(unit: Unit, phone: str) -> list[int]:
    return [user.id for user in unit.users.values() if user.phone == phone]


def _order(order: Order) -> Json:
    end = order.end
    return {
        "order_id": order.id,
        "user_id": order.user_id,
        "bike_id": order.bike_id,
        "driver_id": order.driver_id,
        "state": int(order.state),
        "trip": {
            "city": order.start.city,
            "from": {"address": order.start.zh, "address_en": order.start.en},
            "to": {"address": end.zh, "address_en": end.en} if end else None,
            "distance_m": order.distance_m,
            "started_at": order.started_at,
            "ended_at": order.ended_at,
        },
        "fee": {"total": order.fee_cents, "currency": "CNY"},
    }


def _ok(data: object) -> Response:
    return reply({"code": 0, "msg": "ok", "data": data})


def _refuse(code: int, message: str) -> Response:
    return reply({"code": code, "msg": message, "data": None})


ENDPOINTS = (
    Endpoint(method="GET", path="/orders", answer=list_orders),
    Endpoint(method="GET", path="/orders/{id}", answer=get_order),
)
