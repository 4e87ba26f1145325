"""The worker's hands: processes that do for many objects what needs no database, so that every core has a part.

Objects are taken in and de-identified one like the other, and one Python process uses one core. A few are done where
they are; many are handed out in runs, whose results come back in their order. The processes are started when there is
first something for them, which does not wait for them, and end with the worker, however it ends. One that dies fails
what was handed out, which may be asked for again; the next order starts others.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, TypeVar

from config.errors import Unavailable
from config.settings import Settings
from gateway.log_levels import follow_levels

T = TypeVar("T")
R = TypeVar("R")
Opener = Callable[[Settings], AbstractContextManager[Any]]

FEW = 24  # as many take less time than starting processes
_SHORTEST_RUN = 8
_MOST_BY_DEFAULT = 4

_held = ExitStack()  # what a hand holds open until it ends
_nodes: list[Any] = []  # in a hand: the node that it opened


class Hands:
    """The processes of one worker, each with a node of its own; safe to use from several threads."""

    def __init__(self, settings: Settings, open_node: Opener) -> None:
        self._settings = settings
        self._open_node = open_node
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._up: list[Future[int]] = []  # all are done once a process is up
        self._closed = False
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

    def close(self) -> None:
        """Hand out nothing more, and end each process once it has done what it is at; nobody waits for that."""
        with self._lock:
            pool, self._pool, self._closed = self._pool, None, True
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor | None:
        """Return the pool once a process of it is up; start it where it is not there."""
        with self._lock:
            if self._closed:
                return None
            if self._pool is None:
                order = (self._settings.model_dump(), self._open_node)
                self._pool = ProcessPoolExecutor(self._count, get_context("spawn"), _begin, order)
                self._up = [self._pool.submit(os.getpid) for _ in range(self._count)]
            return self._pool if all(each.done() for each in self._up) else None

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(said: dict[str, Any], open_node: Opener) -> None:
    """Make a new process a hand: it opens the node, and ends when the worker does."""
    settings = Settings(**said)
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
    os._exit(1)


def _do(work: Callable[[Any, Sequence[T]], list[R]], things: Sequence[T]) -> list[R]:
    return work(_nodes[0], things)
