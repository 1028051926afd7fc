"""What the knowledge use cases refuse, each class saying when.

Refusal
├── ArticleNotFound         no such article, or not for this caller
├── ArticleInvalid          what is to be saved or published has errors; all are told
├── ArticleVersionConflict  the article is not at the revision the caller has seen, or others kept winning
├── ArticleStatusRefused    an article in this status cannot do this
├── CategoryInvalid         a category's schema cannot be validated with; all faults are told
├── CategoryConflict        the category is not at the revision the caller has seen, or others kept winning
├── ReviewRequired          its unit publishes only what was reviewed
├── ImportRefused           nothing was imported: the file is not one of this format
├── ExportRefused           there is no file of this format, or it would be too large
├── KnowledgeUnavailable    the index is being made: try again
└── SynonymsInvalid         groups that are none
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.problem import Problem
from resolvers.errors import Refusal
from resolvers.knowledge.article import ArticleStatus


class ArticleNotFound(Refusal):
    code = "ARTICLE_NOT_FOUND"

    def __init__(self, *, article: str) -> None:
        super().__init__(f"There is no article {article!r} that you may use so.")
        self.article = article

    @property
    def facts(self) -> Mapping[str, object]:
        return {"article": self.article}


class ArticleInvalid(Refusal):
    code = "ARTICLE_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        told = "; ".join(f"{one.path}: {one.message}" for one in problems[:3])
        super().__init__(f"The article cannot be used so: {told}.")
        self.problems = tuple(problems)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"problems": [asdict(problem) for problem in self.problems]}


class ArticleVersionConflict(Refusal):
    """`expected` is the revision the caller has seen, `actual` the one that is stored."""

    code = "VERSION_CONFLICT"

    def __init__(self, *, article: str, expected: int, actual: int) -> None:
        super().__init__(
            f"The article {article!r} is at revision {actual}, not {expected}: read it again, then change it."
        )
        self.expected = expected
        self.actual = actual

    @property
    def facts(self) -> Mapping[str, object]:
        return {"expected": self.expected, "actual": self.actual}


class CategoryInvalid(Refusal):
    code = "CATEGORY_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        told = "; ".join(f"{one.path}: {one.message}" for one in problems[:3])
        super().__init__(f"The schema cannot be used so: {told}.")
        self.problems = tuple(problems)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"problems": [asdict(problem) for problem in self.problems]}


class CategoryConflict(Refusal):
    """`expected` is the revision the caller has seen, `actual` the one that is stored."""

    code = "VERSION_CONFLICT"

    def __init__(self, *, path: Sequence[str], expected: int, actual: int) -> None:
        told = "/".join(path)
        super().__init__(
            f"The category {told!r} is at revision {actual}, not {expected}: read it again, then change it."
        )
        self._facts = {"expected": expected, "actual": actual}

    @property
    def facts(self) -> Mapping[str, object]:
        return self._facts


class ArticleStatusRefused(Refusal):
    code = "ARTICLE_STATUS"

    def __init__(self, *, article: str, status: ArticleStatus, needs: Sequence[ArticleStatus]) -> None:
        wanted = " or ".join(needs)
        super().__init__(f"The article {article!r} is {status}: this is for one that is {wanted}.")
        self._facts = {"status": status.value, "needs": [one.value for one in needs]}

    @property
    def facts(self) -> Mapping[str, object]:
        return self._facts


class ReviewRequired(Refusal):
    code = "REVIEW_REQUIRED"

    def __init__(self, *, article: str, unit: str) -> None:
        super().__init__(f"The unit {unit} publishes what was reviewed: submit {article!r} first.")
        self.unit = unit

    @property
    def facts(self) -> Mapping[str, object]:
        return {"unit": self.unit}


class ImportRefused(Refusal):
    """`code` is IMPORT_FORMAT_UNKNOWN, IMPORT_UNREADABLE or IMPORT_TOO_LARGE."""

    def __init__(self, *, code: str, reason: str) -> None:
        super().__init__(f"Nothing was imported: {reason}.")
        self.code = code


class ExportRefused(Refusal):
    """`code` is EXPORT_FORMAT_UNKNOWN or EXPORT_TOO_LARGE."""

    def __init__(self, *, code: str, reason: str) -> None:
        super().__init__(f"Nothing was exported: {reason}.")
        self.code = code


class KnowledgeUnavailable(Refusal):
    code = "KNOWLEDGE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The search index is being made: try again in a moment.")


class SynonymsInvalid(Refusal):
    code = "SYNONYMS_INVALID"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"These synonyms cannot be used: {reason}.")
