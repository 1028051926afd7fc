"""The one table of codes: everything a model can be told is in it, and nothing else."""

import re
from pathlib import Path

import engine.flow
from engine.flow.checks import PROBLEM_CODES

ROOT = Path(engine.flow.__file__).parent
CODE = re.compile(r'"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+|REQUIRED|UNREACHABLE)"')
READING = [*ROOT.glob("reading*.py"), ROOT / "fields.py", ROOT / "json_bounds.py"]


def codes_in(*paths: Path) -> set[str]:
    return {code for path in paths for code in CODE.findall(path.read_text())}


def test_every_code_is_in_the_table() -> None:
    sources = [*READING, *ROOT.glob("formats/*.py"), *ROOT.glob("checks/*.py"), *ROOT.glob("forms/check*.py")]
    used = codes_in(*(path for path in sources if path.name != "codes.py"))
    assert used - {"PROBLEM_CODES"} <= set(PROBLEM_CODES)


def test_every_code_of_the_table_is_used() -> None:
    sources = [path for path in ROOT.rglob("*.py") if path.name != "codes.py"]
    used = codes_in(*sources)
    of_expressions = {"EXPR_SYNTAX", "EXPR_UNKNOWN_NAME", "EXPR_TYPE", "EXPR_TOO_COSTLY"}
    of_variables = {code for code in PROBLEM_CODES if code.startswith("VARIABLES_")}
    of_the_graph = codes_in(*(ROOT.parents[1] / "schema" / "flows").glob("*.py"))
    of_the_graph |= {"GRAPHQL_VALIDATION_FAILED", "OPERATION_LIMIT"}  # what any operation is refused with
    assert set(PROBLEM_CODES) - used == (of_expressions | of_variables | of_the_graph) - used
    assert {code.replace("VARIABLES_", "FORM_") for code in of_variables} <= set(PROBLEM_CODES)
