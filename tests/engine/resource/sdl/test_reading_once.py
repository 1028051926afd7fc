"""What a module says by itself is read once, however often it is composed with others."""

from engine.resource.model import Connector, Module, Registry
from engine.resource.sdl import compose, parse_module

ORDERS = """
  extend schema @source(name: "s", http: { baseURL: "http://up.test" })
  type Query { order(id: ID!): Order @connect(source: "s", http: { GET: "/{$args.id}" }, selection: "id") }
  type Order @key(fields: "id") { id: ID! }
"""
NOTES = """
  extend schema @source(name: "s", http: { baseURL: "http://notes.test" })
  extend type Order { note: String @connect(source: "s", http: { GET: "/{$this.id}" }, selection: "$") }
  extend type Order { note2: String @connect(source: "s", http: { GET: "/{$this.id}" }, selection: "$.a") }
"""
BAD = 'type Query { a: String @connect(http: { GET: "http://up.test" }, selection: "$.") @nothing b: No }'


def parsed(name: str, sdl: str) -> Module:
    module = parse_module(name, sdl)
    assert isinstance(module, Module)
    return module


def registry_of(*modules: Module) -> Registry:
    composition = compose(modules)
    assert composition.registry is not None, composition.problems
    return composition.registry


def connectors_of(registry: Registry) -> list[Connector]:
    owners = registry.types.values()
    places = [*owners, *(field for owner in owners for field in owner.fields.values())]
    return [connector for place in places for connector in place.connectors]


def described(connector: Connector) -> tuple[object, ...]:
    return connector.site, connector.url.text, connector.selection.text, connector.source, connector.place


def test_connectors_of_modules_that_stay_are_the_ones_read_before() -> None:
    orders = parsed("orders", ORDERS)

    before = connectors_of(registry_of(orders, parsed("notes", NOTES)))
    after = connectors_of(registry_of(orders, parsed("notes", NOTES.replace("$.a", "$.b"))))

    assert [new is old for new, old in zip(after, before, strict=True)] == [
        connector.module == "orders" for connector in before
    ]
    assert "$.b" in [connector.selection.text for connector in after]


def test_a_place_that_moves_because_of_another_module_is_read_anew() -> None:
    first, second = (
        f'extend type Order @connect(http: {{ GET: "http://{name}.test/{{$this.id}}" }}, '
        f'selection: "id {name}") {{ {name}: String }}'
        for name in "ab"
    )
    orders, later = parsed("orders", ORDERS), parsed("z", second)

    alone = registry_of(orders, later).types["Order"].connectors
    beside = registry_of(orders, parsed("p", first), later).types["Order"].connectors

    assert [connector.site for connector in alone] == ["Order"]
    assert [(connector.module, connector.site) for connector in beside] == [("p", "Order"), ("z", "Order#2")]


def test_problems_are_told_each_time() -> None:
    bad, orders = parsed("bad", BAD), parsed("orders", ORDERS)

    first, again = compose([bad, orders]), compose([bad, orders])

    assert {problem.code for problem in first.problems} >= {
        "SELECTION_SYNTAX",
        "UNKNOWN_DIRECTIVE",
        "UNKNOWN_TYPE",
    }
    assert again.problems == first.problems


def test_a_registry_is_the_same_whether_its_modules_were_read_before() -> None:
    known, notes = parsed("orders", ORDERS), parsed("notes", NOTES)
    registry_of(known, notes)

    warm, cold = registry_of(known, notes), registry_of(parsed("orders", ORDERS), parsed("notes", NOTES))

    assert [described(one) for one in connectors_of(warm)] == [described(one) for one in connectors_of(cold)]
    assert warm.revision == cold.revision
