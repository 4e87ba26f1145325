"""The worker's hands: processes that do for many objects what needs no database, so that every core has a part.

Objects are taken in and de-identified one like the other, and one Python process uses one core. A few are done where
they are; many are handed out in runs, whose results come back in their order. The processes are started when there is
first something for them, which does not wait for them, and end with the worker, however it ends. One that dies fails
what was handed out, which may be asked for again; the next order starts others. What may end processes is done apart,
by one that was started for it.
"""

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from config.errors import Unavailable
from config.kept_memory import keep_memory
from config.settings import Settings
from gateway.log_levels import follow_levels
from gateway.under_way import forgive, forgive_others

T = TypeVar("T")
R = TypeVar("R")
Opener = Callable[[Settings], AbstractContextManager[Any]]

FEW = 24  # as many take less time than starting processes
_SHORTEST_RUN = 8
_MOST_BY_DEFAULT = 4
_START_SECONDS = 180.0
_END_SECONDS = 10.0
_YOUNGEST, _OLDER = 20_000, (20, 100)  # for the garbage collector: what is done for an object makes hardly any cycles
_NOT_STARTED = "a process that works on objects could not be started"
_STOPPED = "a process that works on objects was told to stop"
_SPAWN = get_context("spawn")

_held = ExitStack()  # what a hand holds open until it ends
_nodes: list[Any] = []  # in a hand: the node that it opened


class Died(Exception):
    """A process ended at a thing that it was given, or was ended because it took too long."""

    def __init__(self, *, too_long: bool) -> None:
        super().__init__()
        self.too_long = too_long


class Hands:
    """The processes of one worker, each with a node of its own; safe to use from several threads."""

    def __init__(self, settings: Settings, open_node: Opener) -> None:
        self._settings = settings
        self._open_node = open_node
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._members: list[BaseProcess] = []  # the processes of the pool, once all are up
        self._apart: set[BaseProcess] = set()
        self._up: list[Future[int]] = []  # all are done once a process is up
        self._closed = self._giving_up = False
        self._count = settings.worker.processes or min(len(os.sched_getaffinity(0)), _MOST_BY_DEFAULT)

    def do(self, work: Callable[[Any, Sequence[T]], list[R]], node: Any, things: Sequence[T]) -> list[R]:
        """Return what `work(node, things)` returns, whichever nodes it is done with.

        `work` is a function of a module that returns a result for each thing and writes to no database; things and
        results can be pickled.

        Raises:
            Unavailable: a process died; the same may be asked for again.
        """
        if len(things) <= FEW or self._count < 2 or _nodes:
            return work(node, things)
        pool = self._started()
        if pool is None:
            return work(node, things)
        length = max(-(-len(things) // self._count), _SHORTEST_RUN)
        runs = [things[start : start + length] for start in range(0, len(things), length)]
        try:
            return [result for results in pool.map(_do, [work] * len(runs), runs) for result in results]
        except (BrokenProcessPool, CancelledError, RuntimeError) as error:
            if self._closed:
                return work(node, things)
            if not isinstance(error, BrokenProcessPool):
                raise
            self._forget(pool)
            raise Unavailable("a process that works on objects has died") from None

    def do_apart(
        self, work: Callable[[Any, Sequence[T]], list[R]], things: Sequence[T], *, seconds: float
    ) -> Iterator[R]:
        """Yield what `work(node, [thing])` returns for each thing, by a process that does nothing else.

        Raises:
            Died: the process did not survive the next thing, or was at it for longer than `seconds`.
            Unavailable: the process could not be started, or was told to stop.
        """
        order = (self._settings.model_dump(), self._open_node, work, things)
        ours, theirs = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(target=_do_apart, args=(*order, theirs), daemon=True)
        with self._lock:  # so that it is never taken for one of the pool
            process.start()
            self._apart.add(process)
        theirs.close()
        started = False
        try:
            started = _answer(ours, process, _START_SECONDS, Unavailable(_NOT_STARTED))
            for _ in things:
                done, result = _answer(ours, process, seconds, Died(too_long=True))
                if isinstance(result, MemoryError):
                    raise Died(too_long=False)
                if not done:
                    raise result
                yield result
        except EOFError:
            code = _exit_code(process)
            if not started:
                raise Unavailable(_NOT_STARTED) from None
            if self._giving_up or code == -signal.SIGTERM:
                raise Unavailable(_STOPPED) from None
            raise Died(too_long=False) from None
        finally:
            process.kill()
            process.join()
            self._apart.discard(process)
            ours.close()
            forgive_others(self._settings.home, [process.pid or 0])

    def give_up_apart(self) -> None:
        """End what is done apart, which may be asked for again: nobody waits for that when the worker is to stop."""
        self._giving_up = True
        for process in list(self._apart):
            process.kill()

    def close(self) -> None:
        """Hand out nothing more, and end each process once it has done what it is at; nobody waits for that."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        self.give_up_apart()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor | None:
        """Return the pool once a process of it is up; start it where it is not there."""
        with self._lock:
            if self._closed:
                return None
            if self._pool is None:
                order = (self._settings.model_dump(), self._open_node)
                self._pool, self._members = ProcessPoolExecutor(self._count, _SPAWN, _begin, order), []
                self._up = [self._pool.submit(os.getpid) for _ in range(self._count)]
            if not all(each.done() for each in self._up):
                return None
            if not self._members:
                self._members = [each for each in active_children() if each not in self._apart]
            return self._pool

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        """Give up a pool of which one process died; what the others were at, which end with it, is not to blame."""
        with self._lock:
            if self._pool is not pool:
                return
            self._pool, members = None, self._members
        pool.shutdown(wait=False, cancel_futures=True)
        ended = {each.pid for each in members if each.pid and _ended_with_others(each)}
        forgive_others(self._settings.home, ended)


def _begin(said: dict[str, Any], open_node: Opener) -> None:
    """Make a new process a hand: it opens the node, and ends when the worker does."""
    settings = Settings(**said)
    keep_memory()
    gc.set_threshold(_YOUNGEST, *_OLDER)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker's to heed
    worker = parent_process()
    if worker is not None:
        threading.Thread(target=_end_with, args=(worker.sentinel,), daemon=True).start()
    follow_levels(settings, "worker", threading.Event())
    _nodes.append(_held.enter_context(open_node(settings)))
    gc.collect()
    gc.freeze()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    forgive()
    os._exit(1)


def _ended_with_others(process: BaseProcess) -> bool:
    """Say whether a process was ended, or has to be, because another one of its pool died."""
    code = _exit_code(process)
    if code is None:
        process.kill()
        process.join()
        return True
    return code == -signal.SIGTERM


def _exit_code(process: BaseProcess) -> int | None:
    """Wait until a process has ended, and return with what; None where it lives on.

    Another thread may have fetched the code from the system just now and not yet stored it, in which case `join`
    returns at once and `exitcode` is None for a moment, as if the process lived.
    """
    if not wait([process.sentinel], _END_SECONDS):
        return None
    deadline = time.monotonic() + _END_SECONDS
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(0.001)
    return process.exitcode


def _do_apart(
    said: dict[str, Any],
    open_node: Opener,
    work: Callable[[Any, Sequence[Any]], list[Any]],
    things: Sequence[Any],
    answers: Connection,
) -> None:
    """Do things one by one, and say of each what came of it: a result, or an exception."""
    _begin(said, open_node)
    answers.send(True)
    for thing in things:
        try:
            answers.send((True, work(_nodes[0], [thing])[0]))
        except Exception as error:  # noqa: BLE001 - raised again by who asked
            answers.send((False, error))
            return


def _answer(answers: Connection, process: BaseProcess, seconds: float, late: Exception) -> Any:
    """Return the next thing that a process says, and raise EOFError when it died; end it when that comes too late."""
    if not answers.poll(seconds):
        process.kill()
        raise late
    return answers.recv()


def _do(work: Callable[[Any, Sequence[T]], list[R]], things: Sequence[T]) -> list[R]:
    return work(_nodes[0], things)
