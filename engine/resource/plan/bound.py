"""The greatest number of upstream calls of an operation, as a function of its lists' sizes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import GraphQLList, GraphQLNonNull

from engine.resource.plan.drafting import Drafting
from engine.resource.plan.wanted import ObjectWants, Position

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Calls of one API at one place: one, one per object in `list_path`, or one per `chunk` of them."""

    api: str
    list_path: Path | None
    chunk: int = 1

    def __str__(self) -> str:
        if self.list_path is None:
            return "1"
        size = f"n({'.'.join(self.list_path)})"
        return size if self.chunk == 1 else f"ceil({size}/{self.chunk})"

    def at(self, sizes: Mapping[Path, int]) -> int:
        if self.list_path is None:
            return 1
        return -(-sizes.get(self.list_path, 0) // self.chunk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A sum of terms. Its text is what `explain` shows: '1 + ceil(n(orders)/100)'."""

    terms: tuple[Term, ...]
    fixed: int  # how many of them are one call, whatever the sizes

    def __str__(self) -> str:
        fixed = self.fixed
        counted: dict[str, int] = {}
        for term in self.terms:
            if term.list_path is not None:
                counted[str(term)] = counted.get(str(term), 0) + 1
        parts = [str(fixed)] if fixed or not counted else []
        parts += [text if times == 1 else f"{times}*{text}" for text, times in counted.items()]
        return " + ".join(parts)

    @classmethod
    def of(cls, terms: Iterable[Term]) -> "Bound":
        listed = tuple(terms)
        return cls(terms=listed, fixed=sum(1 for term in listed if term.list_path is None))

    def at(self, sizes: Mapping[Path, int]) -> int:
        """The bound for these numbers of objects, by list path."""
        return sum(term.at(sizes) for term in self.terms)


def bound_of(root: Position, drafting: Drafting) -> Bound:
    return Bound.of(_terms(root, drafting, None))


def _terms(position: Position, drafting: Drafting, list_path: Path | None) -> Iterator[Term]:
    for wants in position.objects.values():
        yield from _own_terms(wants, drafting, list_path)
        for wanted in wants.fields.values():
            if wanted.child is not None:
                below = wanted.child.path if is_list(wanted.declared) else list_path
                yield from _terms(wanted.child, drafting, below)


def _own_terms(wants: ObjectWants, drafting: Drafting, list_path: Path | None) -> Iterator[Term]:
    for draft in drafting.drafts.get(wants, []):
        if draft.connector is not None:
            chunk = draft.connector.batch.max_size if draft.connector.batch is not None else 1
            yield Term(api=draft.connector.api, list_path=list_path, chunk=chunk)


def is_list(declared: object) -> bool:
    if isinstance(declared, GraphQLNonNull):
        declared = declared.of_type
    return isinstance(declared, GraphQLList)
