"""Random CEL expressions beside what they mean, written in Python."""

from collections.abc import Mapping
from random import Random

from tests.properties.model import Arg, Expr, Ref, TypeSpec

Members = Mapping[str, object]


def random_expr(rng: Random, spec: TypeSpec, args: tuple[Arg, ...]) -> tuple[Expr, Ref]:
    """An expression over a clean sibling (plain, computed or fetched), an argument or the caller."""
    siblings = [f for f in spec.fields.values() if f.clean and f.ref.name in ("String", "Int", "Boolean")]
    sibling = rng.choice([f for f in siblings if not f.args])
    kind = rng.random()
    required = rng.random() < 0.2
    if kind < 0.1:
        return _of_caller(), Ref(name="String", required=(required,))
    if kind < 0.25 and any(arg.name == "s" for arg in args):
        return _of_argument(), Ref(name="String", required=(required,))
    name = sibling.name
    if kind < 0.45:
        return _is_null(name), Ref(name="String", required=(required,))
    if sibling.ref.name == "String":
        return _shout(name), Ref(name="String", required=(required,))
    if sibling.ref.name == "Int":
        return _increment(name), Ref(name="Int", required=(required,))
    return _choice(name), Ref(name="String", required=(required,))


def _of_caller() -> Expr:
    return Expr(text="context.subject + '?'", reads=(), meaning=lambda this, args, subject: subject + "?")


def _of_argument() -> Expr:
    def meaning(_this: Members, args: Members, _subject: str) -> object:
        text = args.get("s")
        return text + "!" if isinstance(text, str) else None

    return Expr(text="args.s + '!'", reads=(), meaning=meaning)


def _is_null(name: str) -> Expr:
    def meaning(this: Members, _args: Members, _subject: str) -> object:
        return "none" if this[name] is None else "some"

    return Expr(text=f"this.{name} == null ? 'none' : 'some'", reads=(name,), meaning=meaning)


def _shout(name: str) -> Expr:
    def meaning(this: Members, _args: Members, _subject: str) -> object:
        text = this[name]
        return text + "-x" if isinstance(text, str) else None

    return Expr(text=f"this.{name} + '-x'", reads=(name,), meaning=meaning)


def _increment(name: str) -> Expr:
    def meaning(this: Members, _args: Members, _subject: str) -> object:
        number = this[name]
        return number + 1 if isinstance(number, int) else None

    return Expr(text=f"this.{name} + 1", reads=(name,), meaning=meaning)


def _choice(name: str) -> Expr:
    def meaning(this: Members, _args: Members, _subject: str) -> object:
        value = this[name]
        return None if value is None else ("yes" if value else "no")

    return Expr(text=f"this.{name} ? 'yes' : 'no'", reads=(name,), meaning=meaning)
