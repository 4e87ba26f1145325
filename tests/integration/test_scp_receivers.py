"""Several receivers share the ports of the door: limits hold for all, and one that is killed takes no port along."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pynetdicom import AE
from pynetdicom.association import Association

from config.identifiers import AETitle
from config.settings import Dicom, Settings
from gateway.sender import send_files
from scp.peers import DoorTerms, SiteRule, write_peers
from scp.ports import Ports, open_ports
from scp.spool import Spool
from scp.visits_file import read_visits

PATIENCE = 180
PROGRAM = Path(__file__).with_name("run_scp_process.py")
ROOT = Path(__file__).resolve().parents[2]
VERIFICATION = "1.2.840.10008.1.1"


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@dataclass
class Door:
    """Two receivers, as the supervisor starts them."""

    home: Path
    ports: Ports
    receivers: dict[int, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.ports.plain.getsockname()[1])

    def start(self, number: int) -> None:
        environment = os.environ | self.ports.environment | {"PYTHONPATH": str(ROOT), "RECEIVER": str(number)}
        self.receivers[number] = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(self.home)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=self.ports.descriptors,
        )

    def wait_open(self, number: int) -> None:
        out = self.receivers[number].stdout
        assert out is not None
        assert out.readline() == f"{self.port}\n"

    def kill9(self, number: int) -> None:
        self.receivers[number].kill()
        self.receivers[number].wait()

    def associate(self) -> Association:
        ae = AE("NORTH")
        ae.add_requested_context(VERIFICATION)
        return ae.associate("127.0.0.1", self.port, ae_title="OVERREAD")

    def let_in(self, **terms: int) -> None:
        write_peers(self.home / "peers.json", [SiteRule("north", (AETitle("NORTH"),), DoorTerms(**terms))])

    def end(self) -> None:
        for each in self.receivers.values():
            each.send_signal(signal.SIGCONT)
            each.terminate()
        for each in self.receivers.values():
            each.communicate(timeout=PATIENCE)
        self.ports.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(tmp_path, open_ports(Dicom(port=0)))
    try:
        for number in (1, 2):
            opened.start(number)
        for number in (1, 2):
            opened.wait_open(number)
        yield opened
    finally:
        opened.end()


def only(door: Door, number: int) -> None:
    """Let one receiver alone run, so that it is the one that takes the next connection."""
    for each, process in door.receivers.items():
        process.send_signal(signal.SIGCONT if each == number else signal.SIGSTOP)


def both(door: Door) -> None:
    for process in door.receivers.values():
        process.send_signal(signal.SIGCONT)


def test_limits_and_the_book_of_visits_are_those_of_all_receivers(door: Door, part10: Callable[..., bytes]) -> None:
    door.let_in(maximum_associations=1, instances_per_hour=1)
    settings = Settings(home=door.home)
    only(door, 1)
    first = door.associate()
    assert first.is_established
    only(door, 2)
    second = door.associate()
    assert second.is_rejected
    refused = second.acceptor.primitive
    assert (refused.result, refused.result_source, refused.diagnostic) == (2, 3, 2)
    both(door)
    first.release()

    def send(number: int) -> list[int | None]:
        result = send_files("127.0.0.1", door.port, called_ae="OVERREAD", calling_ae="NORTH", files=[part10(number)])
        return [each.status for each in result.objects]

    wait_until(lambda: send(1) == [0x0000], "the seat of the first association is free again")
    only(door, 1)
    one = door.associate()
    only(door, 2)
    two = door.associate()
    assert [each.acceptor.primitive.diagnostic for each in (one, two)] == [1, 1], "the hourly limit is reached at both"
    both(door)
    assert Spool(settings.spool).count() == 1

    def hosts() -> set[str]:
        return {visit["answer"] for visit in read_visits(settings.visits_file)}

    wait_until(lambda: {"accepted", "hourly limit of the site reached"} <= hosts(), "the visits are written")
    wait_until((door.home / "spool" / "visits-2.json").exists, "the second receiver writes its own")


def test_while_receivers_are_dead_who_calls_waits_and_is_served_by_their_successor(
    door: Door, part10: Callable[..., bytes]
) -> None:
    inside = door.associate()
    assert inside.is_established
    for number in (1, 2):
        door.kill9(number)
    wait_until(lambda: not inside.is_established, "the association ended with its receiver")
    door.start(1)  # nobody takes connections until it is up, and none is refused
    door.let_in(maximum_associations=1)
    result = send_files("127.0.0.1", door.port, called_ae="OVERREAD", calling_ae="NORTH", files=[part10(1)])
    assert [each.status for each in result.objects] == [0x0000], "no dead receiver holds a seat"
    door.wait_open(1)
    assert len(list((door.home / "run" / "door" / "seats").glob("*.seats"))) == 1
