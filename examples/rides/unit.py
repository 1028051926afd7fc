"""The company's state while its APIs run: today's rows, changed by the calls that change something."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

from examples.rides.rows import Bike, Coupon, Driver, Order, Payment, Place, Rows, User

API_KEY = "rides-demo-key"  # what a caller must send as x-api-key; a demo secret, not a real one


@dataclass(slots=True, kw_only=True)
class Refund:
    """A refund that was made; `key` is the caller's idempotency key, if one was sent, `cancelled_by` that of
    the call that took it back.
    """

    id: str
    order_id: str
    amount_cents: int
    reason: str
    key: str | None
    cancelled: bool = False
    cancelled_by: str | None = None


@dataclass(slots=True, kw_only=True)
class Unit:
    """Rows by id, and how often each route was called. One event loop uses it: no locks."""

    bikes: dict[str, Bike]
    drivers: dict[int, Driver]
    users: dict[int, User]
    orders: dict[str, Order]
    payments: dict[str, Payment]  # by order id: an order is paid once
    coupons: dict[int, Coupon]
    slow_s: float
    refunds: list[Refund] = field(default_factory=list[Refund])
    calls: Counter[str] = field(default_factory=Counter[str])
    channels: Counter[str] = field(default_factory=Counter[str])
    points_calls: int = 0

    @staticmethod
    def of(rows: Rows, *, slow_s: float = 0.4) -> "Unit":
        return Unit(
            bikes={bike.id: bike for bike in rows.bikes},
            drivers={driver.id: driver for driver in rows.drivers},
            users={user.id: user for user in rows.users},
            orders={order.id: order for order in rows.orders},
            payments={payment.order_id: payment for payment in rows.payments},
            coupons={coupon.id: coupon for coupon in rows.coupons},
            slow_s=slow_s,
        )

    async def think(self) -> None:
        """Take as long as the slow API takes."""
        await asyncio.sleep(self.slow_s)

    def set_bike(self, bike: Bike, *, status: str, fault: str | None) -> Bike:
        self.bikes[bike.id] = replace(bike, status=status, fault=fault)
        return self.bikes[bike.id]

    def move_home(self, user: User, home: Place) -> User:
        self.users[user.id] = replace(user, home=home)
        return self.users[user.id]

    def refund(self, payment: Payment, *, amount_cents: int, reason: str, key: str | None) -> Refund:
        """Give money back; the same key gives the first refund again."""
        for made in self.refunds:
            if key is not None and made.key == key:
                return made
        refunded = replace(payment, refunded_cents=payment.refunded_cents + amount_cents)
        self.payments[payment.order_id] = refunded
        number = f"RF{len(self.refunds) + 1:06d}"
        made = Refund(id=number, order_id=payment.order_id, amount_cents=amount_cents, reason=reason, key=key)
        self.refunds.append(made)
        return made

    def cancel(self, refund: Refund, *, key: str | None) -> bool:
        """Take a refund back; false for one that was taken back before, but for a repeat under its key."""
        if refund.cancelled:
            return key is not None and refund.cancelled_by == key
        refund.cancelled, refund.cancelled_by = True, key
        payment = self.payments[refund.order_id]
        left = payment.refunded_cents - refund.amount_cents
        self.payments[refund.order_id] = replace(payment, refunded_cents=left)
        return True

    def grant(self, user: User, *, title: str, amount_cents: int, expires_on: str) -> Coupon:
        coupon = Coupon(
            id=max(self.coupons) + 1,
            user_id=user.id,
            title=title,
            amount_cents=amount_cents,
            status="unused",
            expires_on=expires_on,
        )
        self.coupons[coupon.id] = coupon
        return coupon
