"""Customer care: what a refund may be, how risky an order is (slowly), and what happened on it, in order."""

from aiohttp.web import Request, Response

from examples.rides.rows import Order
from examples.rides.services.endpoint import Endpoint, Json, int_ids, reply
from examples.rides.unit import Unit

FREE_MINUTES = {"bronze": 0, "silver": 15, "gold": 30, "platinum": 60}
SHARES = {"bronze": 50, "silver": 70, "gold": 100, "platinum": 100}


async def refund_policy(unit: Unit, request: Request) -> Response:
    """`orderId`, `level`, `paid` (cents): the most that may be refunded; worded for the channel."""
    query = request.query
    order, level = unit.orders.get(query.get("orderId", "")), query.get("level", "").lower()
    paid = int_ids(query.get("paid", ""))
    if order is None or level not in SHARES or not paid:
        return reply({"error": "need orderId, level and paid"}, status=400)
    cents = paid[0] * SHARES[level] // 100
    bot = request.headers.get("x-channel") == "bot"
    long = f"{level} 会员可退实付金额的 {SHARES[level]}% ({SHARES[level]}% of what was paid)"
    return reply(
        {
            "rule": f"refund-{level}",
            "maxRefund": cents,
            "needsApproval": cents > 3000,
            "wording": f"最多可退 {cents} 分" if bot else long,
        }
    )


async def risk_score(unit: Unit, request: Request) -> Response:
    """Deliberately slow: a model is asked."""
    await unit.think()
    users = [unit.users.get(id_) for id_ in int_ids(request.query.get("userId", ""))]
    if not users or users[0] is None:
        return reply({"error": "no such user"}, status=404)
    return reply({"userId": users[0].id, "score": users[0].id * 7919 % 100 / 100, "model": "risk-2026-02"})


async def timeline(unit: Unit, request: Request) -> Response:
    """Rides, money and open faults: three kinds of event in one list."""
    order = unit.orders.get(request.match_info["id"])
    if order is None:
        return reply({"error": "no such order"}, status=404)
    return reply({"events": [*_ride_events(order), *_money_events(unit, order), *_fault_events(unit, order)]})


def _ride_events(order: Order) -> list[Json]:
    events: list[Json] = [
        {"type": "ride", "at": order.started_at, "step": "start", "address": order.start.zh}
    ]
    if order.ended_at and order.end:
        events.append({"type": "ride", "at": order.ended_at, "step": "end", "address": order.end.zh})
    return events


def _money_events(unit: Unit, order: Order) -> list[Json]:
    payment = unit.payments.get(order.id)
    if payment is None:
        return []
    paid: Json = {
        "type": "money",
        "at": payment.paid_at,
        "amount": payment.amount_cents,
        "paymentNo": payment.id,
    }
    if not payment.refunded_cents:
        return [paid]
    return [paid, {**paid, "amount": -payment.refunded_cents}]


def _fault_events(unit: Unit, order: Order) -> list[Json]:
    bike = unit.bikes.get(order.bike_id or "")
    if bike is None or bike.fault is None:
        return []
    return [{"type": "fault", "at": bike.checked_at, "bike": bike.id, "text": bike.fault}]


ENDPOINTS = (
    Endpoint(method="GET", path="/care/refund-policy", answer=refund_policy),
    Endpoint(method="GET", path="/risk/score", answer=risk_score),
    Endpoint(method="GET", path="/care/orders/{id}/timeline", answer=timeline),
)
