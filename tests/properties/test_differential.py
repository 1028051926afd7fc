"""The compiled plan held to graphql-core on thousands of random operations.

A failure names its seed; `PAIFANG_TEST_PROPERTY_SEED=<seed> pytest tests/properties` runs that case alone.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from graphql import DocumentNode

from engine.resource.mapping import generate
from engine.resource.plan import projection
from engine.resource.plan.interpret import Grouped, Interpreter
from engine.resource.plan.writing import Bubble, Writer
from tests.properties.cases import Case, Document, open_stage, random_document
from tests.properties.comparing import differences
from tests.properties.features import FEATURES, features
from tests.properties.shrinking import shrink, used_lines

SCHEMAS = 90
DOCUMENTS = 9  # of each schema
RUNS = 4  # of each document: other variables, callers and worlds
LEAST = 200  # times that each feature has to occur
ONLY = os.environ.get("PAIFANG_TEST_PROPERTY_SEED")


def cases(schemas: range) -> Iterator[Case]:
    for schema in schemas:
        stage = open_stage(str(schema))
        for document in range(DOCUMENTS):
            found = random_document(stage, Random(f"{schema}/{document}"))
            for run in range(RUNS if found is not None else 0):
                assert found is not None, "there are no runs of nothing"
                seed = f"{schema}/{document}/{run}"
                if ONLY in (None, seed):
                    yield Case.of(seed, stage, found)


def explain(case: Case, found: list[str]) -> str:
    """The case made small, and both answers to it."""

    def of(node: DocumentNode) -> Case:
        return replace(case, document=Document.of(case.stage, case.document.written, node))

    small = shrink(case.document.node, case.stage.schema, lambda node: bool(differences(of(node).run())))
    report = of(small).run().report
    return "\n".join([*found, report.replace(case.stage.sdl, used_lines(case.stage.sdl, small))])


def test_the_compiled_plan_answers_as_graphql_core_does(capsys: pytest.CaptureFixture[str]) -> None:
    seen: Counter[str] = Counter()
    schemas = range(SCHEMAS) if ONLY is None else range(int(ONLY.split("/")[0]), int(ONLY.split("/")[0]) + 1)
    for case in cases(schemas):
        outcome = case.run()
        found = differences(outcome)
        if found:
            pytest.fail(explain(case, found), pytrace=False)
        seen["operations"] += 1
        seen.update(features(outcome))
    with capsys.disabled():
        print("\n" + "\n".join(f"{seen[name]:7,}  {name}" for name in ("operations", *FEATURES)))
    if ONLY is None:
        assert not [name for name in FEATURES if seen[name] < LEAST]


def any_difference(schemas: range) -> bool:
    return any(differences(case.run()) for case in cases(schemas))


@pytest.mark.skipif(ONLY is not None, reason="one case is asked for")
def test_wide_objects_are_made_and_written_as_narrow_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "MAX_GENERATED", 0)
    monkeypatch.setattr(projection, "MAX_WHOLE", 0)
    monkeypatch.setattr(projection, "PART", 2)

    assert not any_difference(range(SCHEMAS, SCHEMAS + 8))


@pytest.mark.skipif(ONLY is not None, reason="one case is asked for")
def test_a_broken_null_propagation_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops_here(writer: Writer, *arguments: object) -> None:
        try:
            nothing(writer, *arguments)  # type: ignore[arg-type] # handed on as they came
        except Bubble:
            return

    nothing = Writer.nothing
    monkeypatch.setattr(Writer, "nothing", stops_here)

    assert any_difference(range(10))


@pytest.mark.skipif(ONLY is not None, reason="one case is asked for")
def test_broken_aliases_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_name(self: Interpreter, *arguments: object) -> None:
        collect(self, *arguments)  # type: ignore[arg-type] # handed on as they came
        grouped: Grouped = arguments[2]  # type: ignore[assignment] # the keys so far
        for key, nodes in list(grouped.items()):
            if nodes[0].name.value not in grouped:
                grouped[nodes[0].name.value] = grouped.pop(key)

    collect = Interpreter._collect  # pyright: ignore[reportPrivateUsage] # what is broken on purpose
    monkeypatch.setattr(Interpreter, "_collect", by_name)

    assert any_difference(range(10))
