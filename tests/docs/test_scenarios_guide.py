"""docs/flows.md on scenarios: its file is the one that the example runs, its words are those of the code."""

import re
from pathlib import Path

from gateway.cli.scenario_files import AnswerEntry, ScenarioEntry

TOP = Path(__file__).parents[2]
TEXT = (TOP / "docs/flows.md").read_text("utf-8")


def test_the_scenario_stands_in_the_example_that_runs() -> None:
    [told] = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert (TOP / "examples/scenarios/fee.test.yaml").read_text("utf-8").startswith(told)


def test_every_word_of_a_scenario_is_told() -> None:
    table = TEXT.partition("| of a scenario | is |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`([a-z]+)`", table))
    assert told == (ScenarioEntry.model_fields.keys() - {"name"}) | AnswerEntry.model_fields.keys()
