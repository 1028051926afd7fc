"""The rows the demo company keeps: what a bike, driver, user, order, payment and coupon are."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum


class OrderState(IntEnum):
    """The order system's own number codes; the SDL maps them to a GraphQL enum."""

    CREATED = 10
    RIDING = 20
    FINISHED = 30
    CANCELLED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A street address in both languages; `city` is the city's code."""

    city: str
    zh: str
    en: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bike:
    """`status`: available, riding, repair or lost. `fault` is what was last reported."""

    id: str
    number: str
    model: str
    status: str
    battery: int
    place: Place
    checked_at: str
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    id: int
    name: str
    name_en: str
    phone: str
    plate: str
    car: str
    city: str
    rating: float


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`level`: bronze, silver, gold or platinum. `locale`: zh-CN or en-US, the language the user reads."""

    id: int
    name: str
    phone: str
    level: str
    locale: str
    home: Place
    registered_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A bike ride has `bike_id`, a car ride `driver_id`; `ended_at` is None until the ride is over."""

    id: str
    user_id: int
    bike_id: str | None
    driver_id: int | None
    state: OrderState
    started_at: str
    ended_at: str | None
    start: Place
    end: Place | None
    distance_m: int
    fee_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`method`: card, wallet or voucher; `detail` holds what that method alone has."""

    id: str
    order_id: str
    method: str
    detail: dict[str, str]
    amount_cents: int
    refunded_cents: int
    paid_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """`status`: unused, used or expired."""

    id: int
    user_id: int
    title: str
    amount_cents: int
    status: str
    expires_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Everything the company knows at the start of the demo."""

    bikes: tuple[Bike, ...]
    drivers: tuple[Driver, ...]
    users: tuple[User, ...]
    orders: tuple[Order, ...]
    payments: tuple[Payment, ...]
    coupons: tuple[Coupon, ...]

    def __len__(self) -> int:
        return sum(len(table) for table in self.tables())

    def tables(self) -> Iterator[tuple[object, ...]]:
        yield from (self.bikes, self.drivers, self.users, self.orders, self.payments, self.coupons)
