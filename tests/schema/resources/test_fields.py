"""One field as clients read it: what it needs, who uses it, and how it did, for those of its unit."""

from pathlib import Path

import pytest

from engine.access import Principal
from engine.resource.quality.facts import FieldCount, FieldKey
from tests.platform.callers import ANYBODY, CARE, READER, RIDES
from tests.platform.opened import OpenPlatform, open_platform
from tests.resolvers.quality.services import SaidMeters
from tests.resolvers.resources.test_usage import BIKES, deploy, flow, publish
from tests.schema.answers import answer_of, refusal_of

ASK = """
query F($coordinate: String!) {
  resourceField(coordinate: $coordinate) {
    coordinate type kind unit api dependsOn requiredBy usedByFlows usedByRules bound
    quality { calls }
  }
}
"""


async def ask(platform: OpenPlatform, coordinate: str, principal: Principal = RIDES) -> object:
    result = await platform.execute(ASK, {"coordinate": coordinate}, principal=principal)
    return answer_of(result)["resourceField"]


async def test_a_field_is_told_with_the_flows_that_use_it(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())

        assert await ask(platform, "Bike.tag") == {
            "coordinate": "Bike.tag",
            "type": "String!",
            "kind": "VALUE",
            "unit": "rides",
            "api": None,
            "dependsOn": [],
            "requiredBy": [],
            "usedByFlows": ["lost@1"],
            "usedByRules": [],
            "bound": "0",
            "quality": None,
        }
        told = await ask(platform, "Query.bike")
        assert isinstance(told, dict)
        assert (told["kind"], told["bound"], told["usedByFlows"]) == ("API", "1", ["lost@1"])


async def test_how_a_field_did_is_for_its_unit(tmp_path: Path) -> None:
    meters = SaidMeters()
    async with open_platform(tmp_path, meters=meters) as platform:
        await publish(platform, BIKES)
        meters.waiting.field(FieldKey("rides", "Bike.name", (), "web", "")).add(FieldCount(calls=4))

        for principal, quality in ((RIDES, {"calls": 4}), (CARE, None), (READER, None)):
            told = await ask(platform, "Bike.name", principal)
            assert isinstance(told, dict)
            assert told["quality"] == quality


async def test_what_is_not_registered_is_null_and_what_is_no_field_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)

        assert await ask(platform, "Bike.wings") is None
        assert await ask(platform, "Query.quality") is None
        for coordinate in ("", "Bike.", "a b", "Bike.tag.more", "$where"):
            result = await platform.execute(ASK, {"coordinate": coordinate}, principal=RIDES)
            assert refusal_of(result) == "BAD_USER_INPUT"


ROWS = "query F($coordinate: String!) { quality(filter: { coordinate: $coordinate }) { key } }"


@pytest.mark.parametrize("text", [ASK, ROWS])
async def test_nobody_is_told_anything(text: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(text, {"coordinate": "Bike.name"}, principal=ANYBODY)

        assert refusal_of(result) == "UNAUTHENTICATED"
