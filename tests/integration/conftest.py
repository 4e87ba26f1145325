"""Nodes for outsiders to drive, and a hospital that takes the answers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from config.settings import Settings
from sample_studies import SITES
from tests.postgresql import Cluster
from worklist.room import ReadingRoom

from .live_node import LiveNode, plain_environment, run_cli
from .reading_zone import make_reading_zone, publish

READER, PASSWORD = "Dr Ada Lumen", "a-long-pass-phrase"
ROLES = ("reader", "coordinator", "integrator")
HOSPITAL_AE = "HOSPITAL_PACS"
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


def _program(name: str) -> str:
    """Find a foreign program for the session; the fixture `foreign_program` is a test's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"the foreign program {name} is missing")
    return found or pytest.skip(f"the foreign program {name} is not installed")


@pytest.fixture
def reading_zone(part10: Callable[..., bytes]) -> Callable[[Settings, int], ReadingRoom]:
    """Return a maker of reading zones with published studies and workstations: `reading_zone(settings, store_port)`."""
    return lambda settings, store_port: make_reading_zone(settings, part10, store_port)


@pytest.fixture(name="publish")
def publisher() -> Callable[[ReadingRoom, bytes], None]:
    """Return who publishes one more instance in such a zone."""
    return publish


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
        running.append(subprocess.Popen(command, env=plain_environment() | environment, **quiet))
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
    """Make a home once, to be copied."""
    return prepare(tmp_path_factory.mktemp("prepared") / "home", hospital)


def prepare(home: Path, hospital: Hospital, more_settings: str = "") -> LiveNode:
    """Make a home by the command line, with the sample hospitals, a reader and a token a role."""
    node = LiveNode(home, {})
    node.home.mkdir()
    (node.home / "overread.toml").write_text(_SETTINGS + more_settings, encoding="utf-8")
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
def node_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory, hospital: Hospital, postgresql: Cluster
) -> Iterator[LiveNode]:
    """Run a node on two new databases, each with a role of its own: `overread_identity` and `overread_reading`."""
    more = ""
    for zone in ("identity", "reading"):
        postgresql.make_role(f"overread_{zone}")
        url = postgresql.make_database(f"overread_{zone}", f"overread_{zone}")
        more += f'\n[{zone}]\ndatabase_url = "{url}"\n'
    node = prepare(tmp_path_factory.mktemp("postgresql") / "home", hospital, more)
    yield node.start()
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
