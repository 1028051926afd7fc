"""What can be wrong with a mapping: its text (`MappingSyntaxError`) or the value it meets (`MappingError`).

Exception
├── MappingSyntaxError   the text cannot be understood; raised while parsing, with its place
└── MappingError         a template met a value it may not send; raised while a request is built
"""


class MappingSyntaxError(Exception):
    """The text of a mapping is refused; `line` and `column` are 1-based within that text."""

    def __init__(self, message: str, *, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.message = message
        self.line = line
        self.column = column


class MappingError(Exception):
    """A value does not fit where the mapping puts it; the sentence never contains the value itself."""

    code = "MAPPING_ERROR"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
