"""The demo's SDL fits the vocabulary and the APIs; its queries fit the SDL; its values exist in the rows."""

import re
from collections.abc import Iterator
from typing import cast

import pytest
from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    SchemaExtensionNode,
    parse,
    validate,
    value_from_ast_untyped,
)

from examples.rides.personas import CONTACT_QUERY, PERSONAS, USER
from examples.rides.rows import Rows
from examples.rides.services import ENDPOINTS
from examples.rides.showcase import ADDRESS, MODULES, Module, read_look_ups, read_modules, read_queries
from tests.merged_sdl import merge_modules

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOT_BUILT = {
    "Subscription",
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return merge_modules(module.sdl for module in read_modules())


def _arguments(directive: ConstDirectiveNode) -> dict[str, object]:
    return {
        argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()
    }


def _texts(argument: object) -> dict[str, str]:
    """The entries of an input object that are texts."""
    entries = cast(dict[str, object], argument)  # an SDL object literal's keys are names
    return {key: value for key, value in entries.items() if isinstance(value, str)}


def _calls(module: Module) -> Iterator[tuple[str, str]]:
    """Method and path of every `@connect` of the module, templates replaced by `x`."""
    bases = dict[str, str]()
    for node in parse(module.sdl).definitions:
        for holder in (node, *(getattr(node, "fields", None) or ())):
            for directive in getattr(holder, "directives", None) or ():
                arguments = _arguments(directive)
                if directive.name.value == "source":
                    bases[str(arguments["name"])] = _texts(arguments["http"])["baseURL"]
                if directive.name.value == "connect":
                    http = _texts(arguments["http"])
                    method = next(method for method in METHODS if method in http)
                    url = bases[str(arguments["source"])] + http[method]
                    path = url.removeprefix(f"http://{ADDRESS}").partition("?")[0]
                    yield method, re.sub(r"\{\$[^}]*\}", "x", path)


def test_the_modules_are_one_valid_schema_by_the_vocabulary(schema: GraphQLSchema) -> None:
    assert {"Bike", "Driver", "User", "Order", "Payment", "RefundQuote"} <= set(schema.type_map)


def test_a_misspelt_directive_argument_is_not_valid() -> None:
    with pytest.raises(TypeError, match="Did you mean 'const'"):
        merge_modules(["type Query { a: Int @value(cnst: 1) }"])


@pytest.mark.parametrize("name", MODULES)
def test_every_call_of_a_module_is_an_api_of_the_company(name: str) -> None:
    module = next(module for module in read_modules() if module.name == name)
    patterns = {
        (endpoint.method, re.compile(re.sub(r"\\\{\w+\\\}", "[^/:]+", re.escape(endpoint.path))))
        for endpoint in ENDPOINTS
    }
    calls = list(_calls(module))
    assert len(calls) >= 5
    for method, path in calls:
        assert any(method == m and pattern.fullmatch(path) for m, pattern in patterns), f"{method} {path}"


def test_the_modules_call_every_api_of_the_company() -> None:
    called = [call for module in read_modules() for call in _calls(module)]
    for endpoint in ENDPOINTS:
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/:]+", re.escape(endpoint.path)))
        assert any(method == endpoint.method and pattern.fullmatch(path) for method, path in called), endpoint


def test_another_address_replaces_the_written_one_everywhere() -> None:
    for written, moved in zip(read_modules(), read_modules(address="127.0.0.1:4711"), strict=True):
        assert ADDRESS not in moved.sdl.replace("# 127.0.0.1:9001", "")
        assert moved.sdl.count("127.0.0.1:4711") == written.sdl.count(ADDRESS) > 0


def test_a_type_is_used_only_after_the_module_that_defines_it() -> None:
    sdl = [module.sdl for module in read_modules()]
    for count in range(1, len(sdl) + 1):
        assert merge_modules(sdl[:count])


def test_every_module_names_its_own_unit_as_owner() -> None:
    for module in read_modules():
        extensions = [node for node in parse(module.sdl).definitions if isinstance(node, SchemaExtensionNode)]
        owners = [
            _arguments(directive)["unit"]
            for node in extensions
            for directive in node.directives or ()
            if directive.name.value == "owner"
        ]
        assert owners == [module.name]


def test_nothing_is_used_that_is_refused_at_check() -> None:
    for module in read_modules():
        assert not NOT_BUILT & set(re.findall(r"\w+", module.sdl))


def test_every_root_field_is_described_for_its_readers() -> None:
    for module in read_modules():
        for node in parse(module.sdl).definitions:
            if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ("Query", "Mutation"):
                undescribed = [field.name.value for field in node.fields or () if not _is_described(field)]
                assert undescribed == []


def _is_described(field: FieldDefinitionNode) -> bool:
    return field.description is not None and len(field.description.value) > 10


@pytest.mark.parametrize("query", read_queries(), ids=lambda query: query.name)
def test_a_query_to_try_fits_the_schema_and_needs_no_variables(schema: GraphQLSchema, query: object) -> None:
    text = next(q.text for q in read_queries() if q == query)
    assert validate(schema, parse(text)) == []
    assert "!)" not in text


def test_a_look_up_fits_the_schema_and_has_its_variables(schema: GraphQLSchema) -> None:
    for look_up in read_look_ups():
        assert validate(schema, parse(look_up.query)) == []
        assert set(re.findall(r"\$(\w+):", look_up.query)) == set(look_up.variables)


def test_the_values_in_queries_and_look_ups_exist_in_the_rows(rows: Rows) -> None:
    by_phone, bike, refund = (look_up.variables for look_up in read_look_ups())
    assert next(user.phone for user in rows.users if str(user.id) == USER) == by_phone["phone"]
    assert any(row.id == bike["id"] and row.fault for row in rows.bikes)
    payment = next(row for row in rows.payments if row.order_id == refund["order"])
    assert payment.amount_cents > payment.refunded_cents == 0
    refund_query, orders_query, unlock_query = (query.text for query in read_queries())
    assert payment.order_id in refund_query
    assert sum(order.start.city == "SZ" for order in rows.orders) >= 100
    assert '"SZ"' in orders_query
    unlocked = next(row for row in rows.bikes if row.id in unlock_query)
    assert unlocked.status == "available"


def test_the_end_user_has_rides_and_a_coupon_to_look_at(rows: Rows) -> None:
    assert sum(str(order.user_id) == USER for order in rows.orders) >= 2
    assert any(str(coupon.user_id) == USER and coupon.status == "unused" for coupon in rows.coupons)


def test_each_persona_is_promised_another_answer_made_of_the_users_own_number(
    schema: GraphQLSchema, rows: Rows
) -> None:
    assert validate(schema, parse(CONTACT_QUERY)) == []
    phone = next(user.phone for user in rows.users if str(user.id) == USER)
    promised = {persona.name: persona.contact for persona in PERSONAS}
    assert promised == {
        "front-end": None,
        "engineer": f"{phone[:3]}****{phone[7:]}",
        "agent": phone,
        "supervisor": phone,
        "user": "本人 (yourself)",
    }


def test_a_personas_claims_are_what_a_token_carries() -> None:
    agent = next(persona for persona in PERSONAS if persona.name == "agent")
    assert agent.to_claims() == {
        "sub": "agent-8008",
        "roles": ["agent"],
        "units": ["care"],
        "scope": "refunds:write coupons:write",
        "channel": "hotline",
    }
