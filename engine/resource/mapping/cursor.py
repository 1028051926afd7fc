"""Where a parser stands among the tokens of a mapping."""

from engine.resource.mapping.errors import MappingSyntaxError
from engine.resource.mapping.source import Source, Token

MAX_DEPTH = 64  # braces, brackets, arguments and path steps around one another: bounds the stack at run time

VARIABLES = ("$this", "$args", "$config", "$context", "$batch", "$status", "$response", "$request")


class Cursor:
    """The next token, how deep it is nested, and the names bound by ->as there."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = source.tokens()
        self.index = 0
        self.depth = 0
        self.bound: list[str] = []  # names of ->as in force

    @property
    def next(self) -> Token:
        return self.tokens[self.index]

    def peek(self, ahead: int) -> str:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)].kind

    def take(self) -> Token:
        token = self.next
        self.index += token.kind != "end"
        return token

    def accept(self, kind: str) -> Token | None:
        return self.take() if self.next.kind == kind else None

    def expect(self, kind: str, wish: str) -> Token:
        token = self.accept(kind)
        if token is None:
            raise self.wrong(f"{wish}, but {self.next.text!r} follows")
        return token

    def wrong(self, message: str) -> MappingSyntaxError:
        return self.source.error(message, self.next.at)

    def enter(self, at: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.source.error(f"nested more than {MAX_DEPTH} deep", at)

    def name(self, token: Token) -> str:
        return self.source.string(token) if token.kind == "string" else token.text

    def check_variable(self, token: Token) -> None:
        if token.text in VARIABLES or token.text in self.bound:
            return
        if token.text == "$env":
            raise self.source.error(
                "there is no $env; give the module a value and read it from $config", token.at
            )
        known = ", ".join((*VARIABLES, *self.bound))
        raise self.source.error(f"unknown variable {token.text}; there are {known}", token.at)
