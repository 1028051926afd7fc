"""What a question is looked up by in a large index, and how single questions are weighed by all of it."""

from pathlib import Path

import pytest

from kb_index.fields import ARTICLE, QUESTION, Card, schema_of_index
from kb_index.folder import IndexFolder
from kb_index.index import IndexReader, open_index
from kb_index.synonyms import Synonyms
from kb_index.terms import Terms, telling, terms_of
from kb_index.vocabulary import Vocabulary
from kb_index.weighing import Scale
from tests.kb_index.knowledge import articles, ask, built, edition

ALIKE = 6_000  # articles: more than are looked at whatever the terms tell
NONE = Synonyms()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every article has `how`, half of them `card`, one `passport`."""
    texts = [f"how x{n}" if n % 2 else f"how card x{n}" for n in range(ALIKE)]
    texts[7] += " passport"
    made = tmp_path_factory.mktemp("large")
    built(made, [edition(str(n), text) for n, text in enumerate(texts)])
    return made


def vocabulary_of(folder: Path) -> Vocabulary:
    name = IndexFolder(folder).serving()
    assert name is not None
    return Vocabulary(schema_of_index(), open_index(folder / name).searcher())


def looked_up(folder: Path, part: str, terms: Terms) -> list[int]:
    """In how many documents the terms are that are looked up, in their order."""
    return [known.documents for known, _ in telling(part, terms, vocabulary_of(folder)).terms]


def test_where_many_documents_have_its_terms_the_words_of_a_question_stand_for_their_trigrams(
    folder: Path,
) -> None:
    common = terms_of("how passport", NONE)
    assert looked_up(folder, QUESTION, common) == [ALIKE, 1]
    assert len(looked_up(folder, ARTICLE, common)) == len(common.words) + len(common.grams)
    rare = terms_of("passport", NONE)
    assert len(looked_up(folder, QUESTION, rare)) == 1 + len(rare.grams)


def test_a_typo_is_looked_up_by_its_trigrams_among_many_documents_too(folder: Path) -> None:
    assert looked_up(folder, QUESTION, terms_of("how pasport", NONE)).count(1) >= 4


def test_a_typo_and_a_common_word_find_the_rare_article_in_a_large_index(folder: Path) -> None:
    assert articles(ask(IndexReader(folder), "how card pasport"))[0] == "7"


def test_a_question_is_weighed_by_all_terms_more_for_a_shorter_text_and_for_a_term_that_comes_twice(
    folder: Path,
) -> None:
    scale = Scale(terms_of("how card", NONE), vocabulary_of(folder))

    def weigh(words: str) -> float:
        return scale.weigh(Card(QUESTION, "a", 1, words, words=words))

    assert weigh("x1") == 0
    assert weigh("how card") > weigh("card x1") > weigh("how x1") > 0
    assert weigh("card x1") > weigh("card x1 x2 x3")
    assert weigh("card card") > weigh("card x1")
    assert weigh("how card") == pytest.approx(weigh("card how"))


def test_synonyms_are_weighed_at_half(folder: Path) -> None:
    vocabulary = vocabulary_of(folder)
    own = Scale(terms_of("card", NONE), vocabulary)
    other = Scale(terms_of("kard", Synonyms([["kard", "card"]])), vocabulary)
    card = Card(QUESTION, "a", 1, "card", words="card")
    assert other.weigh(card) == pytest.approx(own.weigh(card) / 2)
