"""Fixtures that several rooms share: foreign programs, a running DIMSE door, and small Part 10 objects."""

import os
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from socketserver import BaseServer

import pytest
import structlog
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom.transport import ThreadedAssociationServer
from xdist.scheduler import LoadScopeScheduling

from config.identifiers import AETitle
from config.settings import Dicom, Settings
from scp.peers import SiteRule, write_peers
from scp.server import run_scp
from scp.spool import Spool
from worklist.access import passwords

from .once_a_process import collect_garbage_seldom, statements_compiled_once
from .postgresql import Cluster, running_cluster
from .safe_log import log_to_descriptor

_GIVEN_PORTS = range(10_000, 32_000)

# A slow machine is no failure: no property is judged by the time it took. What CI loads by itself stays in force.
# A property is tried OVERREAD_EXAMPLES times where it does not say how often itself.
settings.register_profile(
    "patient",
    parent=settings(),
    max_examples=int(os.environ.get("OVERREAD_EXAMPLES", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")

collect_garbage_seldom()

_ON_ONE_WORKER = ("tests/integration/whole_way/",)  # one long story, told once for all modules of the folder


class _Scheduling(LoadScopeScheduling):
    """Modules go where there is room, each as a whole; a folder whose modules share what takes long is one of them."""

    def _split_scope(self, nodeid: str) -> str:
        return next((each for each in _ON_ONE_WORKER if nodeid.startswith(each)), nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling | None:
    """Spread the tests over the workers (`make test`)."""
    return _Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a finder of ports for programs that have to be told one.

    They lie below those that a system gives to who asks for any, so that nobody gets them between the look and the use.
    """
    chance = random.SystemRandom()

    def find() -> int:
        for port in chance.sample(_GIVEN_PORTS, 100):
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError:
                continue
            return port
        pytest.fail("no port is free")

    return find


AT_THE_MERCY_OF_OTHERS = ("browser", "integration")
"""Folders of tests whose outcome is also that of a browser, foreign programs and several processes at once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test among other programs try twice, in CI every test; the summary names each that needed it as `RERUN`."""
    for item in items:
        folders = set(item.path.relative_to(item.config.rootpath).parts)
        twice = "CI" in os.environ or folders & set(AT_THE_MERCY_OF_OTHERS)
        if twice and item.get_closest_marker("flaky") is None:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def costly_hasher() -> Iterator[PasswordHasher]:
    """Let passwords be hashed as always, only with less work; return the hasher of the node itself."""
    with pytest.MonkeyPatch.context() as patch:
        costly = passwords._HASHER
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield costly


@pytest.fixture(scope="session", autouse=True)
def work_done_once() -> Iterator[None]:
    """Let no test translate into SQL what another one did."""
    with statements_compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def servers_end_soon() -> Iterator[None]:
    """Let a DIMSE server look often whether it is to end, and not call the collector each so many looks."""

    def serve(server: ThreadedAssociationServer, **_pace: float) -> None:
        BaseServer.serve_forever(server, poll_interval=0.02)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadedAssociationServer, "serve_forever", serve)
        patch.setattr(ThreadedAssociationServer, "service_actions", lambda _server: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def log_of_tests() -> None:
    """Let nothing log to a stream that may go away meanwhile."""
    log_to_descriptor()


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Undo what a test configured of the log, which belongs to the whole process."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture
def foreign_program() -> Callable[[str], str]:
    """Find a foreign program: absent it skips on a laptop and fails when CI=true."""

    def find(name: str) -> str:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if path is None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"the foreign program {name} is missing")
            pytest.skip(f"the foreign program {name} is not installed")
        return path

    return find


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """Return a running PostgreSQL server; absent it skips on a laptop and fails when CI=true."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def shared_corpus() -> Path:
    """Return the folder of real files beside the checkout; skip where there is none."""
    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus of real files is not here")
    return folder.resolve()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a CA, a server and a client certificate."""
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA")
    for name in ("server", "client"):
        run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=x")
        run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", f"{name}.pem")
    run("rsa", "-aes128", "-passout", "pass:secret", "-in", "server.key", "-out", "locked.key")
    return folder


@pytest.fixture
def part10() -> Callable[..., bytes]:
    """Return a maker of small Part 10 files: `part10(number, transfer_syntax=..., **elements)`."""

    def make(number: int = 1, *, transfer_syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
        dataset = Dataset()
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = f"1.2.826.0.1.3680043.10.1.{number}"
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.2", "1.2.826.0.1.3680043.10.3"
        dataset.Modality = "CT"
        dataset.PatientID = "PATIENT-1"
        dataset.PatientName = "Planted^Identity"
        dataset.Rows = dataset.Columns = 16
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.add_new("PixelData", "OW", bytes(range(256)) * 2)
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = transfer_syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        target = BytesIO()
        dcmwrite(target, dataset, enforce_file_format=True)
        return target.getvalue()

    return make


@dataclass
class ScpNode:
    """A DIMSE door that runs on threads of the test."""

    settings: Settings
    port: int
    spool: Spool
    stop: threading.Event
    thread: threading.Thread

    def close(self) -> None:
        """Stop the door and wait until it has."""
        self.stop.set()
        self.thread.join(180)
        assert not self.thread.is_alive(), "the door did not stop"


@pytest.fixture
def scp_node(tmp_path: Path) -> Iterator[Callable[..., ScpNode]]:
    """Return a starter of DIMSE doors that know the site `north` as NORTH; `scp_node(streaming=False, **dicom)`."""
    running: list[ScpNode] = []

    def start(*, streaming: bool = True, **dicom: object) -> ScpNode:
        home = tmp_path / f"home{len(running)}"
        home.mkdir()
        settings = Settings(home=home, dicom=Dicom(**({"port": 0, "tls_port": 0, "reserve_bytes": 0} | dicom)))
        write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
        stop, up, ports = threading.Event(), threading.Event(), list[int]()

        def ready(port: int) -> None:
            ports.append(port)
            up.set()

        def serve() -> None:
            run_scp(settings, stop=stop, ready=ready, streaming=streaming)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert up.wait(180), "the door did not open"
        node = ScpNode(settings, ports[0], Spool(settings.spool), stop, thread)
        running.append(node)
        return node

    yield start
    for node in running:
        node.close()
