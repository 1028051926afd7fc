"""What a field needs, and what needs it, told from the graph alone."""

import pytest

from engine.resource.sdl.lineage import FieldDescription, ResourceKind, describe_field
from tests.engine.resource.run.operations import registry_of

DEMO = registry_of("""
type Query { demo: Demo @value(const: {}) }
"what the worked case is about"
type Demo {
  f3: String! @value(const: "v3") @inaccessible
  "made of f3"
  f4: String! @value(expr: "this.f3.upperAscii() + '-x'") @inaccessible
  f1: String  @connect(source: "s", id: "a1", http: { GET: "/a1?q={$this.f4}" }, selection: "$.apiField1")
  f2: String  @connect(source: "s", id: "a2", http: { GET: "/f2" }, selection: "$.value")
}
""")
SHOP = registry_of("""
type Query {
  orders: [Order!] @connect(source: "s", id: "orders", http: { GET: "/orders" }, selection: "id fee user: { id: uid }")
}
type Order {
  id: ID!
  fee: Int
  user: User
  refund: Int @connect(source: "s", id: "refund", http: { GET: "/refund?of={$this.fee}" }, selection: "$.max")
  note: String @access(roles: ["agent"], when: "this.fee > 3") @value(const: "n")
}
type User @key(fields: "id")
  @connect(source: "s", id: "users", http: { GET: "/users?ids={$batch.id->joinNotNull(',')}" },
    batch: { maxSize: 50 }, selection: "id name")
{ id: ID! name: String hello: String @value(expr: "'hi ' + this.name") }
""")  # noqa: E501 # directives read better whole


def described(coordinate: str) -> FieldDescription:
    found = describe_field(SHOP, coordinate)
    assert found is not None
    return found


def test_the_worked_case_is_told_from_its_end_and_from_its_beginning() -> None:
    f1, f3 = describe_field(DEMO, "Demo.f1"), describe_field(DEMO, "Demo.f3")

    assert f1 is not None
    assert f3 is not None
    assert (f1.kind, f1.api, f1.unit, f1.type) == (ResourceKind.API, "a1", "u", "String")
    assert list(f1.depends_on) == ["a1", "Demo.f4", "Demo.f3"]
    assert (f3.kind, f3.api, f3.type, list(f3.depends_on)) == (ResourceKind.VALUE, None, "String!", [])
    assert set(f3.required_by) == {"Demo.f4", "Demo.f1", "a1"}


def test_descriptions_are_those_of_the_sdl() -> None:
    f4, demo = describe_field(DEMO, "Demo.f4"), describe_field(DEMO, "Demo")

    assert f4 is not None
    assert demo is not None
    assert (f4.description, demo.description) == ("made of f3", "what the worked case is about")


def test_a_field_of_an_answer_needs_the_api_that_gives_it() -> None:
    fee = described("Order.fee")

    assert (fee.kind, fee.api, list(fee.depends_on), fee.bound) == (ResourceKind.FIELD, None, ["orders"], "0")
    assert set(fee.required_by) == {"Order.refund", "refund", "Order.note"}


def test_a_field_filled_by_key_needs_what_gives_the_key() -> None:
    name = described("User.name")

    assert list(name.depends_on) == ["users", "User.id", "orders"]
    assert (name.kind, name.api, name.bound) == (ResourceKind.FIELD, "users", "ceil(n(User)/50)")
    assert list(name.required_by) == ["User.hello"]


@pytest.mark.parametrize(
    ("coordinate", "bound"),
    [
        ("Query.orders", "1"),
        ("Order.refund", "n(Order)"),
        ("User.hello", "ceil(n(User)/50)"),
        ("Order.id", "0"),
    ],
)
def test_the_bound_is_of_the_calls_for_the_field_and_what_it_reads(coordinate: str, bound: str) -> None:
    assert described(coordinate).bound == bound


def test_a_condition_is_a_need() -> None:
    assert "Order.fee" in described("Order.note").depends_on


def test_a_type_stands_for_its_objects() -> None:
    user = described("User")

    assert (user.type, user.kind, user.api) == ("User", ResourceKind.API, "users")
    assert "Order.user" in user.required_by


@pytest.mark.parametrize("coordinate", ["Order.nothing", "Nobody", "Nobody.name", "Query.quality"])
def test_what_no_module_registered_is_not_there(coordinate: str) -> None:
    assert describe_field(SHOP, coordinate) is None
