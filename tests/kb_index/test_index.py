"""An index through its life: changed, rebuilt, lost, broken, and shared between processes."""

import shutil
from pathlib import Path
from random import Random

import pytest

from kb_index.edition import ArticleChange
from kb_index.folder import WriterBusy
from kb_index.index import IndexOwner, IndexReader, IndexUnusable
from kb_index.soundness import find_damage
from tests.kb_index.knowledge import articles, ask, built, change, edition


def test_a_change_replaces_all_that_the_article_was(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "怎么退款", similar=("退钱",))])
    owner = IndexOwner(tmp_path)
    owner.apply([change(edition("a", "怎么付款", revision=2))], position=2)
    assert articles(ask(reader, "退钱")) == []
    assert [hit.revision for hit in ask(reader, "付款").hits] == [2]
    assert reader.position == owner.position == 2
    owner.apply([ArticleChange(article="a")], position=3)
    assert articles(ask(reader, "付款")) == []
    owner.close()


def test_one_byte_that_changed_anywhere_is_noticed_when_the_index_is_opened(tmp_path: Path) -> None:
    built(tmp_path, [edition(str(number), f"退款 {number}") for number in range(20)])
    directory = tmp_path / (tmp_path / "serving").read_text()
    files = [path for path in directory.iterdir() if len(path.stem) == 32]
    assert len(files) >= 6
    chance = Random(5)
    for path in files:
        whole = path.read_bytes()
        for _ in range(4):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
            if find_damage(directory) is None:  # a bit of the end that says who wrote it
                assert at > len(whole) - 140
                continue
            with pytest.raises(IndexUnusable, match=path.name):
                ask(IndexReader(tmp_path), "退款")
            owner = IndexOwner(tmp_path)
            assert owner.position == 0
            owner.close()
        path.write_bytes(whole)
    assert ask(IndexReader(tmp_path), "退款").total == 20


def test_an_index_that_changes_is_sound_all_the_while(tmp_path: Path) -> None:
    owner = IndexOwner(tmp_path)
    owner.rebuild([], position=0)
    for number in range(30):
        owner.apply([change(edition(str(number % 7), f"退款 {number}"))], position=number + 1)
        assert find_damage(tmp_path / (tmp_path / "serving").read_text()) is None
    owner.close()
    again = IndexOwner(tmp_path)
    assert again.position == 30
    again.close()


def test_applying_twice_changes_nothing(tmp_path: Path) -> None:
    owner = IndexOwner(tmp_path)
    owner.rebuild([], position=1)
    for _ in range(2):
        owner.apply([change(edition("a", "退款"))], position=2)
    assert ask(IndexReader(tmp_path), "退款").total == 1
    owner.close()


def test_one_process_writes_and_the_next_may_when_it_is_done(tmp_path: Path) -> None:
    owner = IndexOwner(tmp_path)
    with pytest.raises(WriterBusy):
        IndexOwner(tmp_path)
    owner.close()
    IndexOwner(tmp_path).close()


def test_a_rebuild_serves_the_old_index_until_it_is_done(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("old", "退款")])
    assert articles(ask(reader, "退款")) == ["old"]
    owner = IndexOwner(tmp_path)
    seen: list[list[str]] = []

    def changes() -> "list[ArticleChange]":
        seen.append(articles(ask(reader, "退款")))
        return [change(edition("new", "退款"))]

    owner.rebuild((one for one in changes()), position=9)
    assert seen == [["old"]]
    assert articles(ask(reader, "退款")) == ["new"]
    assert [one.name for one in tmp_path.iterdir() if one.is_dir()] == [(tmp_path / "serving").read_text()]
    owner.close()


def test_an_index_of_other_code_is_as_none(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款")])
    name = (tmp_path / "serving").read_text()
    (tmp_path / name).rename(tmp_path / "000000000000-1")
    (tmp_path / "serving").write_text("000000000000-1")
    assert (ask(reader, "退款").total, reader.position) == (0, 0)
    owner = IndexOwner(tmp_path)
    assert owner.position == 0
    owner.close()


def test_a_lost_directory_is_told_and_rebuilt(tmp_path: Path) -> None:
    reader = built(tmp_path, [edition("a", "退款")])
    owner = IndexOwner(tmp_path)
    shutil.rmtree(tmp_path / (tmp_path / "serving").read_text())
    with pytest.raises(IndexUnusable):
        owner.apply([change(edition("b", "退款"))], position=2)
    owner.rebuild([change(edition("b", "退款"))], position=2)
    assert articles(ask(reader, "退款")) == ["b"]
    owner.close()


def test_broken_files_are_told_by_reader_and_owner(tmp_path: Path) -> None:
    built(tmp_path, [edition("a", "退款")])
    (tmp_path / (tmp_path / "serving").read_text() / "meta.json").write_text("{")
    with pytest.raises(IndexUnusable):
        ask(IndexReader(tmp_path), "退款")
    owner = IndexOwner(tmp_path)
    with pytest.raises(IndexUnusable):
        owner.apply([change(edition("a", "退款"))], position=2)
    owner.close()


def test_a_lost_position_means_all_again(tmp_path: Path) -> None:
    built(tmp_path, [edition("a", "退款")])
    for file in tmp_path.glob("*.position"):
        file.write_text("")
    owner = IndexOwner(tmp_path)
    assert owner.position == 0
    owner.close()


def test_progress_is_told(tmp_path: Path) -> None:
    owner = IndexOwner(tmp_path)
    told: list[int] = []
    owner.rebuild((change(edition(str(n), "x")) for n in range(10_001)), position=1, progress=told.append)
    assert told == [5_000, 10_000]
    owner.close()
