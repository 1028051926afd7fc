"""Make the demo company's rows: the same few thousand on every machine, from one seed and a fixed date."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import TypeVar

from examples.rides import words
from examples.rides.rows import Bike, Coupon, Driver, Order, OrderState, Payment, Place, Rows, User

SEED = 20260301
TODAY = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # fixed: the rows must not depend on when they are made
CHINA = timezone(timedelta(hours=8))
Id = TypeVar("Id", str, int)

USERS, DRIVERS, BIKES, ORDERS = 600, 120, 800, 1800
FIRST_USER, FIRST_DRIVER, FIRST_BIKE, FIRST_COUPON = 1001, 7001, 100001, 50001


def make_rows(seed: int = SEED) -> Rows:
    """All rows of the company, about 5,000; equal seeds give equal rows (about 0.1 s)."""
    rng = Random(seed)
    users = tuple(_users(rng))
    drivers = tuple(_drivers(rng))
    bikes = tuple(_bikes(rng))
    orders = tuple(_orders(rng, users=users, drivers=drivers, bikes=bikes))
    return Rows(
        bikes=_with_ridden(bikes, orders),
        drivers=drivers,
        users=users,
        orders=orders,
        payments=tuple(_payments(rng, orders)),
        coupons=tuple(_coupons(rng, users)),
    )


def _users(rng: Random) -> Iterator[User]:
    for number, phone in enumerate(_phones(rng, USERS), start=FIRST_USER):
        english = rng.random() < 0.12
        yield User(
            id=number,
            name=rng.choice(words.ENGLISH_NAMES) if english else _chinese_name(rng)[0],
            phone=phone,
            level=rng.choices(("bronze", "silver", "gold", "platinum"), (60, 25, 12, 3))[0],
            locale="en-US" if english else "zh-CN",
            home=_place(rng, rng.choice(words.CITIES)),
            registered_at=_time(TODAY - timedelta(days=rng.randint(30, 1500), minutes=rng.randint(0, 1439))),
        )


def _drivers(rng: Random) -> Iterator[Driver]:
    for number, phone in enumerate(_phones(rng, DRIVERS), start=FIRST_DRIVER):
        city = words.CITIES[number % len(words.CITIES)]
        name, name_en = _chinese_name(rng)
        yield Driver(
            id=number,
            name=name,
            name_en=name_en,
            phone=phone,
            plate=f"{city.plate}·{rng.choice('DFGHJKLM')}{rng.randint(10000, 99999)}",
            car=rng.choice(words.CARS),
            city=city.code,
            rating=round(rng.uniform(4.3, 5.0), 1),
        )


def _bikes(rng: Random) -> Iterator[Bike]:
    for number in range(FIRST_BIKE, FIRST_BIKE + BIKES):
        city = words.CITIES[number % len(words.CITIES)]
        status = rng.choices(("available", "repair", "lost"), (92, 7, 1))[0]
        yield Bike(
            id=f"B{number}",
            number=f"{city.code}-{number}",
            model=rng.choice(words.BIKE_MODELS),
            status=status,
            battery=rng.randint(5, 100),
            place=_place(rng, city),
            checked_at=_time(TODAY - timedelta(minutes=rng.randint(1, 4000))),
            fault=rng.choice(words.FAULTS) if status == "repair" else None,
        )


def _orders(
    rng: Random, *, users: tuple[User, ...], drivers: tuple[Driver, ...], bikes: tuple[Bike, ...]
) -> Iterator[Order]:
    """Oldest first. A car or bike is taken in the user's own city; a bike is ridden by one user at most."""
    drivers_in = _by_city((driver.city, driver.id) for driver in drivers)
    bikes_in = _by_city((bike.place.city, bike.id) for bike in bikes if bike.status == "available")
    for number in range(1, ORDERS + 1):
        user = users[number - 1] if number <= USERS else rng.choice(users)  # every user has at least one
        state = rng.choices(tuple(OrderState), (2, 4, 84, 10))[0]
        bike_id = driver_id = None
        if rng.random() < 0.7:
            bike_id = rng.choice(bikes_in[user.home.city])
        else:
            driver_id = rng.choice(drivers_in[user.home.city])
        if bike_id and state is OrderState.RIDING:
            bikes_in[user.home.city].remove(bike_id)
        yield _order(rng, number, user=user, state=state, bike_id=bike_id, driver_id=driver_id)


def _by_city(pairs: Iterable[tuple[str, Id]]) -> dict[str, list[Id]]:
    ids = dict[str, list[Id]]()
    for city, id_ in pairs:
        ids.setdefault(city, []).append(id_)
    return ids


def _order(
    rng: Random, number: int, *, user: User, state: OrderState, bike_id: str | None, driver_id: int | None
) -> Order:
    city = next(city for city in words.CITIES if city.code == user.home.city)
    over = state is OrderState.FINISHED
    minutes = rng.randint(4, 70)
    open_ = state in (OrderState.CREATED, OrderState.RIDING)
    # Older orders have smaller numbers; those still open began in the last hour.
    started = TODAY - timedelta(minutes=rng.randint(1, 60) if open_ else (ORDERS - number) * 23 + 71)
    distance_m = minutes * rng.randint(150, 230) if bike_id else minutes * rng.randint(400, 700)
    fee_cents = 150 + 50 * (minutes // 15) if bike_id else 1200 + distance_m * 23 // 100
    return Order(
        id=f"R{started.astimezone(CHINA):%y%m%d}{number:06d}",
        user_id=user.id,
        bike_id=bike_id,
        driver_id=driver_id,
        state=state,
        started_at=_time(started),
        ended_at=_time(started + timedelta(minutes=minutes)) if over else None,
        start=_place(rng, city),
        end=_place(rng, city) if over else None,
        distance_m=distance_m if over else 0,
        fee_cents=fee_cents if over else 0,
    )


def _payments(rng: Random, orders: tuple[Order, ...]) -> Iterator[Payment]:
    """Finished orders are paid, but for a few that are still owed."""
    for order in orders:
        if order.ended_at is None or rng.random() < 0.03:
            continue
        method = rng.choices(("wallet", "card", "voucher"), (60, 30, 10))[0]
        yield Payment(
            id=f"P{order.id[1:]}",
            order_id=order.id,
            method=method,
            detail=_method_detail(rng, method),
            amount_cents=order.fee_cents,
            refunded_cents=order.fee_cents if rng.random() < 0.02 else 0,
            paid_at=order.ended_at,
        )


def _method_detail(rng: Random, method: str) -> dict[str, str]:
    if method == "card":
        return {"bank": rng.choice(words.BANKS), "last4": f"{rng.randint(0, 9999):04d}"}
    if method == "wallet":
        return {"provider": rng.choice(words.WALLETS), "account": f"u***{rng.randint(100, 999)}"}
    return {"code": f"V{rng.randint(100000, 999999)}", "campaign": rng.choice(words.COUPONS)}


def _coupons(rng: Random, users: tuple[User, ...]) -> Iterator[Coupon]:
    number = FIRST_COUPON
    for user in users:
        extra = user.level in ("gold", "platinum")  # good customers always have one they can use
        for _ in range(rng.choice((0, 0, 1, 1, 2, 4)) + extra):
            expires = TODAY + timedelta(days=rng.randint(1 if extra else -60, 90))
            status = (
                "used" if rng.random() < 0.3 and not extra else "unused" if expires > TODAY else "expired"
            )
            yield Coupon(
                id=number,
                user_id=user.id,
                title=rng.choice(words.COUPONS),
                amount_cents=rng.choice((100, 200, 300, 500, 1000)),
                status=status,
                expires_on=f"{expires:%Y-%m-%d}",
            )
            number += 1


def _with_ridden(bikes: tuple[Bike, ...], orders: tuple[Order, ...]) -> tuple[Bike, ...]:
    """The bikes, those of rides under way marked as riding."""
    ridden = {order.bike_id for order in orders if order.state is OrderState.RIDING}
    return tuple(replace(bike, status="riding") if bike.id in ridden else bike for bike in bikes)


def _phones(rng: Random, count: int) -> list[str]:
    """Distinct mobile numbers, made up: the middle four digits stay below 0100."""
    tails = rng.sample(range(1_000_000), count)
    return [f"{rng.choice(words.MOBILE_PREFIXES)}00{tail:06d}" for tail in tails]


def _chinese_name(rng: Random) -> tuple[str, str]:
    (surname, surname_en), (given, given_en) = rng.choice(words.SURNAMES), rng.choice(words.GIVEN_NAMES)
    return surname + given, f"{given_en} {surname_en}"


def _place(rng: Random, city: words.City) -> Place:
    (district, district_en), (street, street_en) = rng.choice(city.districts), rng.choice(words.STREETS)
    door = rng.randint(1, 400)
    return Place(
        city=city.code,
        zh=f"{city.zh}{district}{street}{door}号",
        en=f"{door} {street_en}, {district_en}, {city.en}",
        lat=round(city.lat + rng.uniform(-0.09, 0.09), 5),
        lon=round(city.lon + rng.uniform(-0.09, 0.09), 5),
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
