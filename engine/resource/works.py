"""Coroutines that run without tasks: all that are ready run in one turn of the event loop.

Around an upstream call, a task, its future and its turns of the loop cost as much as the work itself. Many
pieces of work share a turn, each as far as its next wait: that one stretch of code runs for all of them in a
row is a quarter faster than to take each as far as it gets, because processors remember where code branched.

A `Work` is no task: `asyncio.timeout`, `TaskGroup` and libraries that ask for the current task belong into a
function marked `in_task`. Tasks may wait for all that is here, and the other way round.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import Context
from functools import partial, wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast

Result = TypeVar("Result")
Given = ParamSpec("Given")


class Ready(Protocol):
    """A piece of work that can go on; known by identity."""

    def step(self) -> None: ...


class Works:
    """Runs pieces of work in the order in which they are ready, on the loop that it was first asked on."""

    __slots__ = ("_loop", "_ready")

    def __init__(self) -> None:
        self._ready: deque[Ready] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop, for whoever works here: to ask Python for it is a system call (getpid)."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def start(self, run: Coroutine[object, None, Result]) -> "Work[Result]":
        work = Work(self, run)
        self.add(work)
        return work

    def add(self, work: Ready) -> None:
        """Have it go on in this turn, behind what is ready already."""
        if not self._ready:
            self.loop.call_soon(self._run)
        self._ready.append(work)

    async def run_all(self, runs: Sequence[Coroutine[object, None, None]]) -> None:
        """Run several things at once and wait for all of them."""
        if len(runs) == 1:
            await runs[0]
        elif runs:
            await wait_for_all([self.start(run) for run in runs])

    def _run(self) -> None:
        ready = self._ready
        try:
            while ready:
                ready[0].step()  # it leads the row while it runs: what becomes ready needs no turn of its own
                ready.popleft()
        except BaseException:  # the loop tells of it; the others go on
            ready.popleft()
            if ready:
                self.loop.call_soon(self._run)
            raise


class Waiting(Protocol):
    """Who is told when something is over; known by identity."""

    def wake(self) -> None: ...


class Later(Generic[Result]):
    """A result that is not there yet, for any number of waiters, who are told in order.

    Who is cancelled while waiting leaves alone: whatever makes the result goes on.
    """

    __slots__ = ("_error", "_result", "_waiting", "over")

    def __init__(self) -> None:
        self.over = False
        self._error: BaseException | None = None
        self._waiting: list[Waiting] = []
        self._result: Result

    def give(self, result: Result) -> None:
        self._result = result
        self.end()

    def fail(self, error: BaseException) -> None:
        self._error = error
        self.end()

    def end(self) -> None:
        """Tell everybody; what there is to tell is set."""
        self.over = True
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.wake()

    def result(self) -> Result:
        """What was given; raises what was failed with. Only once it is over."""
        if self._error is not None:
            raise self._error
        return self._result

    def tell(self, waiting: Waiting) -> None:
        """Wake it, once, when this is over; it is not over yet."""
        self._waiting.append(waiting)

    def forget(self, waiting: Waiting) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def __await__(self) -> Generator["_Wait", None, Result]:
        if not self.over:
            wait = _Wait(self)
            yield wait
            if wait.cancelled:
                raise asyncio.CancelledError
        return self.result()


class _Wait:
    """What coroutines yield that wait for a `Later`: known to `Work`, and to tasks as a future is."""

    __slots__ = ("_asyncio_future_blocking", "_wake_task", "cancelled", "later")

    def __init__(self, later: Later[Any]) -> None:  # Any: of whatever result
        self.later = later
        self.cancelled = False
        self._asyncio_future_blocking = True  # asyncio's sign for what a task may wait for
        self._wake_task: Callable[..., object]  # given nothing

    # ------------------------------------------------------------------ where a task waits
    def add_done_callback(self, call: "Callable[[_Wait], object]", *, context: Context) -> None:
        """The loop wakes tasks: two must not run inside each other."""
        loop = asyncio.get_running_loop()
        self._wake_task = partial(loop.call_soon, call, self, context=context)
        self.later.tell(self)

    def wake(self) -> None:
        self._wake_task()

    def cancel(self, msg: object = None) -> bool:
        del msg
        self.later.forget(self)
        self.cancelled = True
        self._wake_task()
        return True

    def result(self) -> None:
        if self.cancelled:
            raise asyncio.CancelledError

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()


class Work(Later[Result]):
    """A coroutine on its way, and its result to wait for."""

    __slots__ = ("_awaited", "_cancelled", "_run", "works")

    def __init__(self, works: Works, run: Coroutine[object, None, Result]) -> None:
        super().__init__()
        self.works = works
        self._run = run
        self._awaited: _Wait | asyncio.Future[object] | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """Raise CancelledError where it waits, or will wait next. It may go on to its end in its own time."""
        awaited = self._awaited
        if type(awaited) is _Wait:
            awaited.later.forget(self)
            awaited.cancelled = True
            self.wake()
        elif awaited is not None:
            awaited.cancel()
        else:
            self._cancelled = not self.over

    def wake(self, _awaited: object = None) -> None:
        self._awaited = None
        self.works.add(self)

    def step(self) -> None:
        """Go on up to the next wait, or to the end."""
        try:
            if self._cancelled:
                self._cancelled = False
                awaited = self._run.throw(asyncio.CancelledError())
            else:
                awaited = self._run.send(None)
        except StopIteration as stop:
            self.give(stop.value)
        except (KeyboardInterrupt, SystemExit) as error:
            self.fail(error)
            raise
        except BaseException as error:  # whoever waits raises it
            self.fail(error)
        else:
            if type(awaited) is _Wait:
                self._awaited = awaited
                awaited.later.tell(self)
            else:
                self._wait_for(cast("asyncio.Future[object] | None", awaited))  # what else coroutines yield

    def _wait_for(self, future: "asyncio.Future[object] | None") -> None:
        if future is None:  # it lets others go first
            asyncio.get_running_loop().call_soon(self.wake)
            return
        self._awaited = future
        future._asyncio_future_blocking = False  # pyright: ignore[reportPrivateUsage] # seen, as tasks say it
        future.add_done_callback(self.wake)


async def wait_for_all(works: Sequence[Work[None]]) -> None:
    """Wait for all, those too that come to the list meanwhile. Where one raises, the others end."""
    try:
        for work in works:
            await work
    finally:
        for work in works:
            work.cancel()


def in_task(
    function: Callable[Given, Coroutine[object, None, Result]],
) -> "Callable[Given, asyncio.Task[Result]]":
    """Run in a task what needs one of its own."""

    @wraps(function)
    def started(*args: Given.args, **kwargs: Given.kwargs) -> asyncio.Task[Result]:
        return asyncio.get_running_loop().create_task(function(*args, **kwargs))

    return started
