"""Train a `Classifier` on the questions of articles that have many. Needs the extra `classifier`."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from kb_index.classifier import MAX_CHARS, Classifier, features_of
from kb_index.edition import Edition
from kb_index.fields import number_of
from kb_index.weights import MIN_ARTICLES, MIN_QUESTIONS

MAX_ARTICLES = 2_000  # those with the most questions; time and memory grow with their number
MAX_TERMS = 30_000  # the most frequent; with all the articles 240 MB of weights, mapped and shared
SOFTNESS = 1.0  # C of the machine: Banking77 full .915 R@1 alone, .906 with 0.3


def train(editions: Iterable[Edition]) -> Classifier | None:
    """None where too few articles have enough questions. The same editions give the same classifier.

    Takes CPU seconds to minutes, most of it outside the interpreter's lock: run it beside, not in a request.
    """
    questions = list(dict.fromkeys(_labelled(editions)))
    learned = _with_many(questions)
    if len(learned) < MIN_ARTICLES:
        return None
    chosen = [(text, number) for text, number in questions if number in learned]
    texts, labels = [text for text, _ in chosen], [number for _, number in chosen]
    vectorizer = TfidfVectorizer(
        analyzer=features_of, sublinear_tf=True, max_features=MAX_TERMS, dtype=np.float32
    )
    machine = LinearSVC(C=SOFTNESS, random_state=0).fit(vectorizer.fit_transform(texts), labels)
    numbers: list[int] = machine.classes_.tolist()
    return Classifier(
        numbers=numbers,
        known=frozenset(numbers),
        rows={str(term): int(row) for term, row in vectorizer.vocabulary_.items()},
        rarities=vectorizer.idf_.tolist(),
        weights=np.ascontiguousarray(machine.coef_.T, np.float32),
        intercepts=machine.intercept_.tolist(),
    )


def _labelled(editions: Iterable[Edition]) -> Iterable[tuple[str, int]]:
    for edition in editions:
        number = number_of(edition.article)
        yield from ((text[:MAX_CHARS], number) for text in (edition.question, *edition.similar))


def _with_many(questions: Iterable[tuple[str, int]]) -> set[int]:
    counts = Counter(number for _, number in questions)
    enough = sorted((-count, number) for number, count in counts.items() if count >= MIN_QUESTIONS)
    return {number for _, number in enough[:MAX_ARTICLES]}
