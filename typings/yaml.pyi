"""The part of PyYAML that we use; the package brings no types."""

from collections.abc import Iterator

class Mark:
    line: int
    column: int

class YAMLError(Exception): ...

class MarkedYAMLError(YAMLError):
    problem: str | None
    problem_mark: Mark | None

class Event: ...

class NodeEvent(Event):
    anchor: str | None

class ScalarEvent(NodeEvent):
    value: str
    style: str | None

class AliasEvent(Event):
    anchor: str

class MappingStartEvent(NodeEvent): ...
class SequenceStartEvent(NodeEvent): ...
class MappingEndEvent(Event): ...
class SequenceEndEvent(Event): ...
class SafeLoader: ...

def safe_load(stream: str) -> object: ...
def safe_dump(
    data: object,
    *,
    allow_unicode: bool = ...,
    sort_keys: bool = ...,
    width: int = ...,
    default_flow_style: bool = ...,
) -> str: ...
def parse(stream: str, Loader: type = ...) -> Iterator[Event]: ...  # the library's name
