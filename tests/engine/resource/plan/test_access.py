"""Who may see what: rules, what depends on a guarded field, and fields that carry their own rule."""

from engine.access import Principal
from tests.engine.resource.run.operations import Asked, Upstream, ask, codes_of, data_of, registry_of

SDL = """
type Query {
  bill: Bill @connect(source: "s", http: { GET: "/bill" }, selection: "id state card: { id: cardId }")
  thing: Thing @connect(source: "s", http: { GET: "/thing" }, selection: "... kind->match(['Bill', { __typename: 'Bill', id, state, card: { id: $.cardId } }], ['Note', { __typename: 'Note', text: $.text }])")
}
union Thing = Bill | Note
type Note @access(roles: ["clerk"], onDeny: NULL) { text: String }
type Bill {
  id: ID
  state: String
  amount: Int @connect(source: "s", http: { GET: "/amount?id={$this.id}" }, selection: "$.v") @access(roles: ["clerk"])
  hidden: Int @connect(source: "s", http: { GET: "/hidden" }, selection: "$.v") @access(roles: ["clerk"], onDeny: NULL)
  doubled: Int @value(expr: "this.amount * 2")
  open: Int @value(expr: "this.amount * 3") @access(roles: ["guest"])
  paid: Int @connect(source: "s", http: { GET: "/paid" }, selection: "$.v") @access(when: "this.state == 'PAID'")
  card: Card
  digits: Int @connect(source: "s", http: { GET: "/digits?card={$this.card.number}" }, selection: "$.v")
  me: String @value(const: "you") @authenticated
}
type Card @key(fields: "id") @connect(source: "s", http: { GET: "/card/{$this.id}" }, selection: "id number owner")
{ id: ID! number: String @access(when: "this.owner == 'ann'") owner: String }
"""  # noqa: E501 # directives read better whole
REGISTRY = registry_of(SDL)
CLERK = Principal(subject="ann", roles=frozenset({"clerk"}))
GUEST = Principal(subject="bob", roles=frozenset({"guest"}))
NOBODY = Principal(subject="", authenticated=False)


def upstream_of(**changes: object) -> Upstream:
    answer = {"id": 1, "state": "OPEN", "cardId": 3, "v": 5, "number": "4711", "owner": "ann", "kind": "Note"}
    return Upstream(reply=lambda _path, _query: {**answer, "text": "psst", **changes})


def asked(query: str, caller: Principal) -> Asked:
    return Asked(registry=REGISTRY, query=query, principal=caller)


def test_a_denied_field_is_an_error_and_makes_no_call() -> None:
    upstream = upstream_of()

    written = ask(asked("{ bill { id amount } }", GUEST), upstream)

    assert data_of(written) == {"bill": {"id": "1", "amount": None}}
    assert codes_of(written) == [("bill.amount", "ACCESS_DENIED")]
    assert upstream.urls == ["/bill"]


def test_who_has_the_role_sees_the_field() -> None:
    assert data_of(ask(asked("{ bill { amount } }", CLERK), upstream_of())) == {"bill": {"amount": 5}}


def test_on_deny_null_tells_nothing() -> None:
    written = ask(asked("{ bill { hidden } }", GUEST), upstream_of())

    assert data_of(written) == {"bill": {"hidden": None}}
    assert not written.errors


def test_what_depends_on_a_denied_field_is_denied_without_a_call() -> None:
    upstream = upstream_of()

    written = ask(asked("{ bill { doubled } }", GUEST), upstream)

    assert codes_of(written) == [("bill.doubled", "ACCESS_DENIED")]
    assert upstream.urls == ["/bill"]


def test_a_field_with_a_rule_of_its_own_opens_what_it_depends_on() -> None:
    written = ask(asked("{ bill { open amount } }", GUEST), upstream_of())

    assert data_of(written) == {"bill": {"open": 15, "amount": None}}
    assert codes_of(written) == [("bill.amount", "ACCESS_DENIED")]


def test_a_condition_on_the_object_decides_each_object() -> None:
    denied, seen = upstream_of(), upstream_of(state="PAID")

    assert codes_of(ask(asked("{ bill { paid } }", CLERK), denied)) == [("bill.paid", "ACCESS_DENIED")]
    assert denied.urls == ["/bill"]
    assert data_of(ask(asked("{ bill { paid } }", CLERK), seen)) == {"bill": {"paid": 5}}


def test_a_condition_over_a_wrong_type_denies() -> None:
    written = ask(asked("{ bill { paid } }", CLERK), upstream_of(state={"PAID": True}))

    assert codes_of(written) == [("bill.paid", "ACCESS_DENIED")]


def test_a_condition_on_a_nested_object_is_decided_before_a_call_reads_through_it() -> None:
    denied, seen = upstream_of(owner="bob"), upstream_of()

    written = ask(asked("{ bill { digits } }", CLERK), denied)

    assert codes_of(written) == [("bill.digits", "ACCESS_DENIED")]
    assert denied.urls == ["/bill", "/card/3"]
    assert data_of(ask(asked("{ bill { digits } }", CLERK), seen)) == {"bill": {"digits": 5}}
    assert seen.urls == ["/bill", "/card/3", "/digits?card=4711"]


def test_rules_of_a_type_hold_where_it_is_reached_through_a_union() -> None:
    query = "{ thing { ... on Note { text } } }"

    written = ask(asked(query, GUEST), upstream_of())

    assert (written.data, codes_of(written)) == ({"thing": None}, [])
    assert data_of(ask(asked(query, CLERK), upstream_of())) == {"thing": {"text": "psst"}}


def test_who_is_not_signed_in_is_asked_to() -> None:
    written = ask(asked("{ bill { me } }", NOBODY), upstream_of())

    assert codes_of(written) == [("bill.me", "UNAUTHENTICATED")]
    assert data_of(ask(asked("{ bill { me } }", GUEST), upstream_of())) == {"bill": {"me": "you"}}
