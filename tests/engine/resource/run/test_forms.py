"""Bodies as forms: what nests is named by brackets."""

from collections.abc import Mapping
from urllib.parse import unquote

import pytest

from tests.engine.resource.run.operations import Asked, Upstream, ask, data_of, registry_of

SDL = """
type Query { a: Int @value(const: 1) }
type Mutation {
  order(given: Given!): Boolean
    @connect(
      source: "s"
      http: {
        POST: "/orders"
        headers: [{ name: "content-type", value: "application/x-www-form-urlencoded" }]
        body: "$args.given { id: id buyer tags items { sku count } }"
      }
      selection: "$.ok"
    )
}
input Given { id: ID! buyer: Buyer tags: [String!] items: [Item!] }
input Buyer { name: String city: String }
input Item { sku: String! count: Int }
"""
REGISTRY = registry_of(SDL)


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({"id": "1"}, "id=1"),
        ({"id": "1", "tags": ["a", "b c"]}, "id=1&tags=a&tags=b c"),
        ({"id": "1", "buyer": {"name": "王&", "city": None}}, "id=1&buyer[name]=王&"),
        (
            {"id": "1", "items": [{"sku": "x", "count": 2}, {"sku": "y"}]},
            "id=1&items[0][sku]=x&items[0][count]=2&items[1][sku]=y",
        ),
    ],
)
def test_a_form_body_carries_what_nests(given: Mapping[str, object], body: str) -> None:
    upstream = Upstream(reply=lambda _path, _query: {"ok": True})
    query = "mutation ($given: Given!) { order(given: $given) }"
    assert data_of(ask(Asked(registry=REGISTRY, query=query, variables={"given": given}), upstream)) == {
        "order": True
    }
    [call] = upstream.calls
    assert call.body is not None
    assert unquote(call.body.decode()) == body
