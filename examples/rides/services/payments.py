"""Payments, refunds and coupons: bought software. Form-encoded POST, 204 for deletions, own words for ids."""

from aiohttp.web import Request, Response

from examples.rides.rows import Coupon, Payment
from examples.rides.services.endpoint import (
    Endpoint,
    Json,
    int_field,
    int_ids,
    read_object,
    reply,
    text_field,
)
from examples.rides.unit import Refund, Unit


async def list_payments(unit: Unit, request: Request) -> Response:
    """Of many orders; an order that was not paid has none."""
    ids = request.query.get("orderNos", "").split(",")
    return reply({"payments": [_payment(unit.payments[id_]) for id_ in ids if id_ in unit.payments]})


async def post_refund(unit: Unit, request: Request) -> Response:
    """Form fields order_no, amount, reason; the header idempotency-key makes a repeat harmless."""
    form = await request.post()
    order_no, amount = str(form.get("order_no", "")), str(form.get("amount", ""))
    payment = unit.payments.get(order_no)
    if payment is None:
        return _refuse(404, "NO_PAYMENT", f"order {order_no} was not paid")
    key = request.headers.get("idempotency-key")
    repeat = any(key is not None and made.key == key for made in unit.refunds)
    left = payment.amount_cents - payment.refunded_cents
    if not amount.isdecimal() or not (repeat or 0 < int(amount) <= left):
        return _refuse(422, "AMOUNT", f"amount must be 1 to {left}")
    made = unit.refund(payment, amount_cents=int(amount), reason=str(form.get("reason", "")), key=key)
    return reply(_refund(made, unit.payments[order_no]), status=201)


async def delete_refund(unit: Unit, request: Request) -> Response:
    """The header idempotency-key makes a repeat harmless."""
    made = next((made for made in unit.refunds if made.id == request.match_info["id"]), None)
    if made is None or not unit.cancel(made, key=request.headers.get("idempotency-key")):
        return _refuse(404, "NO_REFUND", "no such refund")
    return Response(status=204)


async def list_coupons(unit: Unit, request: Request) -> Response:
    owner = int_ids(request.match_info["id"])
    return reply({"items": [_coupon(c) for c in unit.coupons.values() if c.user_id in owner]})


async def post_coupon(unit: Unit, request: Request) -> Response:
    body = await read_object(request)
    title, amount, expires_on = (
        text_field(body, "title"),
        int_field(body, "amount"),
        text_field(body, "expiresOn"),
    )
    user = unit.users.get(next(iter(int_ids(str(body.get("userId")))), 0))
    if user is None:
        return _refuse(404, "NO_USER", "no such user")
    if not title or not expires_on or amount is None or not 0 < amount <= 2000:
        return _refuse(422, "COUPON", "need title, expiresOn and an amount of 1 to 2000 cents")
    return reply(
        _coupon(unit.grant(user, title=title, amount_cents=amount, expires_on=expires_on)), status=201
    )


async def delete_coupon(unit: Unit, request: Request) -> Response:
    ids = int_ids(request.match_info["id"])
    if not ids or unit.coupons.pop(ids[0], None) is None:
        return _refuse(404, "NO_COUPON", "no such coupon")
    return Response(status=204)


def _payment(payment: Payment) -> Json:
    return {
        "paymentNo": payment.id,
        "orderNo": payment.order_id,
        "amount": payment.amount_cents,
        "refunded": payment.refunded_cents,
        "method": {"type": payment.method, **payment.detail},
        "paidAt": payment.paid_at,
    }


def _refund(refund: Refund, payment: Payment) -> Json:
    return {
        "refundNo": refund.id,
        "orderNo": refund.order_id,
        "amount": refund.amount_cents,
        "reason": refund.reason,
        "payment": _payment(payment),
    }


def _coupon(coupon: Coupon) -> Json:
    return {
        "couponId": coupon.id,
        "userId": coupon.user_id,
        "title": coupon.title,
        "amount": coupon.amount_cents,
        "status": coupon.status,
        "expiresOn": coupon.expires_on,
    }


def _refuse(status: int, reason: str, message: str) -> Response:
    return reply({"reason": reason, "detail": message}, status=status)


ENDPOINTS = (
    Endpoint(method="GET", path="/pay/v1/payments", answer=list_payments),
    Endpoint(method="POST", path="/pay/v1/refunds", answer=post_refund),
    Endpoint(method="DELETE", path="/pay/v1/refunds/{id}", answer=delete_refund),
    Endpoint(method="GET", path="/pay/v1/users/{id}/coupons", answer=list_coupons),
    Endpoint(method="POST", path="/pay/v1/coupons", answer=post_coupon),
    Endpoint(method="DELETE", path="/pay/v1/coupons/{id}", answer=delete_coupon),
)
