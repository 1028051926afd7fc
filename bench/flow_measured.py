"""How the programs of W5 tell what they measured: a line of JSON, of the commits alone."""

import json
from dataclasses import dataclass
from time import perf_counter, process_time


@dataclass(slots=True)
class Stopwatch:
    """Time and processor time of the commits alone; what is made ready between them does not count."""

    spent_s: float = 0.0
    cpu_s: float = 0.0
    _began: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> "Stopwatch":
        self._began = perf_counter(), process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.spent_s += perf_counter() - self._began[0]
        self.cpu_s += process_time() - self._began[1]

    def told(self, made: int) -> str:
        """`cpu_us` is this process's own, for one commit."""
        return json.dumps({"rate": made / self.spent_s, "cpu_us": self.cpu_s / made * 1e6})
