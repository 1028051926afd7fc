"""Whoever imports a described API gets fields that give what the API answers, and is told what is missing."""

import os
from pathlib import Path

import pytest

from engine.problem import Severity
from engine.resource.model import Registry
from engine.resource.openapi import Imported, ImportOptions, RefusalCode, SpecRefused, import_openapi
from gateway.cli.composition import compose_files
from gateway.cli.module_files import ModuleFile
from gateway.limit_settings import LimitSettings
from schema.reserved import RESERVED_FIELDS, RESERVED_TYPES
from tests.docs.gateway import PUBLISHER, GuideGateway, open_guide_gateway
from tests.e2e.openapi.playing import PlayedApi, serve_played_api
from tests.e2e.openapi.questions import differences, question, root_field
from tests.e2e.openapi.specs import Json, example, example_names, github, read, tags_of

WIDE = LimitSettings(
    body_bytes=10_000_000,
    variables_bytes=10_000_000,
    query_bytes=1_000_000,
    tokens=50_000,
    fields=20_000,
    cost=1_000_000,
    depth=30,
    response_nesting=200,
)
EMPTY = {"3.0/json/openapi-workshop/title.json", "3.1/json/webhooks.json"}  # they have no operations
SHORT_TAGS = ["gists", "licenses", "meta"]
LARGE = {"3.0/json/star-trek.json"}  # with all of GitHub's, in the long form
LONG = os.environ.get("PAIFANG_TEST_IMPORT") == "long"  # all of GitHub's: minutes


def imported(path: Path, address: str, include: tuple[str, ...] = ()) -> Imported:
    options = ImportOptions(
        module="api",
        unit="api",
        source_name="api",
        base_url=f"http://{address}",
        include=include,
        reserved_types=RESERVED_TYPES,
        reserved_fields=RESERVED_FIELDS,
    )
    return import_openapi(path.read_text("utf-8"), path.name, options)


def composed(module: Imported, path: Path) -> Registry:
    composition = compose_files([ModuleFile(module="api", path=path, sdl=module.sdl)], {})
    errors = [problem for problem in composition.problems if problem.severity is Severity.ERROR]
    assert errors == [], errors[:3]
    assert composition.registry is not None
    return composition.registry


def check_report(module: Imported, labels: list[str]) -> None:
    """Every operation is imported, or named with the reason why it is not."""
    refused = {
        label
        for label in labels
        for problem in module.problems
        if problem.severity is Severity.ERROR and f"{problem.path} ".startswith(f"{label} ")
    }
    assert module.total == len(labels)
    assert module.imported + len(refused) == module.total


def data_of(answer: Json) -> Json:
    return answer["data"]


async def check_answers(registry: Registry, gateway: GuideGateway, api: PlayedApi) -> list[str]:
    """Ask for each imported field; what is wrong with the answers."""
    wrong: list[str] = []
    for root in ("Query", "Mutation"):
        for field in registry.types[root].fields.values() if root in registry.types else ():
            api.requests.clear()
            answer = await gateway.ask(question(registry, root, field.name), claims=PUBLISHER)
            if "errors" in answer or len(api.requests) != 1:
                wrong.append(f"{field.coordinate}: {answer.get('errors')} {list(api.requests)} {api.unknown}")
                continue
            label = next(iter(api.requests))
            declared = root_field(registry, root, field.name).type
            sent, got = api.answers.get(label, True), data_of(answer)[field.name]
            wrong += differences(sent, got, declared, registry.schema, field.coordinate)
    return wrong


async def play(path: Path, gateway: GuideGateway, api: PlayedApi, tag: str | None = None) -> list[str]:
    spec = read(path)
    labels = [label for label in api.play(spec) if tag is None or tag in tags_at(spec, label)]
    module = imported(path, api.address, (tag,) if tag else ())
    check_report(module, labels)
    registry = composed(module, path)
    await gateway.publish({"api": module.sdl}, dict.fromkeys(module.secrets, "secret"))
    print(f"{path.name} {tag or ''}: {module.imported} of {module.total} operations")  # with -s: the counts
    return [f"{path.name} {each}" for each in await check_answers(registry, gateway, api)]


def tags_at(spec: Json, label: str) -> list[str]:
    method, _, at = label.partition(" ")
    return spec["paths"][at][method.lower()].get("tags", [])


async def test_every_field_of_the_examples_gives_what_the_api_answers(tmp_path: Path) -> None:
    wrong: list[str] = []
    async with open_guide_gateway(tmp_path, WIDE) as gateway, serve_played_api() as api:
        for name in example_names():
            if name not in EMPTY and (LONG or name not in LARGE):
                wrong += await play(example(name), gateway, api)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_a_description_without_operations_is_refused(name: str) -> None:
    with pytest.raises(SpecRefused) as refused:
        imported(example(name), "127.0.0.1:9")
    assert refused.value.code is RefusalCode.NOTHING_IMPORTED


async def test_every_field_of_github_gives_what_the_api_answers(tmp_path: Path) -> None:
    wrong: list[str] = []
    async with open_guide_gateway(tmp_path, WIDE) as gateway, serve_played_api() as api:
        for tag in tags_of(read(github())) if LONG else SHORT_TAGS:
            wrong += await play(github(), gateway, api, tag)
    assert wrong == [], "\n".join(wrong)
