"""The programs that `bench_receive` compares: how each is started, when it is ready, and what it costs.

CPU and memory are those of the whole process tree. Every program runs on 127.0.0.1, in a folder of its own.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_COMPILED = Path(tempfile.gettempdir()) / "overread-bench-compiled"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPATH": str(ROOT),
    "PYTHONPYCACHEPREFIX": str(_COMPILED),  # programs run compiled, as those that are installed do
}
CALLED, CALLING = "OVERREAD", "NORTH"
PATIENCE = 300.0


@dataclass(frozen=True)
class Receiver:
    """A program under test; `ready` says whether it takes instances."""

    name: str
    start: Callable[[Path, int], list[str]]
    ready: Callable[[Path, int], bool]


@dataclass(frozen=True)
class Running:
    """A program that runs."""

    folder: Path
    port: int
    process: psutil.Popen

    def tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the time of the tree, that of its dead children included."""
        return sum(sum(times) for times in map(_times, self.tree()))

    def memory_mb(self) -> float:
        """Return the memory that is not shared with other programs."""
        return sum(each.memory_full_info().uss for each in self.tree()) / 1e6

    def written(self) -> list[int]:
        """Return when each file that can be an image was last written, in nanoseconds, sorted."""
        files = [each.stat() for each in self.folder.rglob("*") if each.is_file()]
        return sorted(each.st_mtime_ns for each in files if each.st_size > 400_000)


def _times(process: psutil.Process) -> tuple[float, ...]:
    try:
        return tuple(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return ()


@contextmanager
def running(receiver: Receiver) -> Iterator[Running]:
    """Run a program until the end of the block."""
    folder, port = Path(tempfile.mkdtemp(prefix="bench-")), free_port()
    with (folder / "output.txt").open("wb") as output:
        process = psutil.Popen(receiver.start(folder, port), stdout=output, stderr=output, env=ENVIRONMENT)
    try:
        wait_until(lambda: receiver.ready(folder, port), f"{receiver.name} is ready")
        time.sleep(0.5)
        yield Running(folder, port, process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except psutil.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"it did not come about that {what}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def need(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        raise SystemExit(f"{program} is not installed")
    return path


def _answers(_folder: Path, port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _ours(processes: int, *options: str) -> Callable[[Path, int], list[str]]:
    words = [*options, f"processes={processes}"]
    return lambda folder, port: [sys.executable, str(HERE / "serve_scp.py"), str(folder), str(port), *words]


def _all_up(processes: int) -> Callable[[Path, int], bool]:
    return lambda folder, _port: all((folder / f"ready-{number}").exists() for number in range(1, processes + 1))


def overread(processes: int, *options: str, name: str = "overread, durable") -> Receiver:
    """Return our door in so many processes."""
    return Receiver(f"{name} ({processes} proc.)", _ours(processes, *options), _all_up(processes))


def overread_indexing(processes: int) -> Receiver:
    """Return our door with the intake behind it: index and vault."""
    program = [sys.executable, str(HERE / "serve_intake.py")]
    return Receiver(
        f"overread, indexed and encrypted ({processes} proc.)",
        lambda folder, port: [*program, str(folder), str(port), str(processes)],
        lambda folder, _port: _all_up(processes)(folder, 0) and (folder / "ready-intake").exists(),
    )


def _storescp(folder: Path, port: int) -> list[str]:
    options = ["--fork", "+B", "+xa", "-pdu", "131072", "-od", str(folder), "-aet", CALLED]
    return [need("storescp"), *options, str(port)]


def _orthanc(sync: bool) -> Callable[[Path, int], list[str]]:
    def start(folder: Path, port: int) -> list[str]:
        settings = {
            "DicomAet": CALLED,
            "DicomPort": port,
            "HttpServerEnabled": False,
            "StorageDirectory": str(folder / "db"),
            "IndexDirectory": str(folder / "db"),
            "DicomAlwaysAllowStore": True,
            "MaximumPduLength": 131072,
            "SyncStorageArea": sync,
            "Plugins": [],
        }
        (folder / "orthanc.json").write_text(json.dumps(settings))
        return [need("Orthanc"), str(folder / "orthanc.json")]

    return start


def _pynetdicom(kind: str) -> Callable[[Path, int], list[str]]:
    return lambda folder, port: [sys.executable, str(HERE / "serve_pynetdicom.py"), str(folder), str(port), kind]


STORESCP = Receiver("storescp --fork +B", _storescp, _answers)
ORTHANC_SYNC = Receiver("Orthanc", _orthanc(True), _answers)
ORTHANC_NO_SYNC = Receiver("Orthanc, no sync", _orthanc(False), _answers)
MINIMAL_PYNETDICOM = Receiver("pynetdicom, minimal", _pynetdicom("minimal"), _answers)
STOCK_PYNETDICOM = Receiver("pynetdicom, all classes", _pynetdicom("all"), _answers)


def run(*words: str, quiet: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program that must succeed."""
    return subprocess.run(words, env=ENVIRONMENT, capture_output=quiet, text=True, check=True)
