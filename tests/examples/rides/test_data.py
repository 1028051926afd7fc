"""The demo rows are the same everywhere, and every reference in them leads somewhere."""

import re
from collections import Counter

from examples.rides.data import make_rows
from examples.rides.rows import OrderState, Rows


def test_the_same_seed_gives_the_same_rows(rows: Rows) -> None:
    assert make_rows() == rows


def test_another_seed_gives_other_rows(rows: Rows) -> None:
    assert make_rows(seed=1) != rows


def test_there_are_a_few_thousand_rows(rows: Rows) -> None:
    assert 5_000 <= len(rows) <= 6_000


def test_ids_are_unique_in_every_table(rows: Rows) -> None:
    for table in (rows.bikes, rows.drivers, rows.users, rows.orders, rows.payments, rows.coupons):
        assert len({row.id for row in table}) == len(table)


def test_every_order_names_a_user_and_either_a_bike_or_a_driver(rows: Rows) -> None:
    users = {user.id for user in rows.users}
    bikes = {bike.id for bike in rows.bikes}
    drivers = {driver.id for driver in rows.drivers}
    for order in rows.orders:
        assert order.user_id in users
        assert (order.bike_id in bikes) != (order.driver_id in drivers)


def test_rides_happen_in_the_users_city(rows: Rows) -> None:
    cities = {user.id: user.home.city for user in rows.users}
    vehicles = {bike.id: bike.place.city for bike in rows.bikes} | {d.id: d.city for d in rows.drivers}
    for order in rows.orders:
        assert order.start.city == cities[order.user_id] == vehicles[order.bike_id or order.driver_id or 0]


def test_a_bike_is_riding_exactly_when_one_order_under_way_has_it(rows: Rows) -> None:
    under_way = Counter(o.bike_id for o in rows.orders if o.bike_id and o.state is OrderState.RIDING)
    assert set(under_way) == {bike.id for bike in rows.bikes if bike.status == "riding"}
    assert set(under_way.values()) == {1}


def test_only_bikes_in_repair_have_a_fault(rows: Rows) -> None:
    assert all((bike.fault is not None) == (bike.status == "repair") for bike in rows.bikes)


def test_an_order_has_an_end_and_a_fee_exactly_when_it_is_finished(rows: Rows) -> None:
    for order in rows.orders:
        over = order.state is OrderState.FINISHED
        assert (order.ended_at is not None) == (order.end is not None) == (order.fee_cents > 0) == over
        assert order.ended_at is None or order.started_at < order.ended_at


def test_only_finished_orders_are_paid_and_nearly_all_of_them_are(rows: Rows) -> None:
    finished = {order.id: order.fee_cents for order in rows.orders if order.state is OrderState.FINISHED}
    paid = {payment.order_id: payment.amount_cents for payment in rows.payments}
    assert paid.items() <= finished.items()
    assert len(paid) == len(rows.payments) >= 0.9 * len(finished)


def test_coupons_belong_to_users_and_unused_ones_have_not_expired(rows: Rows) -> None:
    users = {user.id for user in rows.users}
    assert all(coupon.user_id in users for coupon in rows.coupons)
    assert all(coupon.expires_on >= "2026-03-01" for coupon in rows.coupons if coupon.status == "unused")


def test_phones_are_distinct_made_up_mobile_numbers(rows: Rows) -> None:
    phones = [person.phone for person in (*rows.users, *rows.drivers)]
    assert all(re.fullmatch(r"1[35678]\d00\d{6}", phone) for phone in phones)
    assert len({user.phone for user in rows.users}) == len(rows.users)


def test_plates_belong_to_the_drivers_city(rows: Rows) -> None:
    shanghai = [driver.plate for driver in rows.drivers if driver.city == "SH"]
    assert shanghai
    assert all(re.fullmatch(r"沪A·[A-Z]\d{5}", plate) for plate in shanghai)


def test_most_users_read_chinese_and_some_english(rows: Rows) -> None:
    locales = Counter(user.locale for user in rows.users)
    assert locales["zh-CN"] > locales["en-US"] > 30


def test_every_address_is_there_in_both_languages(rows: Rows) -> None:
    assert all(user.home.zh.endswith("号") and user.home.en.isprintable() for user in rows.users)
    assert all(order.start.en.isascii() for order in rows.orders)
