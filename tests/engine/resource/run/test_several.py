"""Several connectors of one field: which are called, and what comes of their answers."""

import pytest

from engine.access import Principal
from tests.engine.resource.run.operations import (
    Asked,
    Upstream,
    ask,
    codes_of,
    data_of,
    plan_of,
    registry_of,
    status,
)


def get(path: str, selection: str, more: str = "") -> str:
    return (
        f'@connect(source: "s", id: "{path[1:]}", http: {{ GET: "{path}" }}, selection: "{selection}"{more})'
    )


ONE = f"""
type Query {{
  product: Product
    {get("/catalogue", "id name maker { name }")}
    {get("/stock", "id stock place: { hall shelf } maker { city }")}
    {get("/reviews", "stars secret")}
}}
type Product {{
  id: ID name: String stock: Int place: Place stars: Float maker: Maker
  secret: String @access(roles: ["agent"])
  sold: Boolean @value(expr: "this.stock == 0")
}}
type Place {{ hall: String shelf: Int }}
type Maker {{ name: String city: String! }}
"""
ANSWERS: dict[str, object] = {
    "/catalogue": {"id": 7, "name": "lamp", "maker": {"name": "Li"}},
    "/stock": {"id": 8, "stock": 0, "hall": "A", "shelf": 3, "maker": {"city": "Wuxi"}},
    "/reviews": {"stars": 4.5, "secret": "x"},
}
REGISTRY = registry_of(ONE)


def upstream_of(**other: object) -> Upstream:
    answers = {**ANSWERS, **{f"/{name}": answer for name, answer in other.items()}}
    return Upstream(reply=lambda path, _: answers[path])


@pytest.mark.parametrize(
    ("query", "urls", "product"),
    [
        ("name", ["/catalogue"], {"name": "lamp"}),
        ("stars", ["/reviews"], {"stars": 4.5}),
        ("id stock", ["/stock"], {"id": "8", "stock": 0}),
        ("__typename", ["/catalogue"], {"__typename": "Product"}),
        ("id", ["/catalogue"], {"id": "7"}),
        ("sold", ["/stock"], {"sold": True}),
        ("stars name", ["/catalogue", "/reviews"], {"stars": 4.5, "name": "lamp"}),
        ("id name stock", ["/catalogue", "/stock"], {"id": "7", "name": "lamp", "stock": 0}),
        ("maker { city name }", ["/catalogue", "/stock"], {"maker": {"city": "Wuxi", "name": "Li"}}),
        ("place { hall } stars", ["/reviews", "/stock"], {"place": {"hall": "A"}, "stars": 4.5}),
        ("name sold", ["/catalogue", "/stock"], {"name": "lamp", "sold": True}),
    ],
)
def test_the_fewest_calls_are_made_that_give_what_is_asked_for(
    query: str, urls: list[str], product: dict[str, object]
) -> None:
    upstream = upstream_of()

    written = ask(Asked(registry=REGISTRY, query=f"{{ product {{ {query} }} }}"), upstream)

    assert sorted(upstream.urls) == urls
    assert data_of(written) == {"product": product}
    assert not written.errors


def test_two_aliases_of_a_field_share_its_calls() -> None:
    upstream = upstream_of()

    written = ask(Asked(registry=REGISTRY, query="{ a: product { name } b: product { stars } }"), upstream)

    assert sorted(upstream.urls) == ["/catalogue", "/reviews"]
    assert data_of(written) == {"a": {"name": "lamp"}, "b": {"stars": 4.5}}


def test_a_failing_call_costs_its_own_parts_only() -> None:
    written = ask(
        Asked(registry=REGISTRY, query="{ product { name stock stars } }"), upstream_of(stock=status(503))
    )

    assert data_of(written) == {"product": {"name": "lamp", "stock": None, "stars": 4.5}}
    assert codes_of(written) == [("product.stock", "UPSTREAM_STATUS")]
    assert written.errors[0][0].facts["connector"] == "stock"


def test_the_first_call_may_fail_as_any_other() -> None:
    written = ask(
        Asked(registry=REGISTRY, query="{ product { name stock } }"), upstream_of(catalogue=status(503))
    )

    assert data_of(written) == {"product": {"name": None, "stock": 0}}
    assert codes_of(written) == [("product.name", "UPSTREAM_STATUS")]


def test_an_answer_that_is_null_leaves_its_parts_null_without_an_error() -> None:
    written = ask(Asked(registry=REGISTRY, query="{ product { name stock } }"), upstream_of(stock=None))

    assert data_of(written) == {"product": {"name": "lamp", "stock": None}}
    assert not written.errors


def test_what_no_call_gives_is_null_and_what_all_calls_failed_to_give_is_one_error() -> None:
    query = "{ product { name stock } }"
    nothing = ask(Asked(registry=REGISTRY, query=query), upstream_of(stock=None, catalogue=None))
    failed = ask(Asked(registry=REGISTRY, query=query), upstream_of(stock=status(500), catalogue=status(502)))

    assert (data_of(nothing), list(nothing.errors)) == ({"product": None}, [])
    assert (data_of(failed), codes_of(failed)) == ({"product": None}, [("product", "UPSTREAM_STATUS")])
    assert failed.errors[0][0].facts["connector"] == "catalogue"


def test_an_answer_of_the_wrong_form_is_an_error_of_its_parts() -> None:
    written = ask(Asked(registry=REGISTRY, query="{ product { name stars } }"), upstream_of(reviews=[1]))

    assert data_of(written) == {"product": {"name": "lamp", "stars": None}}
    assert codes_of(written) == [("product.stars", "MAPPING_ERROR")]


def test_a_part_that_must_not_be_null_takes_the_object_around_it() -> None:
    written = ask(
        Asked(registry=REGISTRY, query="{ product { name maker { name city } } }"),
        upstream_of(stock=status(503)),
    )

    assert data_of(written) == {"product": {"name": "lamp", "maker": None}}
    assert codes_of(written) == [("product.maker.city", "UPSTREAM_STATUS")]


def test_a_call_is_not_made_for_a_part_that_the_caller_may_not_see() -> None:
    query = "{ product { name secret } }"
    refused, allowed = upstream_of(), upstream_of()

    written = ask(Asked(registry=REGISTRY, query=query), refused)
    ask(
        Asked(registry=REGISTRY, query=query, principal=Principal(subject="a", roles=frozenset({"agent"}))),
        allowed,
    )

    assert refused.urls == ["/catalogue"]
    assert sorted(allowed.urls) == ["/catalogue", "/reviews"]
    assert codes_of(written) == [("product.secret", "ACCESS_DENIED")]


def test_what_fails_its_parent_does_so_as_a_part_too() -> None:
    sdl = f"""
    type Query {{ shop: Shop @value(const: {{}}) }}
    type Shop {{
      product: Product {get("/catalogue", "name")} {get("/stock", "stock", ", onError: FAIL")}
    }}
    type Product {{ name: String stock: Int }}
    """
    written = ask(
        Asked(registry=registry_of(sdl), query="{ shop { product { name stock } } }"),
        upstream_of(stock=status(500)),
    )

    assert data_of(written) == {"shop": None}
    assert codes_of(written) == [("shop.product", "UPSTREAM_STATUS")]


def test_a_default_stands_for_the_answer_of_its_own_call() -> None:
    sdl = f"""
    type Query {{
      product: Product
        {get("/catalogue", "name")}
        {get("/stock", "stock", ", onError: DEFAULT, default: { stock: -1 }")}
    }}
    type Product {{ name: String stock: Int }}
    """
    written = ask(
        Asked(registry=registry_of(sdl), query="{ product { name stock } }"), upstream_of(stock=status(500))
    )

    assert data_of(written) == {"product": {"name": "lamp", "stock": -1}}


# ---------------------------------------------------------------------- lists
LIST = f"""
type Query {{
  products: [Product!] {get("/catalogue", "id name")} {get("/stock", "$.all { id: number stock bin: { code: bin } }")}
}}
type Product @key(fields: "id") {{ id: ID! name: String stock: Int bin: Bin more: String @value(expr: "this.name + '!'") }}
type Bin {{ code: String note: String {get("/bins?c={$this.code}", "$.note")} }}
"""  # noqa: E501 # directives read better whole


def shelves(stock: object) -> Upstream:
    names = [{"id": 1, "name": "a"}, {"id": "2", "name": "b"}, {"id": None, "name": "c"}, None]
    answers: dict[str, object] = {"/catalogue": names[:3], "/stock": {"all": stock}, "/bins": {"note": "n"}}
    return Upstream(reply=lambda path, _: answers[path])


def test_the_items_of_lists_meet_by_their_key_and_never_by_their_place() -> None:
    stock = [
        {"number": 2, "stock": 20, "bin": "y"},
        {"number": "1", "stock": 10, "bin": "x"},
        {"number": 1, "stock": 99, "bin": "z"},
        {"number": 5, "stock": 50, "bin": "w"},
    ]
    upstream = shelves(stock)
    query = "{ products { id name stock more bin { note } } }"

    written = ask(Asked(registry=registry_of(LIST.replace("id: ID!", "id: ID")), query=query), upstream)

    assert data_of(written) == {
        "products": [
            {"id": "1", "name": "a", "stock": 10, "more": "a!", "bin": {"note": "n"}},
            {"id": "2", "name": "b", "stock": 20, "more": "b!", "bin": {"note": "n"}},
            {"id": None, "name": "c", "stock": None, "more": "c!", "bin": None},
        ]
    }
    assert upstream.urls[2:] == ["/bins?c=x", "/bins?c=y"]


def test_an_item_that_another_list_lacks_has_no_parts_from_there() -> None:
    written = ask(
        Asked(registry=registry_of(LIST.replace("id: ID!", "id: ID")), query="{ products { name stock } }"),
        shelves([{"number": 1, "stock": 10}]),
    )

    assert data_of(written)["products"] == [
        {"name": "a", "stock": 10},
        {"name": "b", "stock": None},
        {"name": "c", "stock": None},
    ]
    assert codes_of(written) == [("products.1.stock", "BATCH_KEY_MISSING")]


def test_one_list_is_enough_where_it_gives_all() -> None:
    upstream = shelves([{"number": 1, "stock": 10}])

    written = ask(Asked(registry=registry_of(LIST), query="{ products { id stock } }"), upstream)

    assert upstream.urls == ["/stock"]
    assert data_of(written) == {"products": [{"id": "1", "stock": 10}]}


@pytest.mark.parametrize(
    ("stock", "code"), [(None, None), ("text", "MAPPING_ERROR"), ({"number": 1}, "MAPPING_ERROR")]
)
def test_what_is_no_list_gives_no_part(stock: object, code: str | None) -> None:
    written = ask(Asked(registry=registry_of(LIST), query="{ products { name stock } }"), shelves(stock))

    products = data_of(written)["products"]
    assert isinstance(products, list)
    assert products[0] == {"name": "a", "stock": None}
    assert {failure.code for failure, _ in written.errors} == ({code} if code else set())


# ---------------------------------------------------------------------- inputs
PRICES = f"""
type Query {{
  byId: Product {get("/id", "id")}
  bySku: Product {get("/sku", "sku")}
  none: Product @value(const: {{}})
}}
type Product {{
  id: ID @value(expr: "'1'")
  sku: ID {get("/find", "$.sku")}
  price: Int {get("/price-of-sku?q={$this.sku}", "$.price")} {get("/price-of-id?q={$this.id}", "$.price")}
}}
"""


def test_the_call_whose_inputs_are_at_hand_is_made() -> None:
    registry = registry_of(PRICES.replace(" @value(expr: \"'1'\")", ' @value(const: "1")'))
    upstream = Upstream(reply=lambda path, _: {"price": 3, "sku": "s"})

    ask(Asked(registry=registry, query="{ byId { price } }"), upstream)
    ask(Asked(registry=registry, query="{ bySku { price } }"), upstream)

    assert upstream.urls == ["/id", "/price-of-id?q=1", "/sku", "/price-of-sku?q=s"]


def test_a_part_may_be_what_another_call_needs() -> None:
    sdl = f"""
    type Query {{
      product: Product {get("/catalogue", "id name")} {get("/stock", "id stock")}
      report: String {get("/never", "$.x")}
    }}
    type Product {{
      id: ID name: String stock: Int
      advice: String {get("/advice?n={$this.name}&s={$this.stock}", "$.text")}
    }}
    """
    upstream = Upstream(reply=lambda path, _: ANSWERS.get(path) or {"text": "sell"})

    written = ask(Asked(registry=registry_of(sdl), query="{ product { advice } }"), upstream)

    assert sorted(upstream.urls[:2]) == ["/catalogue", "/stock"]
    assert upstream.urls[2:] == ["/advice?n=lamp&s=0"]
    assert data_of(written) == {"product": {"advice": "sell"}}


def test_several_connectors_of_a_query_field_fill_stubs() -> None:
    def product(path: str, selection: str) -> str:
        return get(path + "?id={$args.id}", selection, ", entity: true").replace(
            f'id: "{path[1:]}?id={{$args.id}}"', f'id: "{path[1:]}"'
        )

    sdl = f"""
    type Query {{
      order: Order {get("/order", "product: { id: productId }")}
      product(id: ID!): Product {product("/catalogue", "id name")} {product("/stock", "id stock")}
    }}
    type Order {{ product: Product }}
    type Product @key(fields: "id") {{ id: ID! name: String stock: Int }}
    """
    upstream = Upstream(reply=lambda path, _: ANSWERS.get(path) or {"productId": 7})
    registry = registry_of(sdl)

    written = ask(Asked(registry=registry, query="{ order { product { id name stock } } }"), upstream)

    assert data_of(written) == {"order": {"product": {"id": "7", "name": "lamp", "stock": 0}}}
    assert sorted(upstream.urls) == ["/catalogue?id=7", "/order", "/stock?id=7"]

    upstream.calls.clear()
    direct = ask(Asked(registry=registry, query='{ product(id: "9") { name stock } }'), upstream)

    assert data_of(direct) == {"product": {"name": "lamp", "stock": 0}}
    assert sorted(upstream.urls) == ["/catalogue?id=9", "/stock?id=9"]


def test_batches_of_a_field_are_put_together_for_each_parent() -> None:
    def batch(path: str, selection: str) -> str:
        http = f"http: {{ GET: \"{path}?u={{$batch.id->joinNotNull(',')}}\" }}"
        more = 'batch: { maxSize: 9, key: "user" }'
        return f'@connect(source: "s", id: "{path[1:]}", {http}, {more}, selection: "{selection}")'

    sdl = f"""
    type Query {{ users: [User!] {get("/users", "id")} }}
    type User {{ id: ID! orders: [Order!] {batch("/orders", "id total")} {batch("/states", "id state")} }}
    type Order @key(fields: "id") {{ id: ID! total: Int state: String }}
    """
    answers: dict[str, object] = {
        "/users": [{"id": 1}, {"id": 2}, {"id": 3}],
        "/orders": [{"user": 2, "id": "b", "total": 2}, {"user": 1, "id": "a", "total": 1}],
        "/states": [{"user": 1, "id": "a", "state": "PAID"}, {"user": 2, "id": "b", "state": "NEW"}],
    }
    upstream = Upstream(reply=lambda path, _: answers[path])

    written = ask(Asked(registry=registry_of(sdl), query="{ users { orders { total state } } }"), upstream)

    assert data_of(written) == {
        "users": [
            {"orders": [{"total": 1, "state": "PAID"}]},
            {"orders": [{"total": 2, "state": "NEW"}]},
            {"orders": []},
        ]
    }
    assert len(upstream.calls) == 3


# ---------------------------------------------------------------------- explain
def test_explain_tells_which_calls_are_made_for_which_fields() -> None:
    plan, description, _ = plan_of(REGISTRY, "{ product { name stars sold } }")

    (group,) = description.groups
    told = {call.api: (call.wave, set(call.needed_by)) for call in group.calls}
    assert told == {
        "catalogue": (1, {"Query.product", "Product.name"}),
        "stock": (1, {"Query.product", "Product.stock"}),
        "reviews": (1, {"Query.product", "Product.stars"}),
    }
    assert str(plan.bound) == description.bound == "3"


def test_explain_tells_no_call_that_is_not_made() -> None:
    plan, description, _ = plan_of(REGISTRY, "{ product { stars } }")

    (group,) = description.groups
    assert [call.api for call in group.calls] == ["reviews"]
    assert "product ← reviews" in description.text
    assert str(plan.bound) == "1"


def test_no_part_of_a_field_that_the_caller_may_not_see_is_fetched() -> None:
    sdl = f"""
    type Query {{
      product: Product @access(roles: ["agent"]) {get("/catalogue", "name")} {get("/stock", "stock")}
    }}
    type Product {{ name: String stock: Int left: String @value(expr: "string(this.stock)") }}
    """
    upstream = upstream_of()

    written = ask(Asked(registry=registry_of(sdl), query="{ product { name left } }"), upstream)

    assert upstream.urls == []
    assert codes_of(written) == [("product", "ACCESS_DENIED")]


def test_a_part_that_only_a_rule_looks_at_is_fetched() -> None:
    sdl = f"""
    type Query {{ product: Product {get("/catalogue", "name")} {get("/stock", "stock")} }}
    type Product {{ name: String @access(when: "this.stock > 0") stock: Int }}
    """
    upstream = upstream_of()

    written = ask(Asked(registry=registry_of(sdl), query="{ product { name } }"), upstream)

    assert sorted(upstream.urls) == ["/catalogue", "/stock"]
    assert codes_of(written) == [("product.name", "ACCESS_DENIED")]
