"""The part of PyYAML that we use; the package brings no types."""

class Mark:
    line: int
    column: int

class YAMLError(Exception): ...

class MarkedYAMLError(YAMLError):
    problem: str | None
    problem_mark: Mark | None

def safe_load(stream: str) -> object: ...
