"""7z archives, read by a process of its own for each: some of their decoders break memory on damaged bytes.

What ends the process is told as damage of the archive, like any other: what came before stays, and who asked lives on.
Everything that it says is counted here.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from multiprocessing import Pipe
from typing import Any, BinaryIO, cast

from config.errors import Malformed, OverreadError, SenderFault, Unavailable
from config.log import get_log
from config.settings import Uploads
from gateway.bundles.apart_wire import FAULTS, LARGEST, Kind, unpack
from gateway.bundles.budget import Budget, Meter
from gateway.bundles.member import Member, empty
from gateway.bundles.names import tidy
from gateway.bundles.streams import member_stream

READER = "gateway.bundles.apart_process"
_LATEST_SECONDS = 300.0  # the process ends itself long before
_START_SECONDS = 180.0
_END_SECONDS = 10.0
_KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")
_CAUSES = {-signal.SIGALRM: "time", -signal.SIGKILL: "killed", -signal.SIGTERM: "stopped"}
_OTHERS = "the process that unpacks a 7z archive was stopped from outside: try again later"


class Killed(Unavailable):
    """The process that unpacks an archive was killed, as the kernel does where memory runs out: often once more."""


_ENDS: Mapping[str, Callable[[], OverreadError]] = {
    "time": lambda: Malformed("the 7z archive is damaged: unpacking it does not come to an end"),
    "crash": lambda: Malformed("the 7z archive is damaged: its decoder broke off on it"),
    "killed": lambda: Killed(_OTHERS),
    "stopped": lambda: Unavailable(_OTHERS),
    "start": lambda: Unavailable("the process that unpacks a 7z archive does not start: see the limits of this node"),
}


def read_seven_zip_apart(source: BinaryIO, budget: Budget, password: str | None) -> Iterator[Member]:
    """Return the members of a 7z archive in a file, those without content first.

    Raises:
        Malformed: the archive has no usable directory, holds no files, or ended who reads it.
        NotOffered: it needs more memory than uploads.maximum_unpacking_memory_bytes.
        Refused: even the names are encrypted, and no password is given.
        TooLarge: the directory lists more files than allowed.
        Unavailable: the process does not start, or was stopped by others; `Killed` where it was killed.
    """
    with _reading(source, budget.limits, password, only_asks=False) as process:
        while (told := process.next_member()) is not None:
            path, size, problem, lost = told
            stream = _Content(process, budget.meter())
            yield Member(tidy(path), size, empty if problem else _opener(stream), problem, lost)
            stream.drain()


def seven_zip_apart_asks_for_password(source: BinaryIO, budget: Budget) -> bool:
    """Say whether something in a 7z archive cannot be read without a password; not of what cannot be read at all."""
    try:
        with _reading(source, budget.limits, None, only_asks=True) as process:
            return process.answer()
    except SenderFault:
        return False
    finally:
        source.seek(0)


def _opener(stream: "_Content") -> Callable[[], io.BufferedReader]:
    return lambda: member_stream(lambda: cast(BinaryIO, stream))


@contextmanager
def _reading(source: BinaryIO, limits: Uploads, password: str | None, *, only_asks: bool) -> "Iterator[_Process]":
    source.seek(0)
    with closing(_Process(source)) as process:
        process.ask({"limits": limits.model_dump(), "password": password, "only_asks": only_asks})
        yield process


class _Process:
    """The process that reads one archive, and what it says."""

    def __init__(self, source: BinaryIO) -> None:
        self._link, theirs = Pipe()
        with theirs:
            descriptors = (theirs.fileno(), source.fileno())
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
                [sys.executable, "-P", "-m", READER, *map(str, descriptors)],
                pass_fds=descriptors,
                env={"LC_ALL": "C.UTF-8", **{name: os.environ[name] for name in _KEPT if name in os.environ}},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._ended: OverreadError | None = None
        self._started = False

    def ask(self, order: dict[str, Any]) -> None:
        """Say what is wanted; a process that does not live to hear it is noticed when it does not answer."""
        with suppress(OSError):
            self._link.send_bytes(json.dumps(order).encode())

    def hear(self) -> tuple[Kind, Any]:
        """Return the next message.

        Raises:
            SenderFault: what is wrong with the archive, or that it ended the process; the same each time.
            Unavailable: the process does not start, or was stopped by others.
        """
        if self._ended is None:
            try:
                if not self._started:
                    self._started = self._is_ready()
                if not self._link.poll(_LATEST_SECONDS):
                    self._ended = self._over("time")
                else:
                    kind, said = unpack(self._link.recv_bytes(LARGEST))
                    if kind is not Kind.FAULT:
                        return kind, said
                    self._ended = FAULTS[said[0]](said[1])
            except (EOFError, OSError, ValueError, LookupError, TypeError):
                self._ended = self._over(None if self._started else "start")
        raise self._ended

    def _is_ready(self) -> bool:
        """Wait until the process has begun; until then nothing of the archive was looked at.

        Raises:
            EOFError, ValueError: it never will.
        """
        if not self._link.poll(_START_SECONDS) or unpack(self._link.recv_bytes(LARGEST))[0] is not Kind.READY:
            raise ValueError
        return True

    def next_member(self) -> tuple[str, int | None, str | None, bool] | None:
        """Return path, size, problem and whether bytes are lost of the next file; None behind the last."""
        kind, said = self.hear()
        return None if kind is Kind.DONE else cast(tuple[str, int | None, str | None, bool], tuple(said))

    def answer(self) -> bool:
        """Return the answer to a question."""
        return bool(self.hear()[1])

    def close(self) -> None:
        """End the process at once."""
        self._link.close()
        self._process.kill()
        self._process.wait()

    def _over(self, cause: str | None) -> OverreadError:
        """Return what the end of the process means, for which it is waited."""
        if cause is None:
            try:
                cause = _CAUSES.get(self._process.wait(_END_SECONDS), "crash")
            except subprocess.TimeoutExpired:
                cause = "crash"
        get_log().warning("bundle-reader-stopped", reason=cause)
        return _ENDS[cause]()


class _Content(io.RawIOBase):
    """The bytes of one file as the process says them, counted."""

    def __init__(self, process: _Process, spend: Meter) -> None:
        super().__init__()
        self._process = process
        self._spend = spend
        self._rest = b""
        self._over = False
        self._damage: str | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while not self._rest and not self._over:
            self._hear()
        if not self._rest and self._damage is not None:
            raise Malformed(self._damage)
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return taken

    def drain(self) -> None:
        """Go on to the file behind this one.

        Raises:
            SenderFault, Unavailable: as `_Process.hear`; there is no such file then.
        """
        while not self._over:
            self._hear()

    def _hear(self) -> None:
        kind, said = self._process.hear()
        if kind is Kind.DATA:
            self._spend(len(said))
            self._rest = said
        elif kind is Kind.DAMAGED:
            self._damage = str(said)
        else:
            self._over = True
