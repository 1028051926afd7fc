"""`paifang explain`: the same plan from files as from a gateway, as text, diagram and JSON."""

import json
from pathlib import Path

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.gateway.cli.test_check import MISSPELT, SHOP, write

QUERY = 'query Item { item(id: "1") { title } }'


def test_the_plan_needs_no_gateway(paifang: Command, tmp_path: Path) -> None:
    resources = ("--resources", *write(tmp_path, shop=SHOP))
    ended = paifang("explain", "-q", QUERY, *resources)
    assert ended.code == ExitCode.OK, ended.err
    assert "items.get: GET http://shop.test/items/{$args.id}" in ended.out
    (tmp_path / "item.txt").write_text(QUERY)
    assert paifang("explain", str(tmp_path / "item.txt"), *resources).out == ended.out


def test_it_is_a_diagram_or_everything_as_json(paifang: Command, tmp_path: Path) -> None:
    asked = ("explain", "-q", QUERY, "--resources", *write(tmp_path, shop=SHOP))
    plan = json.loads(paifang(*asked, "--json").out)
    assert (plan["bound"], plan["maxWaves"]) == ("1", 1)
    assert plan["groups"][0]["calls"][0]["neededBy"]
    assert paifang(*asked, "--mermaid").out.strip() == plan["mermaid"].strip()


def test_a_field_that_does_not_exist_is_a_problem(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("explain", "-q", "{ itm }", "--resources", *write(tmp_path, shop=SHOP))
    assert ended.code == ExitCode.PROBLEMS
    assert "Did you mean 'item'?" in ended.err
    assert "next: correct the query" in ended.err


def test_resources_with_errors_are_checked_first(paifang: Command, tmp_path: Path) -> None:
    (file,) = write(tmp_path, shop=MISSPELT)
    ended = paifang("explain", "-q", QUERY, "--resources", file)
    assert ended.code == ExitCode.PROBLEMS
    assert f"{file}:7:" in ended.out


def test_there_must_be_one_operation_and_its_variables_an_object(paifang: Command, tmp_path: Path) -> None:
    assert paifang("explain").code == ExitCode.USAGE
    assert paifang("explain", "x.graphql", "-q", QUERY).code == ExitCode.USAGE
    resources = ("--resources", *write(tmp_path, shop=SHOP))
    assert paifang("explain", "-q", QUERY, *resources, "--variables", "[1]").code == ExitCode.USAGE
