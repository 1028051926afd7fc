"""Field f1 from API a1, whose parameter is f4, which reworks f3; f2 from elsewhere."""

from engine.resource.plan.description import GroupDescription
from tests.engine.resource.run.operations import Asked, Upstream, ask, data_of, plan_of, registry_of

SDL = """
type Query { demo: Demo @value(const: {}) }
type Demo {
  f3: String! @value(const: "v3") @inaccessible
  f4: String! @value(expr: "this.f3.upperAscii() + '-x'") @inaccessible
  f1: String  @connect(source: "s", id: "a1", http: { GET: "/a1?q={$this.f4}" }, selection: "$.apiField1")
  f2: String  @connect(source: "s", http: { GET: "/f2" }, selection: "$.value")
}
"""


def test_two_fields_make_exactly_two_calls() -> None:
    upstream = Upstream(reply=lambda path, _: {"apiField1": "one", "value": "two"})

    written = ask(Asked(registry=registry_of(SDL), query="{ demo { f1 f2 } }"), upstream)

    assert sorted(upstream.urls) == ["/a1?q=V3-x", "/f2"]
    assert data_of(written) == {"demo": {"f1": "one", "f2": "two"}}


def test_explain_tells_two_groups_and_why_each_call_is_made() -> None:
    plan, description, _ = plan_of(registry_of(SDL), "{ demo { f1 f2 } }")

    def names(group: GroupDescription) -> set[str]:
        return {name.removeprefix("Demo.") for name in (*group.fields, *(call.api for call in group.calls))}

    assert [names(group) for group in description.groups] == [{"f3", "f4", "a1", "f1"}, {"f2"}]
    assert "f1 ← a1(q) ← f4 ← f3" in description.text
    assert str(plan.bound) == "2"


def test_plans_are_keys_each_for_itself() -> None:
    query = "{ demo { f1 f2 } }"
    first, second = plan_of(registry_of(SDL), query)[0], plan_of(registry_of(SDL), query)[0]

    assert len({first, second, first}) == 2
