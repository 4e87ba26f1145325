"""A node as outsiders see it: its command line, its ports and its processes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from config.settings import Settings
from gateway.roles import processes_of

from .in_process import run_in_process

ROOT = Path(__file__).resolve().parents[2]
_CLI_SECONDS = 240
_STOP_SECONDS = 90


def plain_environment() -> dict[str, str]:
    """Return the environment of a process of ours, without settings of the node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OVERREAD_")}
    return kept | {"PYTHONPATH": str(ROOT)}


def run_cli(home: Path | None, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run one `overread` command as a process of its own."""
    placed = ["--home", str(home)] if home is not None else []
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *words, *placed],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_CLI_SECONDS,
        env=plain_environment(),
        check=False,
    )


@dataclass
class LiveNode:
    """A running `overread serve` on a home of its own."""

    home: Path
    tokens: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on this home, whatever comes of it."""
        return run_in_process(self.home, *words, stdin=stdin)

    def cli(self, *words: str) -> Any:
        """Run a command with `--json` and return its document."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def do(self, *words: str, stdin: str = "") -> str:
        """Run a command that must succeed and return what it says."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> "LiveNode":
        """Start the node and wait until every role is ready."""
        with (self.home / "serve.out").open("ab") as out, (self.home / "serve.err").open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.cli", "serve", "--home", str(self.home)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=plain_environment(),
            )
        count = len(processes_of(Settings.load(self.home)))
        self.wait_until(lambda: len(self.pids()) == count, "every process is ready")
        return self

    def stop(self) -> None:
        """End the node as an init system does; it must go in peace and in time."""
        for client in self.clients:
            client.close()
        self.clients.clear()
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(_STOP_SECONDS) == 0, (self.home / "serve.err").read_text()[-2000:]
        finally:
            self.end()

    def end(self) -> None:
        """End what still runs on this home."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """Start the node again after its supervisor was killed."""
        assert self.process is not None
        assert self.process.poll() is not None, "the node still runs"
        self.start()

    def pids(self) -> dict[str, int]:
        """Return the process of each role that is ready."""
        return {role: said["pid"] for role, said in self._ready().items()}

    def processes(self) -> dict[int, str]:
        """Return every process that serves this home, orphans too, with its role."""
        found = {}
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "serve" in words and str(self.home) in words and _lives(int(entry.name)):
                found[int(entry.name)] = words[words.index("--role") + 1] if "--role" in words else "all"
        return found

    def port(self, role: str) -> int:
        """Return the port that a role listens on now, waiting for it when it is being started again."""
        self.wait_until(lambda: role in self._ready(), f"{role} is ready")
        return int(self._ready()[role]["port"])

    def current_port(self, role: str) -> int | None:
        """Return the port that a role listens on, None while it does not."""
        said = self._ready().get(role)
        return said["port"] if said else None

    def kill9(self, role: str) -> int:
        """Kill a role, or the supervisor, without a warning; return the process that is no more."""
        if role == "supervisor":
            assert self.process is not None
            self.process.kill()
            self.process.wait()
            return self.process.pid
        pid = self.pids()[role]
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: not _lives(pid), f"{role} is gone")
        return pid

    def http(self, role: str | None) -> httpx.Client:
        """Return a client with a role's token (None: a stranger's) for the port of now."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        url = f"http://127.0.0.1:{self.port('http')}"
        self.clients.append(httpx.Client(base_url=url, headers=headers, timeout=60))
        return self.clients[-1]

    def rows(self, database: str, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query on one of the node's databases, read-only."""
        settings = Settings.load(self.home)
        url = {"identity": settings.identity_url, "reading": settings.reading_url}[database]
        if url.startswith("postgresql"):
            with psycopg.connect(url) as connection:
                return connection.execute(query.replace("%", "%%").replace("?", "%s").encode(), values).fetchall()
        with closing(sqlite3.connect(f"file:{self.home / database}.sqlite?mode=ro", uri=True, timeout=30)) as opened:
            return opened.execute(query, values).fetchall()

    def wait_until(self, done: Callable[[], Any], what: str, seconds: float = 240.0) -> Any:
        """Wait until something is so and return it; say what was waited for when it never is."""
        deadline = time.monotonic() + seconds
        while not (found := done()):
            if time.monotonic() > deadline:
                log = (self.home / "serve.err").read_text(errors="replace")[-3000:]
                pytest.fail(f"waited {seconds:.0f} s in vain until {what}; the log ends:\n{log}")
            time.sleep(0.1)
        return found

    def wait_idle(self, seconds: float = 400.0) -> None:
        """Wait until everything received has been taken in and gone through the pipeline."""
        self.wait_until(self.is_idle, "the pipeline is idle", seconds)

    def is_idle(self) -> bool:
        """Say whether everything received has been taken in and gone through the pipeline."""
        if any((self.home / "spool" / "new").iterdir()):
            return False
        query = "select count(*) from study where wanted_revision > finished_revision or settling"
        return self.rows("identity", query) == [(0,)]

    def _ready(self) -> dict[str, dict[str, int]]:
        said = {}
        for path in (self.home / "run").glob("*.json"):
            try:
                said[path.stem] = json.loads(path.read_text())
            except (FileNotFoundError, ValueError):
                continue
        return {role: each for role, each in said.items() if _lives(each["pid"])}


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
