"""What is hostile or broken is refused with a code, before anything is made of it."""

import pytest

from engine.resource.openapi import RefusalCode, SpecRefused
from engine.resource.openapi.document import read_document
from tests.engine.resource.openapi.importing import Json, described, getting, imported

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def code_of(spec: Json | str, **files: str) -> RefusalCode:
    with pytest.raises(SpecRefused) as refused:
        imported(spec, {f"{name}.yaml": text for name, text in files.items()})
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [", RefusalCode.SPEC_SYNTAX),
        ("just text", RefusalCode.SPEC_SYNTAX),
        ("a: *unknown", RefusalCode.SPEC_SYNTAX),
        ("a: &a [*a]", RefusalCode.SPEC_SYNTAX),
        ("[" * 5_000, RefusalCode.SPEC_TOO_DEEP),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, RefusalCode.SPEC_TOO_DEEP),
        (BOMB, RefusalCode.SPEC_TOO_LARGE),
        ("swagger: '2.0'", RefusalCode.SPEC_VERSION),
        ("openapi: 3.2.0", RefusalCode.SPEC_VERSION),
        ("openapi: 3.1.0", RefusalCode.NOTHING_IMPORTED),
        ("a: !!python/object/apply:os.system [x]", RefusalCode.SPEC_VERSION),  # a tag is not even looked at
    ],
)
def test_a_text_that_is_no_description(text: str, code: RefusalCode) -> None:
    assert code_of(text) is code


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("https://elsewhere.test/a.yaml", RefusalCode.REF_REMOTE),
        ("//elsewhere.test/a.yaml#/x", RefusalCode.REF_REMOTE),
        ("file:///etc/passwd", RefusalCode.REF_REMOTE),
        ("../a.yaml", RefusalCode.REF_OUTSIDE),
        ("b/../../a.yaml", RefusalCode.REF_OUTSIDE),
        ("/etc/passwd", RefusalCode.REF_OUTSIDE),
        ("%2e%2e/a.yaml", RefusalCode.REF_OUTSIDE),
        ("#/components/schemas/none", RefusalCode.REF_UNRESOLVED),
        ("#anchor", RefusalCode.REF_UNRESOLVED),
        ("#/components/schemas/loop", RefusalCode.REF_CYCLE),
        ("beside.yaml#/back", RefusalCode.REF_CYCLE),
    ],
)
def test_a_reference_that_is_not_followed(reference: str, code: RefusalCode) -> None:
    loop: Json = {
        "loop": {"$ref": "#/components/schemas/pool"},
        "pool": {"$ref": "#/components/schemas/loop"},
    }
    spec = described(getting({"$ref": reference}), components={"schemas": loop})
    assert code_of(spec, beside="back: { $ref: 'spec.yaml#/components/schemas/loop' }") is code


def test_references_into_files_beside_the_description_are_followed() -> None:
    spec = described(getting({"$ref": "parts/pet.yaml"}))
    files = {
        "parts/pet.yaml": "type: object\nproperties: { tag: { $ref: 'tag.yaml#/Tag' } }",
        "parts/tag.yaml": "Tag: { type: object, properties: { on: { type: boolean } } }",
    }
    assert "tag? {" in imported(spec, files).sdl


def test_a_tree_of_doubling_types_is_cut_to_a_size_that_can_be_asked_for() -> None:
    schemas: Json = {
        f"t{n}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/t{n + 1}"} for name in "abcd"},
        }
        for n in range(30)
    }
    schemas["t30"] = {"type": "object", "properties": {"end": {"type": "string"}}}
    made = imported(described(getting({"$ref": "#/components/schemas/t0"}), components={"schemas": schemas}))
    assert len(made.sdl) < 60_000
    assert {problem.code for problem in made.problems} == {"TOO_DEEP", "TOO_LARGE"}


def test_parts_that_contain_one_another_end() -> None:
    schemas: Json = {
        "a": {"allOf": [{"$ref": "#/components/schemas/b"}, {"$ref": "#/components/schemas/b"}]},
        "b": {"allOf": [{"$ref": "#/components/schemas/a"}], "properties": {"x": {"type": "string"}}},
        "list": {"type": "array", "items": {"$ref": "#/components/schemas/list"}},
    }
    spec = described(
        getting({"$ref": "#/components/schemas/a"})
        | {
            "/l": {
                "get": {
                    "responses": {
                        "200": {
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/list"}}}
                        }
                    }
                }
            }
        },
        components={"schemas": schemas},
    )
    assert "getL: [JSON]" in imported(spec).sdl


def test_without_an_absolute_server_a_base_url_is_asked_for() -> None:
    spec = described(getting({"type": "string"}))
    spec["servers"] = [{"url": "/v1"}]
    assert code_of(spec) is RefusalCode.SERVER_MISSING
    assert "http://127.0.0.1:9" in imported(spec, base_url="http://127.0.0.1:9").sdl


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("2026-01-01", "2026-01-01"),
        ("0777", 777),
        ("1e3", 1000.0),
        ("~", None),
        ("'1'", "1"),
        ("true", True),
    ],
)
def test_yaml_is_read_as_json_would_be(text: str, value: object) -> None:
    assert read_document(f"200: {text}", "a.yaml") == {"200": value}


def test_merge_keys_of_yaml_are_understood() -> None:
    assert read_document("a: &a { x: 1 }\nb: { <<: *a, y: 2 }", "a.yaml")["b"] == {"x": 1, "y": 2}
