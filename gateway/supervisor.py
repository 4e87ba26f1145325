"""Run every role in a process of its own and start again what dies.

`overread serve` is this. A role that dies is started again after a pause that doubles while it keeps dying young; the
others go on. On SIGTERM the doors stop first, so that the worker can still take in what they acknowledged.
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

from config.log import get_log
from config.settings import Settings
from gateway.roles import SUPERVISED_BY, Role, read_ready, roles_of

_YOUNG_SECONDS = 10.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STOP_SECONDS = 20.0
_TICK = 0.1


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
        self._children: dict[Role, _Child] = {}
        self._metrics = settings.home / "run" / "metrics"

    def start(self) -> None:
        """Start every role."""
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir(parents=True)
        for role in roles_of(self._settings):
            self._children[role] = _Child(role, self._spawn(role), time.monotonic())

    def wait_ready(self, timeout: float = 60.0, stop: threading.Event | None = None) -> dict[Role, int]:
        """Wait until every role is ready, or until told to stop, and return the ports they listen on.

        Raises:
            TimeoutError: a role did not become ready in time.
        """
        deadline = time.monotonic() + timeout
        ports: dict[Role, int] = {}
        roles = roles_of(self._settings)
        while len(ports) < len(roles) and not (stop is not None and stop.is_set()):
            self.tend()
            for role, child in self._children.items():
                said = read_ready(self._settings.home, role, child.process.pid)
                if said is not None:
                    ports[role] = said["port"]
            if time.monotonic() > deadline:
                missing = ", ".join(role for role in roles if role not in ports)
                raise TimeoutError(f"not ready in {timeout:.0f} s: {missing}")
            time.sleep(_TICK)
        return ports

    def pids(self) -> dict[Role, int]:
        """Return the process of each role."""
        return {role: child.process.pid for role, child in self._children.items()}

    def tend(self) -> None:
        """Start again what died, when its pause is over."""
        now = time.monotonic()
        for role, child in self._children.items():
            code = child.process.poll()
            if code is None:
                continue
            if child.restart_at is None:
                lived = now - child.started
                child.pause = _FIRST_PAUSE if lived > _YOUNG_SECONDS else min(child.pause * 2, _LONGEST_PAUSE)
                child.restart_at = now + child.pause
                get_log().error("role-died", role=role, exit_code=code, seconds=round(child.pause, 1))
                self._said(f"{role} ended with {code}; starting it again in {child.pause:.1f} s")
            elif now >= child.restart_at:
                self._children[role] = _Child(role, self._spawn(role), now, child.pause)

    def run(self, stop: threading.Event) -> None:
        """Tend the processes until told to stop, then stop them."""
        while not stop.wait(_TICK):
            self.tend()
        self.stop()

    def stop(self) -> None:
        """End every role gracefully: the doors first, the worker last; what does not end in time is killed."""
        for group in (("scp", "http", "hl7"), ("worker",)):
            members = [child for role, child in self._children.items() if role in group]
            for child in members:
                if child.process.poll() is None:
                    child.process.send_signal(signal.SIGTERM)
            for child in members:
                try:
                    child.process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    child.process.kill()
                    child.process.wait()

    def _spawn(self, role: Role) -> subprocess.Popen[bytes]:
        said = {"PROMETHEUS_MULTIPROC_DIR": str(self._metrics), SUPERVISED_BY: str(os.getpid())}
        command = [sys.executable, "-m", "gateway.cli", "serve", "--home", str(self._settings.home), "--role", role]
        return subprocess.Popen(command, env=os.environ | said, stdin=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and arguments
