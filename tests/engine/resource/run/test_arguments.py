"""Arguments are held to their types whether or not anything reads them."""

import pytest

from tests.engine.resource.run.operations import Asked, Upstream, ask, codes_of, data_of, registry_of

SDL = """
type Query { t: T @connect(source: "s", http: { GET: "/t" }, selection: "id plain part { x }") }
type T @key(fields: "id") @connect(source: "s", http: { GET: "/t/{$this.id}" }, selection: "id filled") {
  id: ID
  plain(n: Int! = 1): Int
  part(n: Int! = 1): Part
  filled(n: Int! = 1): Int
  const(n: Int! = 1): Int @value(const: 3)
  computed(n: Int! = 1): Int @value(expr: "args.n + 1")
  called(n: Int! = 1): Int @connect(source: "s", http: { GET: "/called?n={$args.n}" }, selection: "$.v")
}
type Part { x: Int }
"""
REGISTRY = registry_of(SDL)
ANSWER = {"id": 1, "plain": 1, "filled": 2, "part": {"x": 1}, "v": 5}


@pytest.mark.parametrize("field", ["plain", "part", "filled", "const", "computed", "called"])
def test_null_for_an_argument_that_needs_a_value_is_an_error_of_its_field(field: str) -> None:
    query = f"query ($n: Int = 4) {{ t {{ {field}(n: $n) {'{ x }' if field == 'part' else ''} }} }}"
    upstream = Upstream(reply=lambda _path, _query: ANSWER)

    refused = ask(Asked(registry=REGISTRY, query=query, variables={"n": None}), upstream)
    answered = ask(Asked(registry=REGISTRY, query=query), upstream)

    assert data_of(refused) == {"t": {field: None}}
    assert codes_of(refused) == [(f"t.{field}", "BAD_USER_INPUT")]
    assert not answered.errors
