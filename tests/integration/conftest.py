"""A node as outsiders see it: its command line, its ports and its processes; and a hospital that takes the answers."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydicom import Dataset, dcmread

from config.settings import Settings
from gateway.roles import processes_of
from sample_studies import SITES

from .in_process import run_in_process

ROOT = Path(__file__).resolve().parents[2]
READER, PASSWORD = "Dr Ada Lumen", "a-long-pass-phrase"
ROLES = ("reader", "coordinator", "integrator")
HOSPITAL_AE = "HOSPITAL_PACS"
_CLI_SECONDS = 240
_STOP_SECONDS = 90
_SETTINGS = """\
[dicom]
port = 0
reserve_bytes = 0

[http]
port = 0

[settle]
quiet_seconds = 1.0

[returns]
retry_seconds = 0.5

[log]
level = "info"
"""


def _environment() -> dict[str, str]:
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
        env=_environment(),
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
                env=_environment(),
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


def _program(name: str) -> str:
    """Find a foreign program for the session; the fixture `foreign_program` is a test's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"the foreign program {name} is missing")
    return found or pytest.skip(f"the foreign program {name} is not installed")


@pytest.fixture(scope="session")
def overread() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return the command line, for homes without a node: `overread(HOME or None, *words)`."""
    return run_cli


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Find a foreign program, for fixtures that outlive a test."""
    return _program


@pytest.fixture
def overread_process() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a starter of commands that go on: `overread_process(HOME, *words, **environment)`."""
    running: list[subprocess.Popen[bytes]] = []

    def start(home: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway.cli", *words, "--home", str(home)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        running.append(subprocess.Popen(command, env=_environment() | environment, **quiet))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Hospital:
    """A storage SCP of DCMTK and what it received."""

    port: int
    folder: Path

    def received(self, study_instance_uid: str) -> list[Dataset]:
        """Return what came for a study, every delivery once."""
        found = [_read(path) for path in sorted(self.folder.iterdir())]
        return [each for each in found if each.get("StudyInstanceUID") == study_instance_uid]


def _read(path: Path) -> Dataset:
    """Return what a file holds; nothing while it is being written."""
    try:
        return dcmread(path)
    except Exception:  # noqa: BLE001 - whatever half a file makes of the parser
        return Dataset()


@pytest.fixture(scope="session")
def hospital(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Hospital]:
    """Run the storage SCP that all sites get their answers at; `+uf` gives every delivery a file of its own."""
    folder, port = tmp_path_factory.mktemp("hospital"), free_port()
    command = [_program("storescp"), "-aet", HOSPITAL_AE, "-od", str(folder), "+uf", "-fe", ".dcm", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield Hospital(port, folder)
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, hospital: Hospital) -> LiveNode:
    """Make a home by the command line once, with the sample hospitals, a reader and a token a role; to be copied."""
    node = LiveNode(tmp_path_factory.mktemp("prepared") / "home", {})
    node.home.mkdir()
    (node.home / "overread.toml").write_text(_SETTINGS, encoding="utf-8")
    node.do("init")
    for site in SITES:
        title = ["--ae-title", site.ae_title, "--display-name", site.display_name, "--country", site.country]
        back = ["--return-ae", HOSPITAL_AE, "--return-host", "127.0.0.1", "--return-port", str(hospital.port)]
        node.do("site", "add", site.name, *title, *back)
    node.do("reader", "add", READER, "--email", "ada@example.org", "--password-stdin", stdin=f"{PASSWORD}\n")
    for role in ROLES:
        name = READER if role == "reader" else f"the {role}"
        node.tokens[role] = node.do("token", "create", "--role", role, "--name", name).strip()
    return node


@pytest.fixture(scope="session")
def start_node(prepared: LiveNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LiveNode]]:
    """Return a starter of nodes, each on its own copy of the prepared home; `start(dicom)` sets more in `[dicom]`."""
    started: list[LiveNode] = []

    def start(dicom: str = "") -> LiveNode:
        home = tmp_path_factory.mktemp("node") / "home"
        shutil.copytree(prepared.home, home)
        settings = home / "overread.toml"
        settings.write_text(settings.read_text().replace("[dicom]\n", f"[dicom]\n{dicom}"))
        started.append(LiveNode(home, prepared.tokens))
        return started[-1].start()

    yield start
    for node in started:
        node.end()


@pytest.fixture(scope="module")
def live_node(start_node: Callable[[], LiveNode]) -> Iterator[LiveNode]:
    """Run a node for a module; it must end gracefully."""
    node = start_node()
    yield node
    node.stop()


@pytest.fixture(scope="session")
def push() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return DCMTK's senders: `push(program, port, calling_ae, files, *options)`, without Nagle's algorithm."""

    def send(
        program: str, port: int, calling_ae: str, files: list[Path], *options: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                _program(program),
                *options,
                "-aet",
                calling_ae,
                "-aec",
                "OVERREAD",
                "127.0.0.1",
                str(port),
                *map(str, files),
            ],
            capture_output=True,
            text=True,
            timeout=240,
            env=os.environ | {"TCP_NODELAY": "1"},
            check=False,
        )

    return send
