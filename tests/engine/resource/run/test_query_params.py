"""`queryParams`: a query string made of what is there, beside what the URL says itself."""

import pytest

from tests.engine.resource.run.operations import Asked, Upstream, ask, codes_of, data_of, registry_of

SDL = """
type Query {
  bare(page: Int, tags: [String!], open: Boolean, like: String, deep: In): String
    @connect(source: "s", selection: "$.v", http: {
      GET: "/t"
      queryParams: "page: $args.page 'tag[]': $args.tags open: $args.open q: $args.like x: $args.deep?.x"
    })
  beside(page: Int): String
    @connect(source: "s", http: { GET: "/t?a=1", queryParams: "page: $args.page" }, selection: "$.v")
  wrong(deep: In): String
    @connect(source: "s", http: { GET: "/t", queryParams: "deep: $args.deep" }, selection: "$.v")
  listed: [User!] @connect(source: "s", http: { GET: "/users" }, selection: "id")
}
input In { x: Int }
type User {
  id: ID!
  score: Score @connect(
    source: "s", batch: { key: "id" }, selection: "of: score"
    http: { GET: "/scores", queryParams: "id: $batch.id" }
  )
}
type Score { of: Int }
"""
REGISTRY = registry_of(SDL)


def called(query: str) -> tuple[Upstream, object]:
    upstream = Upstream(reply=lambda _path, _query: {"v": "here"})
    return upstream, ask(Asked(registry=REGISTRY, query=query), upstream)


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("{ bare }", "/t"),
        ("{ bare(page: 0, open: false) }", "/t?page=0&open=false"),
        ('{ bare(tags: ["a&b", "ü"]) }', "/t?tag%5B%5D=a%26b&tag%5B%5D=%C3%BC"),
        ('{ bare(tags: [], like: "") }', "/t?q="),
        ("{ bare(deep: {x: 3}, page: null) }", "/t?x=3"),
        ("{ beside }", "/t?a=1"),
        ("{ beside(page: 2) }", "/t?a=1&page=2"),
    ],
)
def test_what_is_null_or_empty_is_left_out_and_lists_repeat_their_name(query: str, target: str) -> None:
    upstream, _ = called(query)
    assert [call.url for call in upstream.calls] == [f"http://up.test{target}"]


def test_an_object_in_a_query_string_makes_no_call() -> None:
    upstream = Upstream(reply=lambda _path, _query: {"v": "here"})
    refused = ask(Asked(registry=REGISTRY, query="{ wrong(deep: {x: 1}) }"), upstream)
    assert data_of(refused) == {"wrong": None}
    assert codes_of(refused) == [("wrong", "MAPPING_ERROR")]
    assert not upstream.calls


def test_a_batch_may_ask_by_query_params() -> None:
    def reply(path: str, _query: dict[str, str]) -> object:
        if path == "/scores":
            return [{"id": 1, "score": 10}, {"id": 2, "score": 20}]
        return [{"id": 1}, {"id": 2}]

    upstream = Upstream(reply=reply)
    answered = ask(Asked(registry=REGISTRY, query="{ listed { score { of } } }"), upstream)
    assert data_of(answered) == {"listed": [{"score": {"of": 10}}, {"score": {"of": 20}}]}
    assert upstream.calls[-1].url == "http://up.test/scores?id=1&id=2"
