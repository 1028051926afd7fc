"""W4: what an operation costs before its first call: never seen before, and found in the cache."""

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from time import process_time

from bench.figures import SUBJECT
from bench.model import BenchFailure, Gate, Run, Sample, Workload
from engine.problem import Problem
from engine.resource.sdl import compose, parse_module
from gateway.security.limits import Limits, refuse_excess, refuse_nested_text
from schema.executable import PlatformSchema
from schema.graph import DocumentLimits, Graph, Visibility
from schema.platform import platform_of

_PAIRS = 30  # fields of the type: of each pair, one leaf and one object
_ASKED = 11  # of which an operation asks for so many: 50 fields in all
_NEW = 20  # operations of a round
_KNOWN = 2_000  # how often the known one is asked
_ANYBODY = Visibility()
_SELECTION = " ".join(f"f{n} g{n} {{ a b }}" for n in range(_PAIRS))
_MODULE = f"""
  extend schema @source(name: "s", http: {{ baseURL: "http://127.0.0.1:9/" }})
  type Query {{
    thing(id: ID!): Thing
      @connect(source: "s", http: {{ GET: "/things/{{$args.id}}" }}, selection: "id {_SELECTION}")
    list: [Thing] @connect(source: "s", http: {{ GET: "/things" }}, selection: "id")
  }}
  type Thing @key(fields: "id")
    @connect(source: "s", http: {{ GET: "/things/{{$this.id}}" }}, selection: "id {_SELECTION}") {{
    id: ID!
    {" ".join(f"f{n}: String g{n}: Sub" for n in range(_PAIRS))}
    called: String @connect(source: "s", http: {{ GET: "/called/{{$this.f1}}" }}, selection: "$.c")
    joined: String @value(expr: "this.f1 + this.f2")
  }}
  type Sub {{ a: String b: Int }}
"""


def _measure(run: Run) -> Sequence[Sample]:
    """CPU time, for others use the machine too: the least of the new operations, the mean of the known."""
    if not run.peers:
        return ()
    graph, texts = _graph(), _texts()
    _prepare(graph, next(texts))  # the clients' schema is built for the first
    samples: list[Sample] = []
    for _ in range(run.pace.rounds):
        new = min(_seconds(graph, next(texts), times=1) for _ in range(_NEW))
        known = next(texts)
        _prepare(graph, known)
        samples += [
            Sample(case="compile", server=SUBJECT, unit="ms", value=new * 1e3),
            Sample(
                case="cached",
                server=SUBJECT,
                unit="µs",
                value=_seconds(graph, known, times=_KNOWN) / _KNOWN * 1e6,
            ),
        ]
    return samples


def _graph() -> Graph:
    module = parse_module("things", _MODULE)
    if isinstance(module, Problem):
        raise BenchFailure(f"w4's module does not parse: {module}")
    composed = compose([module], platform_of(PlatformSchema()))
    if composed.registry is None:
        raise BenchFailure(f"w4's module is refused: {composed.problems}")
    limits = Limits()
    return Graph(
        composed.registry,
        DocumentLimits(
            max_tokens=2_000,
            check_text=refuse_nested_text,
            check=lambda document, name, schema: refuse_excess(document, name, schema, limits),
        ),
    )


def _texts() -> Iterator[str]:
    """Operations no two of which ask for the same, nor for the same kinds of fields in one order."""
    for number in count():
        rng = Random(number)
        asked = rng.sample(range(_PAIRS), _ASKED)
        fields = ["id", "called", "joined", *(f"f{n}" for n in asked), *(f"g{n} {{ a b }}" for n in asked)]
        rng.shuffle(fields)
        yield (
            f"query Q{number}($id: ID!) {{ thing(id: $id) {{ {' '.join(fields)} }} "
            f"list {{ f{number % _PAIRS} called }} }}"
        )


def _prepare(graph: Graph, text: str) -> None:
    """Everything between the body of a request and its first call."""
    operation = graph.operation(_ANYBODY, text, None)
    operation.prepared(operation.coerce({"id": "1"}))


def _seconds(graph: Graph, text: str, *, times: int) -> float:
    began = process_time()
    for _ in range(times):
        _prepare(graph, text)
    return process_time() - began


W4 = Workload(
    name="w4",
    title="a new operation of 50 fields to its plan, and one that was planned before; CPU time, in process",
    peers=(SUBJECT,),
    measure=_measure,
    gates=(Gate(case="compile", at_most=5), Gate(case="cached", at_most=20)),
)
