"""Vectors of questions: the nearest come first, an article once, and what was saved is loaded."""

from pathlib import Path

from kb_index.fields import number_of
from kb_index.vectors import Vectors, load, make

A, B, C = (number_of(article) for article in "abc")
ROWS = [(A, "d1", [1.0, 0.0]), (B, "d2", [0.0, 2.0]), (A, "d3", [3.0, 3.0]), (C, "d4", [-1.0, 0.0])]


def made() -> Vectors:
    return make("model", ROWS)


def test_articles_come_by_their_nearest_question_and_once() -> None:
    ranking = made().rank([0.1, 1.0])
    assert list(ranking.numbers) == [B]
    assert ranking.known == {A, B, C}
    assert list(made().rank([1.0, 1.0]).numbers) == [A]
    far = [(number_of(str(number)), f"f{number}", [-1.0, -0.1]) for number in range(20)]
    assert list(make("model", [*ROWS, *far]).rank([0.1, 1.0]).numbers) == [B, A]


def test_a_vector_of_another_size_and_no_rows_name_nothing() -> None:
    assert made().rank([1.0]).numbers == ()
    assert make("model", []).rank([1.0]).numbers == ()


def test_what_is_saved_is_loaded_and_knows_the_texts(tmp_path: Path) -> None:
    made().save(tmp_path / "vectors")
    loaded = load(tmp_path / "vectors")
    assert loaded is not None
    assert loaded.model == "model"
    assert loaded.rank([0.1, 1.0]) == made().rank([0.1, 1.0])
    assert loaded.by_digest().keys() == {"d1", "d2", "d3", "d4"}


def test_what_does_not_belong_together_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    assert load(path) is None
    made().save(path)
    make("model", ROWS[1:]).save(tmp_path / "other")
    (tmp_path / "other.npy").replace(tmp_path / "vectors.npy")
    assert load(path) is None
    path.write_text("[]")
    assert load(path) is None
