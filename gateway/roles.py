"""Run one role of a node in this process: the DIMSE door, the HTTP door, the worker or the HL7 door.

Each process says where it listens in `run/NAME.json` once it is ready, and ends gracefully on SIGTERM or when the
process that started it is gone. A process is named like its role; of several receivers all but the first bear a number.
"""

import gc
import json
import os
import signal
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from config.log import get_log
from config.settings import Settings
from gateway.log_levels import follow_levels
from gateway.node import open_node

if TYPE_CHECKING:
    from gateway.retrieval.archive import ReadingArchive

Role = Literal["scp", "http", "worker", "hl7"]
ROLES: tuple[Role, ...] = ("scp", "http", "worker")
OPTIONAL_ROLES: tuple[Role, ...] = ("hl7",)
SUPERVISED_BY = "OVERREAD_SUPERVISED"
NUMBER = "OVERREAD_PROCESS_NUMBER"  # of a receiver among those that share the ports
_MOST_RECEIVERS = 4
_PARENT_CHECK_SECONDS = 0.5


def run_role(settings: Settings, role: Role) -> None:
    """Run a role until it is told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    _stop_with_parent(stop)
    follow_levels(settings, role, stop)
    _RUN[role](settings, stop)
    name = process_name(role, _number())
    if read_ready(settings.home, name, os.getpid()) is not None:  # it may be a successor's by now
        ready_file(settings.home, name).unlink(missing_ok=True)
    get_log().info("role-stopped", role=role)


def roles_of(settings: Settings) -> tuple[Role, ...]:
    """Return the roles of a node: the HL7 door only where it has a port."""
    return (*ROLES, "hl7") if settings.hl7.port else ROLES


def processes_of(settings: Settings) -> dict[str, tuple[Role, int]]:
    """Return the processes of a node by name, with the role and the number of each."""
    counts: dict[Role, int] = {"scp": settings.dicom.processes or _receivers_for_this_machine()}
    return {
        process_name(role, number): (role, number)
        for role in roles_of(settings)
        for number in range(1, counts.get(role, 1) + 1)
    }


def process_name(role: Role, number: int) -> str:
    """Return the name of a process."""
    return role if number == 1 else f"{role}-{number}"


def ready_file(home: Path, name: str) -> Path:
    """Return the file in which a process says that it is ready."""
    return home / "run" / f"{name}.json"


def read_ready(home: Path, name: str, pid: int) -> dict[str, int] | None:
    """Return what a process said when it became ready, or None while it has not."""
    try:
        said: dict[str, int] = json.loads(ready_file(home, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return said if said.get("pid") == pid else None


def _say_ready(settings: Settings, role: Role, port: int = 0) -> None:
    gc.collect()
    gc.freeze()
    path = ready_file(settings.home, process_name(role, _number()))
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps({"pid": os.getpid(), "port": port}), encoding="utf-8")
    temporary.replace(path)
    get_log().info("role-ready", role=role, port=port, pid=os.getpid())


def _scp(settings: Settings, stop: threading.Event) -> None:
    from scp.ports import inherited_ports
    from scp.server import run_scp

    def open_archive() -> "ReadingArchive":  # what it needs takes long to import, and most doors never need it
        from gateway.retrieval.archive import open_archive

        return open_archive(settings)

    run_scp(
        settings,
        stop=stop,
        ready=lambda port: _say_ready(settings, "scp", port),
        open_archive=open_archive,
        ports=inherited_ports(os.environ),
        number=_number(),
    )


def _http(settings: Settings, stop: threading.Event) -> None:
    from gateway.http.server import run_http

    with open_node(settings) as node:
        run_http(node, stop=stop, ready=lambda port: _say_ready(settings, "http", port))


def _hl7(settings: Settings, stop: threading.Event) -> None:
    from gateway.case_reports.hl7.server import run_hl7

    with open_node(settings) as node:
        run_hl7(node, stop=stop, ready=lambda port: _say_ready(settings, "hl7", port))


def _worker(settings: Settings, stop: threading.Event) -> None:
    from gateway.sole_worker import become_sole_worker
    from gateway.worker import run_worker

    if not become_sole_worker(settings.home, stop):
        return
    with open_node(settings) as node:
        run_worker(node, stop=stop, ready=lambda: _say_ready(settings, "worker"))


def _number() -> int:
    return int(os.environ.get(NUMBER, "1"))


def _receivers_for_this_machine() -> int:
    return min(max(len(os.sched_getaffinity(0)) // 2, 1), _MOST_RECEIVERS)


def _stop_with_parent(stop: threading.Event) -> None:
    """Stop when the supervisor dies, however it dies: an orphan would keep the port from its successor.

    The supervisor says its own number, since it may have died before this process could ask for its parent's.
    """
    supervisor = os.environ.get(SUPERVISED_BY)

    def watch() -> None:
        while not stop.wait(_PARENT_CHECK_SECONDS):
            if str(os.getppid()) != supervisor:
                stop.set()

    if supervisor is not None:
        threading.Thread(target=watch, name="parent", daemon=True).start()


_RUN: Mapping[Role, Callable[[Settings, threading.Event], None]] = {
    "scp": _scp,
    "http": _http,
    "worker": _worker,
    "hl7": _hl7,
}
