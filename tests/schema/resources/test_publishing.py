"""publishResources and rollbackResources as clients use them."""

from pathlib import Path

from tests.platform.callers import ANYBODY, CARE, RIDES, RIDES_AGENT
from tests.platform.modules import sdl
from tests.platform.opened import open_platform
from tests.schema.answers import answer_of, refusal_of

PUBLISH = """
mutation Publish($input: ResourcesInput!) {
  publishResources(input: $input) {
    name unit version sdl publishedAt publishedBy revision
    problems { code }
    history { version sdl publishedAt publishedBy reason }
  }
}
"""


async def test_a_publisher_of_the_unit_publishes_a_module(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        result = await platform.execute(
            PUBLISH, {"input": {"module": "bikes", "sdl": sdl(), "reason": "first"}}, principal=RIDES
        )
        module = answer_of(result)["publishResources"]
        assert module["name"] == "bikes"
        assert module["unit"] == "rides"
        assert module["version"] == 1
        assert module["publishedBy"] == "ruth"
        assert module["revision"] == platform.revisions.current().revision
        assert "bike" in platform.revisions.current().schema.query_type.fields  # pyright: ignore[reportOptionalMemberAccess]  # there is a query type
        assert [entry["reason"] for entry in module["history"]] == ["first"]


async def test_publishing_is_refused_to_others(tmp_path: Path) -> None:
    variables = {"input": {"module": "bikes", "sdl": sdl()}}
    async with open_platform(tmp_path) as platform:
        anonymous = await platform.execute(PUBLISH, variables, principal=ANYBODY)
        without_role = await platform.execute(PUBLISH, variables, principal=RIDES_AGENT)
        other_unit = await platform.execute(PUBLISH, variables, principal=CARE)
        assert refusal_of(anonymous) == "UNAUTHENTICATED"
        assert refusal_of(without_role) == "ACCESS_DENIED"
        assert refusal_of(other_unit) == "ACCESS_DENIED"
        assert platform.revisions.served == []
