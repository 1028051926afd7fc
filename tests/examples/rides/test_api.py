"""The demo company's APIs, called over HTTP as the gateway calls them: each habit, and how each refuses."""

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from examples.rides.rows import Bike, OrderState, Payment, Rows


def _bike(rows: Rows, status: str) -> Bike:
    return next(bike for bike in rows.bikes if bike.status == status)


def _unrefunded(rows: Rows) -> Payment:
    return next(payment for payment in rows.payments if not payment.refunded_cents)


def test_a_call_without_the_key_is_refused(client: httpx.Client) -> None:
    answer = client.get("/users/1001", headers={"x-api-key": "wrong"})
    assert answer.status_code == 401
    assert "x-api-key" in answer.json()["message"]


def test_drivers_need_no_key(client: httpx.Client) -> None:
    answer = client.get("/drivers/7001", headers={"x-api-key": ""})
    assert answer.json()["driverId"] == 7001


def test_calls_are_counted_by_route_and_channel_until_they_are_reset(client: httpx.Client) -> None:
    for user in (1001, 1002):
        client.get(f"/users/{user}", headers={"x-channel": "app"})
    client.get("/drivers/7001")
    assert client.get("/__calls").json() == {
        "total": 3,
        "calls": {"GET /users/{id}": 2, "GET /drivers/{id}": 1},
        "channels": {"app": 2, "": 1},
    }
    client.delete("/__calls")
    assert client.get("/__calls").json() == {"total": 0, "calls": {}, "channels": {}}


def test_a_bike_is_answered_in_camel_case(client: httpx.Client, rows: Rows) -> None:
    bike = rows.bikes[0]
    answer = client.get(f"/bikes-svc/v2/bikes/{bike.id}").json()
    assert (answer["id"], answer["batteryPercent"]) == (bike.id, bike.battery)
    assert answer["location"]["city"] == bike.place.city


def test_an_unknown_bike_is_a_404_with_an_error_object(client: httpx.Client) -> None:
    answer = client.get("/bikes-svc/v2/bikes/B0")
    assert answer.status_code == 404
    assert answer.json()["error"]["status"] == "NOT_FOUND"


def test_bikes_are_listed_by_city_and_status(client: httpx.Client) -> None:
    answer = client.get("/bikes-svc/v2/bikes?city=BJ&status=AVAILABLE&limit=5").json()
    assert len(answer["bikes"]) == 5 < answer["totalSize"]
    assert {(bike["location"]["city"], bike["status"]) for bike in answer["bikes"]} == {("BJ", "available")}


def test_a_batch_of_bikes_comes_in_another_order_and_without_the_unknown(client: httpx.Client) -> None:
    ids = ["B100002", "B0", "B100001", "B100008"]
    answer = client.post("/bikes-svc/v2/bikes:batchGet", json={"ids": ids}).json()
    got = [bike["id"] for bike in answer["bikes"]]
    assert sorted(got) == ["B100001", "B100002", "B100008"]
    assert got != [id_ for id_ in ids if id_ in got]


@pytest.mark.parametrize("body", [{"ids": ["B100001"] * 101}, {"ids": "B100001"}, {}, []])
def test_a_batch_that_is_no_list_of_at_most_100_is_refused(client: httpx.Client, body: object) -> None:
    assert client.post("/bikes-svc/v2/bikes:batchGet", json=body).status_code == 400


def test_unlocking_an_available_bike_makes_it_riding(client: httpx.Client, rows: Rows) -> None:
    path = f"/bikes-svc/v2/bikes/{_bike(rows, 'available').id}"
    assert client.post(f"{path}:unlock").json()["status"] == "riding"
    assert client.get(path).json()["status"] == "riding"


def test_unlocking_a_bike_in_repair_is_refused(client: httpx.Client, rows: Rows) -> None:
    answer = client.post(f"/bikes-svc/v2/bikes/{_bike(rows, 'repair').id}:unlock")
    assert answer.status_code == 409
    assert answer.json()["error"]["status"] == "FAILED_PRECONDITION"


def test_patching_a_bike_changes_what_is_named_only(client: httpx.Client, rows: Rows) -> None:
    path = f"/bikes-svc/v2/bikes/{_bike(rows, 'repair').id}"
    before = client.get(path).json()
    after = client.patch(path, json={"fault": "刹车失灵 (brakes)"}).json()
    assert after == before | {"lastCheck": before["lastCheck"] | {"fault": "刹车失灵 (brakes)"}}


def test_patching_an_unknown_status_is_refused(client: httpx.Client, rows: Rows) -> None:
    answer = client.patch(f"/bikes-svc/v2/bikes/{rows.bikes[0].id}", json={"status": "flying"})
    assert answer.status_code == 400


def test_an_order_comes_in_an_envelope(client: httpx.Client, rows: Rows) -> None:
    order = rows.orders[-1]
    answer = client.get(f"/orders/{order.id}").json()
    assert (answer["code"], answer["data"]["order_id"], answer["data"]["user_id"]) == (
        0,
        order.id,
        order.user_id,
    )


@pytest.mark.parametrize("path", ["/orders/R0", "/orders"])
def test_a_refused_order_call_is_http_200_with_a_code(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json()["code"] != 0
    assert answer.json()["data"] is None


def test_orders_of_many_users_carry_their_user_newest_first(client: httpx.Client) -> None:
    answer = client.get("/orders?userIds=1001,1002,9999&limit=2").json()["data"]["list"]
    assert {order["user_id"] for order in answer} == {1001, 1002}
    of_one = [order["trip"]["started_at"] for order in answer if order["user_id"] == 1001]
    assert of_one == sorted(of_one, reverse=True)
    assert len(of_one) <= 2


def test_orders_are_found_by_phone_city_and_ids(client: httpx.Client, rows: Rows) -> None:
    user, order = rows.users[0], rows.orders[0]
    by_phone = client.get(f"/orders?phone={user.phone}").json()["data"]["list"]
    assert {found["user_id"] for found in by_phone} == {user.id}
    by_city = client.get("/orders?city=SZ&limit=100").json()["data"]["list"]
    assert len(by_city) == 100
    by_ids = client.get(f"/orders?ids=R0,{order.id}").json()["data"]["list"]
    assert [found["order_id"] for found in by_ids] == [order.id]


def test_nobody_has_an_unknown_phone(client: httpx.Client) -> None:
    assert client.get("/orders?phone=10000000000").json() == {
        "code": 0,
        "msg": "ok",
        "data": {"list": [], "total": 0},
    }


def test_users_by_ids_come_highest_first_without_the_unknown(client: httpx.Client) -> None:
    answer = client.get("/users?ids=1001,9999,1003").json()
    assert [user["id"] for user in answer] == [1003, 1001]


def test_a_new_home_address_is_kept(client: httpx.Client) -> None:
    client.put("/users/1001/address", json={"zh": "北京市朝阳区新华街1号"})
    assert client.get("/users/1001").json()["address"]["zh"] == "北京市朝阳区新华街1号"


@pytest.mark.parametrize(("path", "status"), [("/users/1001/address", 422), ("/users/x/address", 404)])
def test_a_home_address_without_text_or_user_is_refused(client: httpx.Client, path: str, status: int) -> None:
    assert client.put(path, json={"zh": 5}).status_code == status


def test_every_third_call_for_points_is_overloaded(client: httpx.Client) -> None:
    assert [client.get("/loyalty/points/1001").status_code for _ in range(6)] == [
        200,
        200,
        503,
        200,
        200,
        503,
    ]


def test_payments_of_many_orders_leave_out_the_unpaid(client: httpx.Client, rows: Rows) -> None:
    unpaid = next(order for order in rows.orders if order.state is OrderState.RIDING)
    answer = client.get(f"/pay/v1/payments?orderNos={unpaid.id},{rows.payments[0].order_id}").json()
    assert [payment["orderNo"] for payment in answer["payments"]] == [rows.payments[0].order_id]


def test_a_refund_with_a_key_is_made_once(client: httpx.Client, rows: Rows) -> None:
    payment = _unrefunded(rows)
    form = {"order_no": payment.order_id, "amount": str(payment.amount_cents), "reason": "刹车失灵"}
    first = client.post("/pay/v1/refunds", data=form, headers={"idempotency-key": "k1"})
    again = client.post("/pay/v1/refunds", data=form, headers={"idempotency-key": "k1"})
    assert first.status_code == again.status_code == 201
    assert first.json()["refundNo"] == again.json()["refundNo"]
    assert again.json()["payment"]["refunded"] == payment.amount_cents


def test_a_refund_is_taken_back_once(client: httpx.Client, rows: Rows) -> None:
    payment = _unrefunded(rows)
    form = {"order_no": payment.order_id, "amount": str(payment.amount_cents), "reason": "刹车失灵"}
    path = f"/pay/v1/refunds/{client.post('/pay/v1/refunds', data=form).json()['refundNo']}"
    sent = [client.delete(path, headers={"idempotency-key": key}).status_code for key in ("k1", "k1", "k2")]
    assert sent == [204, 204, 404]
    listed = client.get(f"/pay/v1/payments?orderNos={payment.order_id}").json()["payments"]
    assert [each["refunded"] for each in listed] == [0]


def test_an_unknown_refund_cannot_be_taken_back(client: httpx.Client) -> None:
    assert client.delete("/pay/v1/refunds/RF0").status_code == 404


def test_a_refund_of_more_than_was_paid_is_refused(client: httpx.Client, rows: Rows) -> None:
    payment = _unrefunded(rows)
    form = {"order_no": payment.order_id, "amount": str(payment.amount_cents + 1)}
    answer = client.post("/pay/v1/refunds", data=form)
    assert (answer.status_code, answer.json()["reason"]) == (422, "AMOUNT")


def test_a_refund_of_an_unpaid_order_is_refused(client: httpx.Client) -> None:
    assert client.post("/pay/v1/refunds", data={"order_no": "R0", "amount": "1"}).status_code == 404


def test_a_granted_coupon_is_the_users_until_it_is_taken_back(client: httpx.Client) -> None:
    before = client.get("/pay/v1/users/1001/coupons").json()["items"]
    wanted = {"userId": 1001, "title": "服务补偿券", "amount": 500, "expiresOn": "2026-06-01"}
    coupon = client.post("/pay/v1/coupons", json=wanted).json()
    assert client.get("/pay/v1/users/1001/coupons").json()["items"] == [*before, coupon]
    taken_back = client.delete(f"/pay/v1/coupons/{coupon['couponId']}")
    assert (taken_back.status_code, taken_back.content) == (204, b"")
    assert client.get("/pay/v1/users/1001/coupons").json()["items"] == before


@pytest.mark.parametrize(("user", "amount", "status"), [(1001, 0, 422), (1001, 2001, 422), (9999, 500, 404)])
def test_a_coupon_of_a_wrong_amount_or_user_is_refused(
    client: httpx.Client, user: int, amount: int, status: int
) -> None:
    wanted = {"userId": user, "title": "券", "amount": amount, "expiresOn": "2026-06-01"}
    assert client.post("/pay/v1/coupons", json=wanted).status_code == status


def test_an_unknown_coupon_cannot_be_taken_back(client: httpx.Client) -> None:
    assert client.delete("/pay/v1/coupons/1").status_code == 404


def test_what_may_be_refunded_depends_on_the_level_and_is_worded_for_the_channel(
    client: httpx.Client, rows: Rows
) -> None:
    path = f"/care/refund-policy?orderId={rows.orders[0].id}&paid=1000&level="
    assert client.get(path + "bronze").json()["maxRefund"] == 500
    gold = client.get(path + "GOLD", headers={"x-channel": "bot"}).json()
    assert (gold["maxRefund"], gold["wording"]) == (1000, "最多可退 1000 分")


def test_a_refund_policy_without_an_order_is_refused(client: httpx.Client) -> None:
    assert client.get("/care/refund-policy?level=gold&paid=1000").status_code == 400


def test_a_risk_score_is_between_0_and_1(client: httpx.Client) -> None:
    assert 0 <= client.get("/risk/score?userId=1001").json()["score"] <= 1
    assert client.get("/risk/score?userId=1").status_code == 404


def test_a_timeline_mixes_kinds_of_events(client: httpx.Client, rows: Rows) -> None:
    refunded = next(payment for payment in rows.payments if payment.refunded_cents)
    events = client.get(f"/care/orders/{refunded.order_id}/timeline").json()["events"]
    assert [event["type"] for event in events][:4] == ["ride", "ride", "money", "money"]
    assert events[3]["amount"] == -refunded.refunded_cents
    assert client.get("/care/orders/R0/timeline").status_code == 404


def test_the_command_prints_where_it_listens_and_ends_when_told() -> None:
    with _start("--port", "0") as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        url = ready.split()[4]
        assert httpx.get(f"{url}/__calls").json()["total"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_taken_port_ends_the_command_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with _start("--port", str(taken.getsockname()[1])) as process:
            _, message = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "try another --port" in message


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "examples.rides.api", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
