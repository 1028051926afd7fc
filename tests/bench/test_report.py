"""The printed table and the record in docs/benchmarks.md."""

from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Verdict, figures_of
from bench.model import Sample
from bench.report import Circumstances, append_record, circumstances, format_table, format_verdicts

_AROUND = Circumstances(
    at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    commit="abc1234",
    machine="2 cores",
    command="scripts/bench",
    pace="5 s",
)


def _sample(server: str, value: float) -> Sample:
    return Sample(
        case="posts",
        server=server,
        unit="requests/s",
        value=value,
        p99_ms=12.34,
        cpu_us=50,
        upstream_calls=0.02,
    )


def test_the_table_is_markdown_with_aligned_columns() -> None:
    table = format_table(figures_of([_sample("tailcall", 45_000), _sample("paifang", 22_500)]))

    heading, rule, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
    ]
    assert len({len(line) for line in table.splitlines()}) == 1
    assert heading[:4] == ["case", "server", "median", "spread"]
    assert {cell.strip("-") for cell in rule} == {"", ":"}
    assert rows == [
        [
            "posts",
            "tailcall",
            "45,000 requests/s",
            "45,000–45,000",
            "1.00 ×",
            "0.50 ×",
            "",
            "12.3",
            "50.0",
            "0.02",
        ],
        [
            "posts",
            "paifang",
            "22,500 requests/s",
            "22,500–22,500",
            "0.50 ×",
            "1.00 ×",
            "",
            "12.3",
            "50.0",
            "0.02",
        ],
    ]


def test_a_figure_that_was_not_taken_leaves_its_cell_empty() -> None:
    table = format_table(figures_of([Sample(case="compile", server="paifang", unit="ms", value=3.25)]))

    cells = [cell.strip() for cell in table.splitlines()[-1].strip("|").split("|")]
    assert cells == ["compile", "paifang", "3.25 ms", "3.25–3.25", "", "1.00 ×", "", "", "", ""]


def test_verdicts_tell_gates_from_goals() -> None:
    lines = format_verdicts(
        [
            Verdict(sentence="a", holds=True, goal=False, beyond=False),
            Verdict(sentence="b", holds=False, goal=False, beyond=False),
            Verdict(sentence="c", holds=False, goal=True, beyond=False),
            Verdict(sentence="d", holds=False, goal=False, beyond=True),
        ]
    )

    assert lines.splitlines() == [
        "- gate holds: a",
        "- gate FAILS: b",
        "- goal not reached: c",
        "- gate out of reach: d",
    ]


def test_runs_are_appended_below_an_introduction(tmp_path: Path) -> None:
    record = tmp_path / "benchmarks.md"

    append_record(record, _AROUND, table="| first |", verdicts="- gate holds: a")
    append_record(record, _AROUND, table="| second |", verdicts="")

    text = record.read_text()
    assert text.count("# Benchmarks\n") == 1
    assert text.count("## 2026-01-02 03:04 UTC, commit abc1234\n\n`scripts/bench`: 5 s. 2 cores.\n") == 2
    assert text.index("| first |") < text.index("- gate holds: a") < text.index("| second |")


def test_the_circumstances_name_commit_cores_and_python() -> None:
    around = circumstances("scripts/bench --gate", pace="5 s", root=Path(__file__).parents[2])

    assert around.commit
    assert "cores" in around.machine
    assert "Python 3." in around.machine
