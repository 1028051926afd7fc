"""Read the examples out of a guide: fenced blocks whose info string names a kind, as the guide says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson

Json = dict[str, object]

FENCE = re.compile(
    r"^```(?P<language>\w+) (?P<kind>[a-z]+)(?: (?P<name>\w+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
NEVER = 0  # the status of an upstream that does not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call an upstream gets, and its answer. The call carries at least `headers`; no `body`: any."""

    method: str
    target: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str


@dataclass(slots=True, kw_only=True)
class Step:
    """One query in its circumstances, and what it gives."""

    query: str = ""
    variables: Json = field(default_factory=Json)
    claims: Json | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    exchanges: tuple[Exchange, ...] = ()
    response: Json = field(default_factory=Json)
    plan: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem a check must report: where, which, and a word of its message or suggestion."""

    line: int
    code: str
    word: str


@dataclass(slots=True, kw_only=True)
class Example:
    """Modules published together, then either queries or the problems of checking them."""

    title: str
    modules: dict[str, str] = field(default_factory=dict[str, str])
    config: Json = field(default_factory=Json)
    steps: list[Step] = field(default_factory=list[Step])
    problems: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    heading: str
    language: str
    kind: str
    name: str
    text: str


def read_examples(path: Path) -> list[Example]:
    """The guide's examples in order; a module after anything but a module or config begins the next.

    Raises:
        ValueError: a block has a kind that is none, or stands where it means nothing.
    """
    examples = list[Example]()
    before = ""
    for block in read_blocks(path):
        if block.kind == "module" and before not in ("module", "config"):
            examples.append(Example(title=f"{block.heading} ({len(examples) + 1})"))
        if not examples:
            raise ValueError(f"a block of kind {block.kind} before the first module")
        _add(examples[-1], block, before=before)
        before = block.kind
    return examples


def read_blocks(path: Path) -> Iterator[Block]:
    text = path.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        headings = HEADING.findall(FENCE.sub("", text[: match.start()]))
        yield Block(
            heading=headings[-1],
            language=match["language"],
            kind=match["kind"],
            name=match["name"] or "",
            text=match["text"],
        )


def _add(example: Example, block: Block, *, before: str) -> None:
    match block.kind:
        case "module":
            example.modules[block.name] = block.text
        case "config":
            example.config = _object(block.text)
        case "problems":
            example.problems = tuple(_finding(line) for line in block.text.splitlines())
        case "caller" | "upstream" | "variables" | "query":
            if before in ("module", "config", "response", "plan"):
                example.steps.append(Step())
            _set_up(example.steps[-1], block)
        case "response":
            example.steps[-1].response = _object(block.text)
        case "plan":
            example.steps[-1].plan = _object(block.text)
        case _:
            raise ValueError(f"{block.heading}: no such kind of block: {block.kind}")


def _set_up(step: Step, block: Block) -> None:
    match block.kind:
        case "upstream":
            step.exchanges = exchanges_of(block.text)
        case "variables":
            step.variables = _object(block.text)
        case "caller":
            caller = _object(block.text)
            step.claims = cast(Json | None, caller.get("claims"))  # an object by the format
            step.headers = cast(dict[str, str], caller.get("headers", {}))  # texts by the format
        case _:
            step.query = block.text


def exchanges_of(text: str) -> tuple[Exchange, ...]:
    return tuple(_exchange(one) for one in text.strip().split("\n\n"))


def _exchange(text: str) -> Exchange:
    """`METHOD target`, then `name: value` headers, then one line of body, then `→ status answer`."""
    first, *rest, last = text.split("\n")
    method, _, target = first.partition(" ")
    headers = [line for line in rest if re.match(r"[a-z-]+: ", line)]
    status, _, answer = last.removeprefix("→ ").partition(" ")
    return Exchange(
        method=method,
        target=target,
        headers=dict(line.split(": ", 1) for line in headers),
        body="".join(line for line in rest if line not in headers),
        status=NEVER if status == "never" else int(status),
        answer=answer,
    )


def _finding(line: str) -> Finding:
    number, code, word = line.split(" ", 2)
    return Finding(line=int(number), code=code, word=word)


def _object(text: str) -> Json:
    value: object = orjson.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"not an object: {text[:60]}")
    return cast(Json, value)  # JSON objects have string keys
