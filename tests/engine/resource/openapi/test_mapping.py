"""What becomes of each thing a description can say."""

import pytest

from tests.engine.resource.openapi.importing import Json, codes, described, getting, imported, squeezed

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}


def of_schema(schema: Json, **components: Json) -> str:
    return squeezed(imported(described(getting(schema), components={"schemas": components})))


def with_parameter(**parameter: object) -> Json:
    path = "/thing/{p}" if parameter["in"] == "path" else "/thing"
    return described({path: {"get": {"operationId": "thing", "parameters": [parameter], "responses": {}}}})


def sending(schema: Json, media: str = "application/json", **rest: object) -> Json:
    body = {"content": {media: {"schema": schema}}, "required": True, **rest}
    return described({"/thing": {"post": {"operationId": "send", "requestBody": body, "responses": {}}}})


@pytest.mark.parametrize(
    ("schema", "declared", "selection"),
    [
        (TEXT, "String", '"$"'),
        (NUMBER, "Int", '"$"'),
        ({"type": "integer", "format": "int64"}, "Float", '"$"'),
        ({"type": "number"}, "Float", '"$"'),
        ({"type": "boolean"}, "Boolean", '"$"'),
        ({"type": "string", "format": "date-time"}, "DateTime", '"$"'),
        ({"type": "array", "items": TEXT}, "[String]", '"$"'),
        ({}, "JSON", '"$"'),
        ({"type": "object"}, "JSON", '"$"'),
        ({"type": "object", "additionalProperties": NUMBER}, "JSON", '"$"'),
        ({"type": ["string", "null"]}, "String", '"$"'),
        ({"type": "string", "nullable": True}, "String", '"$"'),
        ({"oneOf": [TEXT, {"type": "null"}]}, "String", '"$"'),
        ({"anyOf": [NUMBER, {"type": "number"}]}, "Float", '"$"'),
        ({"oneOf": [TEXT, {"type": "array", "items": TEXT}]}, "JSON", '"$"'),
        ({"type": ["string", "integer"]}, "JSON", '"$"'),
    ],
)
def test_values_that_are_no_objects(schema: Json, declared: str, selection: str) -> None:
    sdl = of_schema(schema)
    assert f"thing: {declared} @connect(" in sdl
    assert f"selection: {selection}" in sdl


def test_objects_are_selected_to_their_leaves_and_what_may_be_missing_is_marked() -> None:
    address = {"type": "object", "properties": {"zip_code": TEXT}}
    sdl = of_schema(
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": NUMBER, "lines": {"type": "array", "items": address}},
        }
    )
    assert "id lines? { zipCode: zip_code? }" in sdl
    assert "type ThingAnswer { id: ID lines: [ThingAnswerLinesItem] }" in sdl


def test_names_are_made_legal_and_unique() -> None:
    names = ["a-b", "a_b", "+1", "-1", "2fa", "@type", "__x", "完"]
    sdl = of_schema({"type": "object", "properties": dict.fromkeys(names, TEXT)})
    assert "{ aB: String aB2: String plus1: String minus1: String _2fa: String type: String x: String" in sdl
    assert 'aB: $."a-b"? aB2: a_b?' in sdl


def test_enum_values_that_are_no_names_are_translated_both_ways() -> None:
    enum = {"type": "string", "enum": ["open", "in-use", "", None]}
    state = {"name": "state", "in": "query", "schema": {"$ref": "#/components/schemas/state"}}
    spec = described(
        getting({"$ref": "#/components/schemas/state"}, parameters=[state]),
        components={"schemas": {"state": enum}},
    )
    sdl = squeezed(imported(spec))
    assert "enum State { open in_use empty }" in sdl
    assert 'selection: """ $($->match(["in-use", "in_use"], ["", "empty"], [@, @]))' in sdl
    assert 'state: $args.state?->match(["in_use", "in-use"], ["empty", ""], [@, @])' in sdl


def test_all_of_is_one_type_and_a_single_one_is_another_name() -> None:
    pet = {"type": "object", "properties": {"name": TEXT}}
    both = {"allOf": [{"$ref": "#/components/schemas/pet"}, {"properties": {"age": NUMBER}}]}
    assert "type Cat { name: String age: Int }" in of_schema(
        {"$ref": "#/components/schemas/cat"}, pet=pet, cat=both
    )
    alias = {"allOf": [{"$ref": "#/components/schemas/pet"}], "nullable": True}
    assert "thing: Pet @connect" in of_schema(alias, pet=pet)


def test_a_discriminator_makes_a_union() -> None:
    kinds = {
        name: {"type": "object", "properties": {"kind": TEXT, name: TEXT}, "required": ["kind"]}
        for name in ("cat", "dog")
    }
    options = [{"$ref": f"#/components/schemas/{name}"} for name in kinds]
    told = {"propertyName": "kind", "mapping": {"C": "#/components/schemas/cat"}}
    sdl = of_schema({"oneOf": options, "discriminator": told}, **kinds)
    assert "union ThingAnswer = Cat | Dog" in sdl
    assert (
        '... kind->match( ["C", { __typename: "Cat" kind cat? }], ["dog", { __typename: "Dog" kind dog? }] )'
        in sdl
    )


def test_alternatives_that_nothing_tells_apart_are_one_type_and_the_report_says_so() -> None:
    options = [{"type": "object", "properties": {name: TEXT}} for name in ("a", "b")]
    made = imported(described(getting({"oneOf": options})))
    assert "type ThingAnswer { a: String b: String }" in squeezed(made)
    assert codes(made) == ["ONE_OF_MERGED"]


def test_what_leads_back_to_itself_is_cut_by_key_where_a_call_fills_it_else_as_json() -> None:
    pet = {"type": "object", "properties": {"id": TEXT, "mother": {"$ref": "#/components/schemas/pet"}}}
    answer = {
        "200": {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/pet"}}},
        }
    }
    by_id = {"name": "petId", "in": "path", "required": True, "schema": TEXT}
    rest: Json = {"components": {"schemas": {"pet": pet}}}
    keyed = imported(
        described(
            {"/pets/{petId}": {"get": {"operationId": "pet", "parameters": [by_id], "responses": answer}}},
            **rest,
        )
    )
    assert 'type Pet @key(fields: "id") @connect( source: "s" http: { GET: "/pets/{$this.id}" }' in squeezed(
        keyed
    )
    assert "mother? { id }" in squeezed(keyed)
    plain = imported(described({"/pet": {"get": {"operationId": "pet", "responses": answer}}}, **rest))
    assert "type Pet { id: ID mother: JSON }" in squeezed(plain)
    assert codes(keyed) == codes(plain) == ["RECURSIVE"]


@pytest.mark.parametrize(
    ("parameter", "written"),
    [
        ({"in": "path", "schema": TEXT}, 'GET: "/thing/{$args.p}"'),
        (
            {"in": "path", "schema": {"type": "array", "items": TEXT}},
            "GET: \"/thing/{$args.p->joinNotNull(',')}\"",
        ),
        ({"in": "path", "style": "matrix", "schema": TEXT}, 'GET: "/thing/;p={$args.p}"'),
        ({"in": "query", "required": True, "schema": TEXT}, 'GET: "/thing?p={$args.p}"'),
        ({"in": "query", "schema": NUMBER}, 'queryParams: "p: $args.p"'),
        ({"in": "query", "schema": {"type": "array", "items": TEXT}}, 'queryParams: "p: $args.p"'),
        (
            {"in": "query", "explode": False, "schema": {"type": "array", "items": TEXT}},
            "queryParams: \"p: $args.p?->joinNotNull(',')\"",
        ),
        (
            {"in": "query", "style": "pipeDelimited", "schema": {"type": "array", "items": TEXT}},
            "queryParams: \"p: $args.p?->joinNotNull('|')\"",
        ),
        (
            {"in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"a": TEXT}}},
            "queryParams: \"'p[a]': $args.p?.a\"",
        ),
        (
            {"in": "query", "schema": {"type": "object", "properties": {"a": TEXT}}},
            'queryParams: "a: $args.p?.a"',
        ),
        ({"in": "query", "content": {"application/json": {}}}, 'queryParams: "p: $args.p?->jsonStringify"'),
        ({"in": "header", "schema": TEXT}, 'headers: [{ name: "p", value: "{$args.p}" }]'),
    ],
)
def test_parameters_by_place_and_style(parameter: Json, written: str) -> None:
    made = imported(with_parameter(name="p", **parameter))
    assert written in squeezed(made)
    assert codes(made) == []


@pytest.mark.parametrize(
    "parameter",
    [
        {"in": "cookie", "schema": TEXT},
        {"in": "header", "name": "Host", "schema": TEXT},
        {"in": "header", "schema": {"type": "object", "properties": {"a": TEXT}}},
        {"in": "query", "schema": {"type": "array", "items": {"type": "object", "properties": {"a": TEXT}}}},
    ],
)
def test_a_parameter_that_cannot_be_sent_is_named_and_a_required_one_leaves_the_operation_out(
    parameter: Json,
) -> None:
    given: Json = {"name": "p", **parameter}
    spec = with_parameter(**given)
    spec["paths"]["/other"] = {"get": {"responses": {}}}
    (lost,) = imported(spec).problems
    assert (lost.severity, lost.path) == ("WARNING", f"GET /thing parameter '{given['name']}'")
    spec["paths"]["/thing"]["get"]["parameters"][0]["required"] = True
    made = imported(spec)
    assert (made.imported, made.total, made.problems[0].severity) == (1, 2, "ERROR")


def test_bodies_are_renamed_on_the_way_and_whole_numbers_stay_whole() -> None:
    sdl = squeezed(
        imported(
            sending({"type": "object", "required": ["a"], "properties": {"a": TEXT, "order_id": NUMBER}})
        )
    )
    assert "send(input: SendInput!): Boolean" in sdl
    assert "input SendInput { a: String! orderId: ID }" in sdl
    assert "$args.input { a: a order_id: orderId?->parseInt }" in sdl


def test_a_form_is_sent_as_one_and_an_upload_leaves_the_operation_out() -> None:
    form = {"type": "object", "properties": {"a": TEXT}}
    media = "application/x-www-form-urlencoded"
    assert f'{{ name: "content-type", value: "{media}" }}' in squeezed(imported(sending(form, media)))
    spec = sending(form, "multipart/form-data")
    spec["paths"]["/other"] = {"get": {"responses": {}}}
    made = imported(spec)
    assert codes(made) == ["BODY_UNMAPPABLE"]
    assert made.imported == 1


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ({"type": "apiKey", "in": "header", "name": "x-key"}, '{ name: "x-key", value: "{$config.myKey}" }'),
        ({"type": "http", "scheme": "bearer"}, '{ name: "authorization", value: "Bearer {$config.myKey}" }'),
        ({"type": "http", "scheme": "basic"}, '{ name: "authorization", value: "Basic {$config.myKey}" }'),
        ({"type": "oauth2", "flows": {}}, '{ name: "authorization", value: "Bearer {$config.myKey}" }'),
        ({"type": "apiKey", "in": "query", "name": "key"}, 'queryParams: "key: $config.myKey"'),
        (
            {"type": "apiKey", "in": "cookie", "name": "sid"},
            '{ name: "cookie", value: "sid={$config.myKey}" }',
        ),
    ],
)
def test_security_is_read_from_config(scheme: Json, written: str) -> None:
    spec = described(
        getting(TEXT), security=[{}, {"my-key": []}], components={"securitySchemes": {"my-key": scheme}}
    )
    made = imported(spec)
    assert written in squeezed(made)
    assert made.secrets == ("myKey",)


def test_credentials_of_some_operations_stand_on_these_alone() -> None:
    spec = described(
        getting(TEXT) | {"/open": {"get": {"security": [], "responses": {}}}},
        security=[{"k": []}],
        components={"securitySchemes": {"k": {"type": "http", "scheme": "bearer"}}},
    )
    sdl = squeezed(imported(spec))
    assert '@source(name: "s", http: { baseURL: "http://up.test/v1" })' in sdl
    assert sdl.count("Bearer {$config.k}") == 1


def test_servers_have_their_variables_filled_in_and_each_is_a_source() -> None:
    spec = described(
        getting(TEXT) | {"/up": {"servers": [{"url": "https://uploads.test"}], "get": {"responses": {}}}}
    )
    spec["servers"] = [
        {"url": "https://{region}.Test/{v}/", "variables": {"region": {"default": "eu"}, "v": {"default": 2}}}
    ]
    sdl = squeezed(imported(spec))
    assert '@source(name: "s", http: { baseURL: "https://eu.test/2" })' in sdl
    assert '@source(name: "s2", http: { baseURL: "https://uploads.test" })' in sdl
    assert "uploads" not in squeezed(imported(spec, base_url="http://127.0.0.1:9/"))


def test_reserved_names_get_the_modules() -> None:
    task = {"type": "object", "properties": {"a": TEXT}}
    spec = described(getting({"$ref": "#/components/schemas/Task"}), components={"schemas": {"Task": task}})
    made = imported(
        spec, module="shop", reserved_types=frozenset({"Task"}), reserved_fields=frozenset({"Query.thing"})
    )
    assert "shopThing: ShopTask @connect" in squeezed(made)
    assert codes(made) == ["NAME_TAKEN"]


def test_descriptions_and_deprecations_are_kept() -> None:
    spec = described(
        getting(
            {
                "type": "object",
                "properties": {"a": {"type": "string", "description": 'Says """it"""', "deprecated": True}},
            },
            summary="Short.",
            description="Long.",
            deprecated=True,
        )
    )
    made = imported(spec)
    assert '  """\n  Short.\n\n  Long.\n  """\n  thing' in made.sdl
    assert 'Says \\"""it\\"""' in made.sdl
    assert made.sdl.count("@deprecated") == 2


def test_only_what_is_included_and_not_excluded_is_imported() -> None:
    paths = {
        f"/{name}": {"get": {"operationId": name, "tags": [name[0]], "responses": {}}}
        for name in ("aa", "ab", "b")
    }
    made = imported(described(paths), include=("a", "/b"), exclude=("/ab",))
    assert [made.imported, made.total] == [2, 2]
    assert "ab:" not in made.sdl


def test_calls_that_the_api_makes_are_named() -> None:
    spec = described(getting(TEXT, callbacks={"done": {}}), webhooks={"new": {"post": {}}})
    assert sorted(codes(imported(spec))) == ["CALLBACK", "WEBHOOK"]
