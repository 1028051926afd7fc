"""The demo's selections, run on what the company's APIs answer: every field is found, none is guessed."""

from collections.abc import Mapping

import httpx
import pytest
from graphql import DirectiveNode, StringValueNode, parse, visit
from graphql.language import Visitor

from engine.resource.mapping import Issues, parse_selection
from examples.rides.personas import USER
from examples.rides.showcase import read_modules

ORDER = "R260228001728"
CALLS = {
    "bikes.get": "/bikes-svc/v2/bikes/B100036",
    "bikes.list": "/bikes-svc/v2/bikes?city=BJ&limit=100",
    "orders.get": f"/orders/{ORDER}",
    "orders.ofCity": "/orders?city=SZ&limit=100",
    "orders.byPhone": "/orders?phone=18600422060",
    "orders.byIds": f"/orders?ids={ORDER}",
    "orders.ofUsers": "/orders?userIds=1001,1002",
    "users.get": f"/users/{USER}",
    "users.list": "/users?city=GZ",
    "users.byIds": f"/users?ids={USER}",
    "drivers.get": "/drivers/7001",
    "pay.ofOrders": f"/pay/v1/payments?orderNos={ORDER}",
    "pay.couponsOfUser": f"/pay/v1/users/{USER}/coupons",
    "people.level": f"/users/{USER}",
    "people.points": f"/loyalty/points/{USER}",
    "care.refundPolicy": f"/care/refund-policy?orderId={ORDER}&level=GOLD&paid=200",
    "care.timeline": f"/care/orders/{ORDER}/timeline",
    "risk.score": f"/risk/score?userId={USER}",
}
CHANGES = {
    "unlock",
    "reportFault",
    "moveHome",
    "refund",
    "returnFee",
    "cancelRefund",
    "grantCoupon",
    "revokeCoupon",
}


class Selections(Visitor):
    """Collects the selection of every `@connect` by its id."""

    def __init__(self) -> None:
        super().__init__()
        self.by_id = dict[str, str]()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        texts = {
            argument.name.value: argument.value.value
            for argument in node.arguments or ()
            if isinstance(argument.value, StringValueNode)
        }
        if node.name.value == "connect":
            self.by_id[texts["id"]] = texts["selection"]


@pytest.fixture(scope="module")
def selections() -> Mapping[str, str]:
    collected = Selections()
    for module in read_modules():
        visit(parse(module.sdl), collected)
    return collected.by_id


def _mapped(selection: str, answer: object) -> tuple[object, Issues]:
    issues = Issues()
    return parse_selection(selection).compile()(answer, {"$": answer}, issues), issues


@pytest.mark.parametrize("api", CALLS)
def test_a_selection_finds_all_it_names_in_the_answer(
    api: str, selections: Mapping[str, str], client: httpx.Client
) -> None:
    value, issues = _mapped(selections[api], client.get(CALLS[api]).raise_for_status().json())
    assert value is not None
    assert issues.count == 0


def test_every_reading_api_of_the_modules_is_tried_here(selections: Mapping[str, str]) -> None:
    changing = {name for name in selections if name.split(".")[1] in CHANGES}
    assert set(selections) - changing - {"bikes.batchGet", "users.me"} == set(CALLS)


def test_an_order_becomes_our_names_enum_values_and_stubs(
    selections: Mapping[str, str], client: httpx.Client
) -> None:
    order, _ = _mapped(selections["orders.get"], client.get(f"/orders/{ORDER}").json())
    assert isinstance(order, dict)
    assert order["status"] == "FINISHED"
    assert order["user"] == {"id": int(USER)}
    assert order["driver"] == {"id": None}


def test_a_payment_method_says_its_type(selections: Mapping[str, str], client: httpx.Client) -> None:
    payments, _ = _mapped(selections["pay.ofOrders"], client.get(CALLS["pay.ofOrders"]).json())
    assert isinstance(payments, list)
    (payment,) = payments
    assert payment["method"]["__typename"] == "CardMethod"


def test_a_refused_order_is_told_from_a_success(client: httpx.Client) -> None:
    for path, expected in ((f"/orders/{ORDER}", True), ("/orders/R0", False)):
        answer = client.get(path).json()
        assert _mapped("$.code->eq(0)", answer)[0] is expected
