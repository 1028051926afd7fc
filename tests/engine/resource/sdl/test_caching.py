"""@cacheControl and `onError: STALE` as modules say them, and what they cannot stand on."""

import pytest

from engine.resource.cache import CachePolicy
from engine.resource.model import Module, Registry
from engine.resource.sdl import compose, parse_module
from tests.sdl_problems import SHOP, codes_of, line_of, problems_of

GET = '@connect(source: "shop", http: { GET: "/a" }, selection: "$.a"'
POST = GET.replace("GET", "POST")
OF_CALLER = GET.replace("/a", "/{$context.subject}")


def registry_of(sdl: str, source: str = SHOP) -> Registry:
    module = parse_module("a", source + sdl)
    assert isinstance(module, Module)
    registry = compose([module]).registry
    assert registry is not None
    return registry


def policy_of(sdl: str, source: str = SHOP) -> CachePolicy | None:
    """Of Query.a, whose call the text describes."""
    return (
        registry_of(f"type Query {{ a: Int {sdl} }}", source).types["Query"].fields["a"].connectors[0].cache
    )


@pytest.mark.parametrize(
    ("rule", "times"),
    [
        (f"@cacheControl(maxAge: 60) {GET})", (60, 0)),
        (f"@cacheControl(maxAge: 0, staleIfError: 5) {GET})", (0, 5)),
        (f"@cacheControl(maxAge: 60) {GET}, onError: STALE)", (60, 86_400)),
        (f"@cacheControl(maxAge: 60, staleIfError: 0) {GET}, onError: STALE)", (60, 0)),
        (f"{GET}, onError: STALE)", (0, 86_400)),
    ],
)
def test_a_policy_has_the_times_that_are_written(rule: str, times: tuple[int, int]) -> None:
    policy = policy_of(rule)
    assert policy is not None
    assert (policy.max_age_s, policy.stale_s) == times


def test_a_call_without_either_keeps_nothing() -> None:
    assert policy_of(f"{GET})") is None


@pytest.mark.parametrize(
    ("request_part", "private"),
    [
        ('http: { GET: "/a?c={$context.channel}" }', False),
        ('http: { GET: "/a", headers: [{ name: "l", from: "accept-language" }] }', False),
        ('http: { GET: "/a?t={$request.headers.x->first}" }', False),
        ('http: { GET: "/a", headers: [{ name: "x", from: "Authorization" }] }', True),
        ('http: { GET: "/a", headers: [{ name: "x", from: "cookie" }] }', True),
        ('http: { GET: "/a?t={$request.headers.authorization->first}" }', True),
        ('http: { GET: "/a?s={$context.subject}" }', True),
        ('http: { POST: "/a", body: "who: $context.claims.email" }', True),
    ],
)
def test_who_shares_an_entry_follows_from_the_request(request_part: str, private: bool) -> None:
    policy = policy_of(f'@cacheControl(maxAge: 1) @connect(source: "shop", {request_part}, selection: "$.a")')
    assert policy is not None
    assert policy.private is private


def test_an_api_that_was_changed_has_other_entries_than_before() -> None:
    rule = f"@cacheControl(maxAge: 60) {GET})"
    policies = [
        policy_of(rule),
        policy_of(rule.replace("$.a", "$.b")),
        policy_of(rule, SHOP.replace("})", '}, isSuccess: "$.ok")')),
    ]
    versions = [policy.version for policy in policies if policy is not None]
    assert len(set(versions)) == 3
    same = policy_of(f"@cacheControl(maxAge: 5) {GET})")
    assert same is not None
    assert same.version == versions[0]


def test_a_rule_on_a_type_holds_for_calls_of_its_module_and_yields_to_a_fields_own() -> None:
    types = registry_of(
        f"""
        type Query {{
          a: User {GET.replace("$.a", "id")})
          b: [User!] @cacheControl(maxAge: 5) {GET.replace("$.a", "id")})
          c: Int {GET})
        }}
        type User @cacheControl(maxAge: 60) {{ id: ID }}
        type Mutation {{ d: User {POST.replace("$.a", "id")}) }}
        """
    ).types
    found = {**types["Query"].fields, **types["Mutation"].fields}
    policies = {name: found[name].connectors[0].cache for name in "abcd"}
    assert {name: policy and policy.max_age_s for name, policy in policies.items()} == {
        "a": 60,
        "b": 5,
        "c": None,
        "d": None,
    }


@pytest.mark.parametrize(
    ("sdl", "problem"),
    [
        (
            f"type Query {{ a: Int @cacheControl(maxAge: -1) {GET}) }}",
            "a:2:43 CACHE_FORM 'maxAge' is seconds, from 0 to 31536000 (a year)",
        ),
        (
            f"type Query {{ a: Int @cacheControl(maxAge: 1, staleIfError: 31536001) {GET}) }}",
            "a:2:60 CACHE_FORM 'staleIfError' is seconds, from 0 to 31536000 (a year)",
        ),
        (
            f"type Mutation {{ a: Int @cacheControl(maxAge: 1) {POST}) }}",
            "a:2:24 CACHE_OF_WRITE a mutation's answer is never kept",
        ),
        (
            f"type Query {{ a: Int @cacheControl(maxAge: 1) {GET.replace('GET', 'PUT')}) }}",
            "a:2:46 CACHE_OF_WRITE the answer to PUT is never kept",
        ),
        (
            f"type Mutation {{ a: Int {POST}, onError: STALE) }}",
            "a:2:98 CACHE_OF_WRITE there is no last good value of a write",
        ),
        (
            "type Query { a: Int @cacheControl(maxAge: 1) @value(const: 1) }",
            "a:2:21 CACHE_UNUSED @cacheControl keeps answers of calls, and Query.a has no call of its own",
        ),
        (
            "type Query { a: T @value(const: {b: 1}) }\ntype T @cacheControl(maxAge: 1) { b: Int }",
            "a:3:8 CACHE_UNUSED @cacheControl keeps answers of calls, and no call of its module gives a T",
        ),
        (
            f"type Query {{ a: Int @cacheControl(maxAge: 1, scope: PUBLIC) {OF_CALLER}) }}",
            "a:2:53 CACHE_IS_PRIVATE the request of Query.a depends on who asks",
        ),
    ],
)
def test_a_mistake_is_one_problem_at_its_place(sdl: str, problem: str) -> None:
    [found] = problems_of(f"{SHOP}{sdl}\ntype Query {{ z: Int @value(const: 1) }}")
    assert line_of(found).startswith(problem)


def test_the_last_good_value_may_be_missing_where_null_cannot_stand() -> None:
    assert codes_of(f"{SHOP}type Query {{ a: Int! {GET}, onError: STALE) }}") == ["FAILURE_SPREADS"]


def test_the_same_without_mistakes_has_no_problems() -> None:
    assert codes_of(f"{SHOP}type Query {{ a: Int @cacheControl(maxAge: 1, scope: PUBLIC) {GET}) }}") == []
