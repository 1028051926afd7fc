"""Count which clients run which operations: an addition for each request, and a list when it is asked for."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from resolvers.operations.ports import OTHERS, Counted
from schema.operation import Operation
from schema.operation_form import form_of

MAX_CLIENTS = 50  # of one operation, between two takings; further ones are counted together, without a name
MAX_OPERATIONS = 5_000  # between two takings; a gateway serves some hundred


class Tally:
    """Implements the use cases' `OperationTally` for this worker. `report` is told how many had no room."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self._report = report
        self._counted: set[Operation] = set()
        self._missed = 0

    def count(self, operation: Operation, client: str) -> None:
        """One more request for a valid operation."""
        calls = operation.calls
        if client in calls:
            calls[client] += 1
        else:
            self._begin(operation, client)

    async def take(self) -> Sequence[Counted]:
        taken = [(operation, operation.calls) for operation in self._counted]
        for operation in self._counted:
            operation.calls = {}
        self._counted.clear()
        if self._missed:
            self._report(self._missed)
            self._missed = 0
        return await asyncio.to_thread(_of_modules, taken)

    def _begin(self, operation: Operation, client: str) -> None:
        calls = operation.calls
        if operation not in self._counted:
            if len(self._counted) >= MAX_OPERATIONS:
                self._missed += 1
                return
            self._counted.add(operation)
        known = client if len(calls) < MAX_CLIENTS else OTHERS
        calls[known] = calls.get(known, 0) + 1


def _of_modules(taken: Sequence[tuple[Operation, Mapping[str, int]]]) -> list[Counted]:
    """Those that ask for fields of modules: what is the platform's own is not taken away."""
    forms = [(form_of(operation), calls) for operation, calls in taken]
    return [Counted(form=form, calls=calls) for form, calls in forms if form.fields]
