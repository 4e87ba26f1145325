"""The node's side: a few decoding processes, replaced when one dies, is killed or asks to retire.

Whoever reads strangers' pixels calls `run`. What ends a process is told as a refusal with its reason, so that one bad
image costs one process and nothing else. Processes are started at the first order, or earlier by `start`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from queue import Empty, LifoQueue
from shutil import copyfileobj
from typing import Any, BinaryIO

from config.errors import OverreadError, Unavailable
from config.log import get_log
from config.metrics import DECODER_STOPS
from viewer_api.decoding.limits import Limits, processes_by_default
from viewer_api.decoding.wire import (
    READY,
    Broken,
    Kind,
    Work,
    receive_answer,
    receive_exactly,
    send_order,
    unpack_refusal,
)
from viewer_api.errors import CannotRender

_BUFFER = 1 << 20
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8",
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),  # the next picture needs the same memory again: glibc shall keep it
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


class _Stopped(Exception):
    """A process ended during an order; the cause is a key of `_STOPS`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


_STOPS: Mapping[str, Callable[[], OverreadError]] = {
    "time": lambda: CannotRender("the image takes longer to decode than one of its size may"),
    "crash": lambda: CannotRender("the image is damaged: the decoder broke off on it"),
    "start": lambda: Unavailable("the decoder could not be started"),
    "silence": lambda: Unavailable("the decoder did not answer in time: ask again later"),
    "killed": lambda: Unavailable("the decoder was stopped from outside: ask again later"),
}
_CAUSES = {-signal.SIGPROF: "time", -signal.SIGKILL: "killed", -signal.SIGTERM: "killed"}


class DecodingPool:
    """Runs work on images in other processes; safe to use from several threads."""

    def __init__(self, processes: int | None = None, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._size = processes or processes_by_default()
        self._idle: LifoQueue[_Process | None] = LifoQueue()
        for _ in range(self._size):
            self._idle.put(None)

    def run(self, work: Work, key: str, source: BinaryIO, *arguments: Any) -> bytes:
        """Return what `work(source, image, *arguments)` returns in a decoding process.

        `work` is a function of a module below `viewer_api.rendering`; `key` names the content of `source` (a blob's
        key), so that what was read of its header is kept there. Arguments are small and can be pickled.

        Raises:
            SenderFault: what the work raised, or `CannotRender` when the process died of the image.
            Unavailable: every process is busy for too long, or one was stopped by others.
        """
        process = self._take()
        try:
            process = process if process is not None and process.alive else _Process(self._limits)
            kind, retires, body = process.ask(work, key, source, arguments)
        except _Stopped as stopped:
            process = None if stopped.cause == "start" else _Process(self._limits)
            DECODER_STOPS.labels(reason=stopped.cause).inc()
            get_log().warning("decoder.stopped", reason=stopped.cause)
            raise _STOPS[stopped.cause]() from None
        except BaseException:
            if process is not None:  # an order that was broken off: its answer would be taken for the next one's
                process.end()
            process = None
            raise
        else:
            if retires:
                process.end()
                process = None
        finally:
            self._idle.put(process)
        if kind is Kind.REFUSAL:
            raise unpack_refusal(body)
        return body

    @property
    def idle(self) -> bool:
        """Say whether a process has nothing to do."""
        return not self._idle.empty()

    def start(self) -> None:
        """Start every process that does not run, without waiting for it."""
        taken = [self._take() for _ in range(self._size)]
        for process in taken:
            self._idle.put(process if process is not None and process.alive else _Process(self._limits))

    def close(self) -> None:
        """End the processes that are idle; one at work ends with its order."""
        for _ in range(self._size):
            try:
                process = self._idle.get_nowait()
            except Empty:
                return
            if process is not None:
                process.end()
            self._idle.put(None)

    def _take(self) -> "_Process | None":
        try:
            return self._idle.get(timeout=self._limits.wait_for_process)
        except Empty:
            raise Unavailable("every decoder is busy: ask again later") from None


@cache
def shared_pool() -> DecodingPool:
    """Return the pool of this process of the node."""
    return DecodingPool()


class _Process:
    """One decoding process and the socket to it; it ends when the socket does."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._link, theirs = socket.socketpair()
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        command = [sys.executable, "-P", "-m", "viewer_api.decoding.worker"]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
                [*command, str(theirs.fileno()), json.dumps(asdict(limits))],
                pass_fds=[theirs.fileno()],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._ready = False

    @property
    def alive(self) -> bool:
        """Say whether the process runs."""
        return self._process.poll() is None

    def ask(self, work: Work, key: str, source: BinaryIO, arguments: tuple[Any, ...]) -> tuple[Kind, bool, bytes]:
        """Send an order and wait for its answer."""
        self._wait_until_ready()
        try:
            with _as_file(source) as file:
                send_order(self._link, file.fileno(), work, key, arguments)
            self._link.settimeout(self._limits.wait_for_result)
            return receive_answer(self._link, self._limits.result)
        except TimeoutError:
            self.end()
            raise _Stopped("silence") from None
        except (Broken, ConnectionError):
            self._link.close()
            code = self._end_code()
            raise _Stopped(_CAUSES.get(code, "crash")) from None

    def end(self) -> None:
        """End the process at once."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _end_code(self) -> int:
        try:
            return self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it closed its socket and lives on: nothing it should ever do
            self._process.kill()
            self._process.wait()
            return 1

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        self._link.settimeout(self._limits.start)
        try:
            self._ready = receive_exactly(self._link, len(READY)) == READY
        except (Broken, OSError):
            self.end()
            raise _Stopped("start") from None


def _as_file(source: BinaryIO) -> BinaryIO:
    """Return a file of the operating system with the content of a stream, which need not be one."""
    try:
        return os.fdopen(os.dup(source.fileno()), "rb")
    except (OSError, AttributeError):  # io.UnsupportedOperation is an OSError
        file = tempfile.TemporaryFile()  # noqa: SIM115 the caller closes it
        source.seek(0)
        copyfileobj(source, file)
        file.flush()
        return file


def _environment() -> dict[str, str]:
    """Return what a process needs to start, and none of the node's settings or secrets."""
    kept = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return {**_ENVIRONMENT, **{name: os.environ[name] for name in kept if name in os.environ}}
