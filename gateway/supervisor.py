"""Run every role in a process of its own, the DIMSE door in several, and start again what dies.

`overread serve` is this. A process that dies is started again after a pause that doubles while it keeps dying young;
the others go on. The sockets of the DIMSE door are opened here and handed down, so that they stay open while a receiver
is dead. On SIGTERM the doors stop first, so that the worker can still take in what they acknowledged.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from config.log import describe, get_log
from config.settings import Settings
from gateway.late import LateWatch
from gateway.roles import NUMBER, SUPERVISED_BY, Role, processes_of, read_ready
from scp.ports import Ports, open_ports

_YOUNG_SECONDS = 10.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STOP_SECONDS = 20.0
_TICK = 0.1
_WATCH_SECONDS = 10.0
_PORT_SECONDS = 60.0  # in which a node that is just ending gives its ports up


@dataclass
class _Child:
    role: Role
    process: subprocess.Popen[bytes]
    started: float
    pause: float = _FIRST_PAUSE
    restart_at: float | None = None


class Supervisor:
    """The processes of one node."""

    def __init__(self, settings: Settings, *, said: Callable[[str], None] = lambda _line: None) -> None:
        self._settings = settings
        self._said = said
        self._processes = processes_of(settings)
        self._children: dict[str, _Child] = {}
        self._ports: Ports | None = None
        self._metrics = settings.home / "run" / "metrics"

    def start(self) -> None:
        """Start every process.

        Raises:
            Misconfigured: a port of the DIMSE door cannot be had.
        """
        self._ports = open_ports(self._settings.dicom, patience_seconds=_PORT_SECONDS)
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir(parents=True)
        for name, (role, _) in self._processes.items():
            self._children[name] = _Child(role, self._spawn(name), time.monotonic())

    def wait_ready(self, timeout: float = 180.0, stop: threading.Event | None = None) -> dict[str, int]:
        """Wait until every process is ready, or until told to stop, and return the ports they listen on.

        Raises:
            TimeoutError: a process did not become ready in time.
        """
        deadline = time.monotonic() + timeout
        ports: dict[str, int] = {}
        while len(ports) < len(self._processes) and not (stop is not None and stop.is_set()):
            self.tend()
            for name, child in self._children.items():
                said = read_ready(self._settings.home, name, child.process.pid)
                if said is not None:
                    ports[name] = said["port"]
            if time.monotonic() > deadline:
                missing = ", ".join(name for name in self._processes if name not in ports)
                raise TimeoutError(f"not ready in {timeout:.0f} s: {missing}")
            time.sleep(_TICK)
        return ports

    def pids(self) -> dict[str, int]:
        """Return the number of each process by its name."""
        return {name: child.process.pid for name, child in self._children.items()}

    def tend(self) -> None:
        """Start again what died, when its pause is over."""
        now = time.monotonic()
        for name, child in self._children.items():
            code = child.process.poll()
            if code is None:
                continue
            if child.restart_at is None:
                lived = now - child.started
                child.pause = _FIRST_PAUSE if lived > _YOUNG_SECONDS else min(child.pause * 2, _LONGEST_PAUSE)
                child.restart_at = now + child.pause
                get_log().error("role-died", role=name, exit_code=code, seconds=round(child.pause, 1))
                self._said(f"{name} ended with {code}; starting it again in {child.pause:.1f} s")
            elif now >= child.restart_at:
                self._children[name] = _Child(child.role, self._spawn(name), now, child.pause)

    def run(self, stop: threading.Event) -> None:
        """Tend the processes until told to stop, then stop them."""
        watch, look_at = LateWatch(self._settings), time.monotonic()
        while not stop.wait(_TICK):
            self.tend()
            if time.monotonic() >= look_at:
                _look(watch)
                look_at = time.monotonic() + _WATCH_SECONDS
        self.stop()

    def stop(self) -> None:
        """End every process gracefully: the doors first, the worker last; what does not end in time is killed."""
        if self._ports is not None:
            self._ports.close()
        for group in (("scp", "http", "hl7"), ("worker",)):
            members = [child for child in self._children.values() if child.role in group]
            for child in members:
                if child.process.poll() is None:
                    child.process.send_signal(signal.SIGTERM)
            for child in members:
                try:
                    child.process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        role, number = self._processes[name]
        said = {
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics),
            SUPERVISED_BY: str(os.getpid()),
            NUMBER: str(number),
        }
        handed_down: tuple[int, ...] = ()
        if role == "scp" and self._ports is not None:
            said |= self._ports.environment
            handed_down = self._ports.descriptors
        command = [sys.executable, "-m", "gateway.cli", "serve", "--home", str(self._settings.home), "--role", role]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command, env=os.environ | said, stdin=subprocess.DEVNULL, pass_fds=handed_down
        )


def _look(watch: LateWatch) -> None:
    """Look at what every process is at; where that cannot be told just now, as on a full disk, nobody is ended."""
    try:
        watch()
    except OSError as error:
        get_log().error("duty-failed", process="late", **describe(error))
