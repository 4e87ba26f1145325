"""The supervisor: what dies is started again, after a pause that grows while it keeps dying young."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.settings import Dicom, Settings
from gateway.roles import ROLES, processes_of, ready_file
from gateway.supervisor import Supervisor

READY = """
import json, os, pathlib, sys, time
path = pathlib.Path(sys.argv[1])
path.with_suffix(".new").write_text(json.dumps({"pid": os.getpid(), "port": 4711}))
path.with_suffix(".new").replace(path)
time.sleep(600)
"""
PATIENCE = 180
DIES = "import sys; sys.exit(3)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{READY}"


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Supervisor]]:
    """Return a starter of supervisors whose roles are tiny programs; all are stopped at the end."""
    (tmp_path / "run").mkdir()
    monkeypatch.setattr("gateway.supervisor._YOUNG_SECONDS", 600.0)
    started: list[Supervisor] = []

    def start(said: list[str], receivers: int = 1, **programs: str) -> Supervisor:
        settings = Settings(home=tmp_path, dicom=Dicom(port=0, processes=receivers))

        def spawn(_self: Supervisor, name: str) -> subprocess.Popen[bytes]:
            program = programs.get(name, READY)
            return subprocess.Popen([sys.executable, "-c", program, str(ready_file(tmp_path, name))])

        monkeypatch.setattr(Supervisor, "_spawn", spawn)
        supervisor = Supervisor(settings, said=said.append)
        started.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for each in started:
        each.stop()


def tend_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        supervisor.tend()
        time.sleep(0.05)


def test_ready_roles_tell_their_ports(supervise) -> None:
    assert supervise([]).wait_ready(PATIENCE) == dict.fromkeys(ROLES, 4711)


def test_killed_role_is_started_again_and_the_others_go_on(supervise) -> None:
    said: list[str] = []
    supervisor = supervise(said)
    supervisor.wait_ready(PATIENCE)
    before = supervisor.pids()
    os.kill(before["worker"], signal.SIGKILL)
    tend_until(supervisor, lambda: supervisor.pids()["worker"] != before["worker"])
    after = supervisor.pids()
    assert (after["scp"], after["http"]) == (before["scp"], before["http"])
    assert supervisor.wait_ready(PATIENCE) == dict.fromkeys(ROLES, 4711)
    assert said == ["worker ended with -9; starting it again in 1.0 s"]


def test_each_of_several_receivers_is_looked_after(supervise) -> None:
    said: list[str] = []
    supervisor = supervise(said, receivers=2)
    assert supervisor.wait_ready(PATIENCE).keys() == {*ROLES, "scp-2"}
    before = supervisor.pids()
    os.kill(before["scp-2"], signal.SIGKILL)
    tend_until(supervisor, lambda: supervisor.pids()["scp-2"] != before["scp-2"])
    assert supervisor.pids()["scp"] == before["scp"]
    assert said == ["scp-2 ended with -9; starting it again in 1.0 s"]


def test_there_are_as_many_receivers_as_the_setting_says_and_without_one_as_suit_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receivers(count: int) -> list[str]:
        settings = Settings(home=tmp_path, dicom=Dicom(processes=count))
        return [name for name, (role, _) in processes_of(settings).items() if role == "scp"]

    assert receivers(3) == ["scp", "scp-2", "scp-3"]
    for cores, expected in ((1, 1), (2, 1), (4, 2), (64, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, cores=cores: set(range(cores)))
        assert len(receivers(0)) == expected


def test_pause_grows_while_a_role_keeps_dying_young(supervise) -> None:
    said: list[str] = []
    supervisor = supervise(said, http=DIES)
    tend_until(supervisor, lambda: len(said) == 2)
    assert [line.rsplit(" in ")[1] for line in said] == ["1.0 s", "2.0 s"]


def test_role_that_never_gets_ready_is_named(supervise) -> None:
    with pytest.raises(TimeoutError, match="http"):
        supervise([], http=DIES).wait_ready(1)


def test_stop_ends_every_role(supervise) -> None:
    supervisor = supervise([])
    supervisor.wait_ready(PATIENCE)
    pids = supervisor.pids().values()
    supervisor.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_cannot_be_looked_at_stops_no_role(supervise, tmp_path: Path) -> None:
    (tmp_path / "run" / "under-way").touch()  # no folder, so that to look is an error
    supervisor, stop = supervise([]), threading.Event()
    supervisor.wait_ready(PATIENCE)
    before = supervisor.pids()["worker"]
    os.kill(before, signal.SIGKILL)
    tending = threading.Thread(target=supervisor.run, args=(stop,))
    tending.start()
    deadline = time.monotonic() + PATIENCE
    while supervisor.pids()["worker"] == before and tending.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    after = supervisor.pids()["worker"]
    stop.set()
    tending.join()
    assert after != before


def test_role_deaf_to_the_request_is_killed(supervise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.supervisor._STOP_SECONDS", 0.3)
    supervisor = supervise([], scp=DEAF)
    supervisor.wait_ready(PATIENCE)
    pid = supervisor.pids()["scp"]
    supervisor.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
