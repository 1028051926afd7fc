"""Articles come in as CSV, JSON lines and XLSX, row by row; what goes out comes in again, and never runs."""

import json
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from resolvers.knowledge.sheets import join_list, split_list
from resolvers.knowledge.spreadsheets import defused
from tests.platform.callers import CARE
from tests.resolvers.knowledge.desk import (
    ARTICLE,
    CARE_EDITOR,
    EDITOR,
    LIST,
    PUBLISH,
    SAVE,
    USER,
    Desk,
    draft,
    open_desk,
)
from tests.servers.document_stores import StoreData

IMPORT = """
mutation ($input: ImportInput!) {
  importArticles(input: $input) {
    created updated rejected problems { line column code path severity suggestion }
  }
}
"""
EXPORT = (
    "query ($format: String!, $filter: ArticleFilter) { exportArticles(format: $format, filter: $filter) }"
)
HEADER = "question,similar,answer,answer:app,category,tags,dimensions,kind\n"


def given(
    data: str, format_: str = "csv", *, unit: str = "rides", publish: bool = False
) -> Mapping[str, Any]:
    return {"format": format_, "data": data, "unit": unit, "publish": publish}


def workbook(*rows: list[object]) -> str:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new book has a sheet
    out = BytesIO()
    book.save(out)
    return b64encode(out.getvalue()).decode()


async def the_article(desk: Desk, nth: int = 0) -> Any:  # Any: JSON
    found = await desk.ask(LIST, first=20, filter={})
    return await desk.ask(ARTICLE, id=found["nodes"][nth]["id"])


async def test_rows_of_csv_become_articles(tmp_path: Path, store_data: StoreData) -> None:
    rows = (
        '锁打不开,"打不开锁 | can\\|not",重启,"在 App 里, 重启",locks|bikes,a|b,"{""city"": [""BJ""]}",qa\n'
    )
    async with open_desk(tmp_path, store_data) as desk:
        report = await desk.ask(IMPORT, input=given("\ufeff" + HEADER + rows, publish=True))
        assert report == {"created": 1, "updated": 0, "rejected": 0, "problems": []}
        made = await the_article(desk)
        assert (made["question"], made["status"], made["kind"]) == ("锁打不开", "PUBLISHED", "QA")
        assert made["similar"] == ["打不开锁", "can|not"]
        bodies = {one["channel"]: one["body"] for one in made["answers"]}
        assert bodies == {None: "重启", "app": "在 App 里, 重启"}
        assert (made["category"], made["tags"], made["dimensions"]) == (
            ["locks", "bikes"],
            ["a", "b"],
            {"city": ["BJ"]},
        )


async def test_a_row_with_an_id_or_a_known_question_updates(tmp_path: Path, store_data: StoreData) -> None:
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.publish("First", tags=["kept"])
        await desk.ask(SAVE, CARE_EDITOR, input=draft("first", unit="care"))
        rows = f"id,question,answer\n,FIRST,again\n{first['id']},Renamed,third\nnew-1,Second,x\n,second,y\n"
        report = await desk.ask(IMPORT, input=given(rows))
        assert (report["created"], report["updated"], report["rejected"]) == (1, 3, 0)
        renamed = await desk.ask(ARTICLE, id=first["id"])
        assert (renamed["question"], renamed["revision"], renamed["tags"]) == ("Renamed", 3, ["kept"])
        assert (renamed["status"], renamed["publishedRevision"]) == ("DRAFT", 1)
        second = await desk.ask(ARTICLE, id="new-1")
        assert second["answers"][0]["body"] == "y"


async def test_bad_rows_are_told_by_row_and_column_and_the_others_are_taken(tmp_path: Path) -> None:
    rows = "good,,a,,,,,\n,,b,,,,,\nbad,,c,,,,{,\nworse,,d,,,,,ODD\n"
    async with open_desk(tmp_path) as desk:
        report = await desk.ask(IMPORT, input=given(HEADER + rows))
        assert (report["created"], report["rejected"]) == (1, 3)
        told = [(one["line"], one["column"], one["code"], one["path"]) for one in report["problems"]]
        assert told == [
            (3, 1, "TEXT_MISSING", "question"),
            (4, 7, "CELL_UNREADABLE", "dimensions"),
            (5, 8, "KIND_UNKNOWN", "kind"),
        ]


async def test_a_column_that_is_none_is_told_with_the_nearest(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        report = await desk.ask(IMPORT, input=given("question;anwser\na;b\n"))
        (problem,) = report["problems"]
        assert (problem["line"], problem["column"], problem["severity"]) == (1, 2, "WARNING")
        assert problem["suggestion"] == "did you mean answer?"
        assert report["created"] == 1


async def test_json_lines_are_articles_one_each(tmp_path: Path) -> None:
    whole = draft(
        "Whole", answers=[{"body": "<b>x</b>", "format": "html", "language": "en"}], attributes={"n": 1}
    )
    lines = [
        json.dumps(whole),
        "",
        "{",
        "[]",
        json.dumps({"question": "Typed", "tags": "x", "answers": [{"bdy": 1}]}),
    ]
    async with open_desk(tmp_path) as desk:
        report = await desk.ask(IMPORT, input=given("\n".join(lines), "jsonl"))
        assert (report["created"], report["rejected"]) == (1, 3)
        told = [(one["line"], one["code"], one["path"]) for one in report["problems"]]
        assert told == [
            (3, "ROW_UNREADABLE", ""),
            (4, "ROW_UNREADABLE", ""),
            (5, "VALUE_TYPE", "tags"),
            (5, "NAME_UNKNOWN", "answers[0].bdy"),
        ]
        made = await the_article(desk)
        assert (made["answers"][0]["language"], made["attributes"]) == ("en", {"n": 1})


async def test_cells_of_a_workbook_are_read_as_texts(tmp_path: Path) -> None:
    book = workbook(["question", "answer", "attributes", "tags"], [42, 3.0, '{"a": 1}', True], [None] * 4)
    async with open_desk(tmp_path) as desk:
        report = await desk.ask(IMPORT, input=given(book, "xlsx", publish=True))
        assert (report["created"], report["problems"]) == (1, [])
        made = await the_article(desk)
        assert (made["question"], made["answers"][0]["body"], made["tags"]) == ("42", "3", ["true"])


def bomb() -> str:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    return b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    ("data", "format_", "code"),
    [
        ("a", "doc", "IMPORT_FORMAT_UNKNOWN"),
        ("name,answer\na,b\n", "csv", "IMPORT_UNREADABLE"),
        ('question\n"a', "csv", "IMPORT_UNREADABLE"),
        ("question,answer\na," + "b" * 200_000, "csv", "IMPORT_UNREADABLE"),
        ("not base64", "xlsx", "IMPORT_UNREADABLE"),
        (b64encode(b"PK\5\6" + b"\0" * 18).decode(), "xlsx", "IMPORT_UNREADABLE"),
        (bomb(), "xlsx", "IMPORT_TOO_LARGE"),
        ("question\n" + "a\n" * 10_001, "csv", "IMPORT_TOO_LARGE"),
        ("x" * 20_000_001, "jsonl", "IMPORT_TOO_LARGE"),
    ],
)
async def test_what_is_no_file_of_articles_is_refused(
    tmp_path: Path, data: str, format_: str, code: str
) -> None:
    async with open_desk(tmp_path) as desk:
        assert await desk.refused(IMPORT, input=given(data, format_)) == code


async def test_only_the_units_editors_import_and_other_units_articles_stay(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        own = await desk.save()
        rows = f"id,question,answer\n{own['id']},Taken,x\n"
        assert await desk.refused(IMPORT, USER, input=given(rows)) == "ACCESS_DENIED"
        assert await desk.refused(IMPORT, CARE, input=given(rows)) == "ACCESS_DENIED"
        report = await desk.ask(IMPORT, CARE, input=given(rows, unit="care"))
        assert (report["rejected"], report["problems"][0]["code"]) == (1, "ARTICLE_NOT_FOUND")
        other = await desk.ask(IMPORT, input=given("question,unit\na,care\n"))
        assert other["problems"][0]["code"] == "UNIT_OTHER"
        assert (await desk.ask(ARTICLE, id=own["id"]))["question"] == own["question"]


async def test_a_unit_that_wants_review_gets_its_rows_to_review(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        rows = given("question,answer\na,b\n", unit="care", publish=True)
        report = await desk.ask(IMPORT, CARE_EDITOR, input=rows)
        assert (report["created"], report["problems"][0]["code"]) == (1, "REVIEW_REQUIRED")
        (node,) = (await desk.ask(LIST, CARE_EDITOR, first=9, filter={}))["nodes"]
        assert node["status"] == "REVIEW"


async def test_the_same_import_twice_is_done_once(tmp_path: Path, store_data: StoreData) -> None:
    rows = given(HEADER + ",,x,,,,,\nb,,x,,,,,\n")
    async with open_desk(tmp_path, store_data) as desk:
        first = await desk.ask(IMPORT, key="k", input=rows)
        assert await desk.ask(IMPORT, key="k", input=rows) == first
        assert (first["created"], first["rejected"]) == (1, 1)


NASTY = ["=1+1", "'=x", "''-x", "@SUM(A1)", "+49 30", "-", "\t=x", "＝1", "a|b", 'say "hi", twice\nover']


@pytest.mark.parametrize("format_", ["csv", "jsonl", "xlsx"])
async def test_what_is_exported_is_imported_again_unchanged(tmp_path: Path, format_: str) -> None:
    async with open_desk(tmp_path) as desk:
        for text in NASTY:
            await desk.publish(text, similar=["a|b", "c"], answers=[{"body": f"{text}."}], tags=["=t"])
        await desk.save("plain", answers=[{"body": "x"}, {"body": "y", "channel": "app"}])
        rich = {"body": "<b>z</b>", "format": "html", "language": "en", "channel": "app", "flowKey": "f"}
        await desk.save(
            "rich", answers=[rich, {"body": "x"}], attributes={"p": [1]}, dimensions={"city": "BJ"}
        )
        before = await desk.ask(EXPORT, format=format_)
        report = await desk.ask(IMPORT, input=given(before, format_))
        assert (report["created"], report["updated"], report["rejected"]) == (0, len(NASTY) + 2, 0)
        after = await desk.ask(LIST, first=50, filter={})
        assert {one["revision"] for one in after["nodes"]} == {1}


async def test_no_cell_of_an_export_is_a_formula(tmp_path: Path) -> None:
    """S11."""
    async with open_desk(tmp_path) as desk:
        for text in NASTY:
            await desk.save(text, answers=[{"body": text}], tags=[text])
        exported = await desk.ask(EXPORT, format="csv")
        cells = [cell for line in exported.splitlines() for cell in line.replace('"', "").split(",")]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝"))]


async def test_an_export_has_what_the_caller_sees(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.save("Draft")
        agents = await desk.publish("Agents", audiences=["agent"])
        await desk.publish("All", answers=[{"body": "a"}, {"body": "for agents", "channel": "hotline"}])
        for caller, seen in ((EDITOR, {"Draft", "Agents", "All"}), (USER, {"All"}), (CARE, set[str]())):
            lines = (await desk.ask(EXPORT, caller, format="jsonl")).splitlines()
            assert {json.loads(line)["question"] for line in lines} == seen
        (only,) = (await desk.ask(EXPORT, format="jsonl", filter={"tag": "t"})).splitlines() or [""]
        assert only == ""
        assert await desk.refused(EXPORT, format="pdf") == "EXPORT_FORMAT_UNKNOWN"
        await desk.ask(PUBLISH, id=agents["id"])


def test_lists_in_a_cell_come_back() -> None:
    assert split_list(join_list(["a|b", "c", "\\"])) == ["a|b", "c", "\\"]
    assert [defused(text) for text in ("a", "=a", "'a", "'=a")] == ["a", "'=a", "'a", "''=a"]
