"""Text → syntax tree, by recursive descent.

Root      := Expr | Entries                    a lone anonymous path is the value itself
Entries   := Entry ("," Entry)* ","? | Entry*
Entry     := "..." Expr | Name ":" Expr | Path
Expr      := Primary ("??" Primary)* | Primary ("?!" Primary)*
Primary   := (String | Number | true | false | null | "[" … "]" | "{" Entries "}") Tail | Path
Path      := ("$" | "$name" | "@" | "$(" Expr ")" | Name) Tail ("{" Entries "}")?
Tail      := "?"? (("." Name | "->" method Args?) "?"?)*
"""

from engine.resource.mapping.cursor import VARIABLES, Cursor
from engine.resource.mapping.methods import refusal_of
from engine.resource.mapping.nodes import (
    CURRENT,
    SUBJECT,
    Bind,
    Call,
    Entry,
    Fallback,
    Fields,
    Guard,
    Key,
    ListLiteral,
    Literal,
    Node,
    Path,
    Read,
    Step,
    is_optional,
)
from engine.resource.mapping.source import Source, Token

WORDS = {"true": True, "false": False, "null": None}
OPERATORS = ("??", "?!")


def parse_root(source: Source) -> Node:
    """The tree of a whole selection. Raises MappingSyntaxError."""
    parser = _Parser(source)
    node = parser.root()
    parser.expect("end", "a mapping ends here")
    return node


def parse_expression(source: Source) -> Node:
    """The tree of one expression, as in the braces of a template. Raises MappingSyntaxError."""
    parser = _Parser(source)
    if parser.next.kind == "end":
        raise source.error("an expression is expected, such as $args.id", parser.next.at)
    node = parser.expression()
    parser.expect("end", "one expression only")
    return node


class _Parser(Cursor):
    def root(self) -> Node:
        if self._starts_literal():
            return self.expression()
        fields = self.entries("end", at=0)
        if len(fields.entries) == 1:
            only = fields.entries[0]
            if only.key is None and not only.explicit:
                return only.value
        return fields

    def _starts_literal(self) -> bool:
        """Whether the text is one expression and not a list of entries."""
        if self.next.kind in ("{", "[", "number", "-"):
            return True
        is_value = self.next.kind == "string" or self.next.text in WORDS
        return is_value and self.peek(1) in ("end", "->", "?", *OPERATORS)

    def entries(self, closer: str, *, at: int) -> Fields:
        """Entries up to and with `closer`; separated by commas or not, but all alike."""
        entries: list[Entry] = []
        written: dict[str | None, list[str]] = {}  # by output key: one may be repeated word for word
        commas: bool | None = None
        while self.next.kind != closer:
            if self.next.kind == "end":
                raise self.source.error("this '{' is never closed", at)
            if entries:
                separator = self.next
                comma = self.accept(",") is not None
                if commas is not None and comma is not commas and self.next.kind != closer:
                    raise self.source.error("separate all entries by commas, or none", separator.at)
                commas = comma
                if self.next.kind == closer:
                    break
            start = self.index
            entry = self.entry(alone=closer == "end" and not entries)
            words = [token.text for token in self.tokens[start : self.index]]
            if entry.key is None or entry.key not in written:
                entries.append(entry)
            elif written[entry.key] != words:
                raise self.source.error(f"{entry.key!r} is given twice", entry.at)
            written[entry.key] = words
        self.take()
        return Fields(entries=tuple(entries), at=at)

    def entry(self, *, alone: bool) -> Entry:
        token = self.next
        if self.accept("..."):
            return Entry(key=None, value=self.expression(), explicit=True, optional=False, at=token.at)
        if token.kind in ("word", "string") and self.peek(1) == ":":
            self.index += 2
            value = self.expression()
            return Entry(
                key=self.name(token), value=value, explicit=True, optional=is_optional(value), at=token.at
            )
        if token.kind not in ("word", "string", "variable", "$", "@", "$(", ".", "->"):
            raise self.wrong(f"a field or a path is expected, not {token.text!r}")
        value = self.path()
        if alone and self.next.kind in OPERATORS:
            value = self._fallback(value)
        return self._unnamed(value, alone=alone, token=token)

    def _unnamed(self, value: Node, *, alone: bool, token: Token) -> Entry:
        """`name`, `name { … }` (its own key), or `a.b { … }` (merged in)."""
        match value:  # a path that begins with a bare name has its head where that name stands
            case Path(head=Read(at=at), steps=[Key() as key, *rest]) if at == key.at and all(
                isinstance(step, Guard) for step in rest
            ):
                return Entry(key=key.name, value=value, explicit=False, optional=key.optional, at=token.at)
            case Path(fields=Fields()):
                return Entry(key=None, value=value, explicit=False, optional=False, at=token.at)
            case _ if alone and self.next.kind == "end":
                return Entry(key=None, value=value, explicit=False, optional=False, at=token.at)
            case _:
                raise self.source.error(
                    "a path among fields needs a name, as in 'name: a.b', or { … }", token.at
                )

    # -- expressions -----------------------------------------------------------------------------

    def expression(self) -> Node:
        self.enter(self.next.at)
        node = self._fallback(self.primary())
        self.depth -= 1
        return node

    def _fallback(self, first: Node) -> Node:
        operator = self.next.kind
        if operator not in OPERATORS:
            return first
        operands = [first]
        while self.accept(operator):
            operands.append(self.primary())
        if self.next.kind in OPERATORS:
            raise self.wrong("?? and ?! cannot be mixed in one chain; group one with $( … )")
        return Fallback(operands=tuple(operands), only_missing=operator == "?!", at=first.at)

    def primary(self) -> Node:
        literal = self._literal()
        if literal is None:
            return self.path()
        steps, _ = self._tail(literal.at, fields=False)
        return Path(head=literal, steps=steps, fields=None, at=literal.at) if steps else literal

    def _literal(self) -> Node | None:
        token = self.next
        if token.kind == "string":
            return Literal(value=self.source.string(self.take()), at=token.at)
        if token.kind in ("number", "-"):
            return self._number()
        if token.kind == "word" and token.text in WORDS:
            self.take()
            return Literal(value=WORDS[token.text], at=token.at)
        if self.accept("["):
            items = self._list("]")
            return ListLiteral(items=items, at=token.at)
        if token.kind == "{":
            return self.braces()
        return None

    def _number(self) -> Literal:
        at = self.next.at
        sign = "-" if self.accept("-") else ""
        text = sign + self.expect("number", "a number is expected after -").text
        is_whole = "." not in text
        if is_whole and len(text) > 18:  # 64 bits hold every number of 18 digits
            raise self.source.error("this number has too many digits", at)
        return Literal(value=int(text) if is_whole else float(text), at=at)

    def _list(self, closer: str) -> tuple[Node, ...]:
        """Expressions between commas up to and with `closer`."""
        items: list[Node] = []
        while not self.accept(closer):
            if items:
                self.expect(",", f"',' or {closer!r} is expected")
                if self.accept(closer):
                    break
            items.append(self.expression())
        return tuple(items)

    def braces(self) -> Fields:
        self.enter(self.next.at)
        opening = self.take()
        fields = self.entries("}", at=opening.at)
        self.depth -= 1
        return fields

    # -- paths -----------------------------------------------------------------------------------

    def path(self) -> Node:
        token = self.next
        outer = len(self.bound)
        head, first = self._head()
        steps, fields = self._tail(token.at, fields=True, first=first)
        del self.bound[outer:]
        if not steps and fields is None:
            return head
        return Path(head=head, steps=steps, fields=fields, at=token.at)

    def _head(self) -> tuple[Node, Key | None]:
        token = self.take()
        match token.kind:
            case "$" | "@":
                return Read(name=CURRENT if token.kind == "$" else SUBJECT, at=token.at), None
            case "variable":
                self.check_variable(token)
                return Read(name=token.text, at=token.at), None
            case "$(":
                inner = self.expression()
                self.expect(")", "')' is expected")
                return inner, None
            case "word" | "string":
                key = Key(name=self.name(token), optional=self.next.kind == "?", at=token.at)
                return Read(name=CURRENT, at=token.at), key
            case ".":
                raise self.source.error("a path cannot start with '.'; write $.name", token.at)
            case "->":
                raise self.source.error("a method needs a value; write $->method", token.at)
            case _:
                raise self.source.error(f"a value is expected, not {token.text!r}", token.at)

    def _tail(
        self, at: int, *, fields: bool, first: Key | None = None
    ) -> tuple[tuple[Step, ...], Fields | None]:
        """The steps after a head, and the selection at their end where one may stand."""
        before = self.depth
        steps: list[Step] = [] if first is None else [first]
        while True:
            token = self.next
            if self.accept("?"):
                steps.append(Guard(at=token.at))
            elif self.accept("."):
                steps.append(self._key())
            elif self.accept("->"):
                steps.append(self._call())
            else:
                break
            self.enter(at)
        selection = self.braces() if fields and self.next.kind == "{" else None
        self.depth = before
        return tuple(steps), selection

    def _key(self) -> Key:
        token = self.next
        if token.kind not in ("word", "string"):
            raise self.wrong("a property name is expected after '.'; quote it if it is no plain word")
        self.take()
        return Key(name=self.name(token), optional=self.next.kind == "?", at=token.at)

    def _call(self) -> Call | Bind:
        token = self.expect("word", "a method name is expected after '->'")
        if token.text == "as":
            return self._bind(token)
        args = self._list(")") if self.accept("(") else ()
        if token.text == "match":
            args = self._pairs(args)
        refusal = refusal_of(token.text, args)
        if refusal is not None:
            raise self.source.error(refusal, token.at)
        return Call(method=token.text, args=args, at=token.at)

    def _bind(self, token: Token) -> Bind:
        self.expect("(", "->as takes a name: ->as($name)")
        name = self.expect("variable", "->as takes a name such as $item")
        if name.text in VARIABLES:
            raise self.source.error(f"{name.text} cannot be bound anew; choose another name", name.at)
        value = None
        if self.accept(",") and self.next.kind != ")":
            value = self.expression()
            self.accept(",")
        self.expect(")", "')' is expected")
        self.bound.append(name.text)
        return Bind(name=name.text, value=value, at=token.at)

    def _pairs(self, args: tuple[Node, ...]) -> tuple[Node, ...]:
        """`[candidate, value]` flattened; `[value]` is the default, as `[@, value]`."""
        flat: list[Node] = []
        for arg in args:
            if not isinstance(arg, ListLiteral) or len(arg.items) not in (1, 2):
                raise self.source.error("->match takes pairs: ['a', 'A'], ['b', 'B'], [@, 'other']", arg.at)
            if len(arg.items) == 1:
                flat.append(Read(name=SUBJECT, at=arg.at))
            flat.extend(arg.items)
        return tuple(flat)
