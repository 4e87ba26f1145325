"""A study is begun as soon as a sign says that it is whole, and again when the sign was wrong."""

import time
from collections.abc import Callable

import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from gateway.commitment import CommitmentDuty
from gateway.pipeline import dispatch
from gateway.wholeness import DepartureDuty
from scp.commitment_box import CommitmentBox, CommitmentRequest
from scp.departures import Departures

Part10 = Callable[..., bytes]
DELIVERY = "1" * 32


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return what would have been started, as (study, revision)."""
    begun: list[tuple[int, int]] = []
    monkeypatch.setattr(dispatch, "_start", lambda _run, study_id, revision: begun.append((study_id, revision)))
    return begun


def start(gate) -> int:
    return dispatch.start_due(gate.node, lambda *_: None)


def release(gate, delivery=DELIVERY) -> int:
    Departures(gate.node.settings.departures).note(delivery)
    return DepartureDuty(gate.node)()


def test_a_released_association_shortens_the_wait(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    assert release(gate) == 1
    assert start(gate) == 0
    gate.pass_time(seconds=gate.node.settings.settle.released_seconds)
    assert start(gate) == 1
    assert started == [(1, 1)]


def test_another_association_does_not(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    release(gate, "2" * 32)
    gate.pass_time(seconds=10)
    assert start(gate) == 0


def test_an_object_that_comes_after_the_release_takes_the_sign_back(gate, part10: Part10, started) -> None:
    gate.receive(part10(1))
    release(gate)
    gate.receive(part10(2), delivery="2" * 32)
    gate.pass_time(seconds=10)
    assert start(gate) == 0
    release(gate, "2" * 32)
    gate.pass_time(seconds=10)
    assert start(gate) == 1


def test_a_release_waits_for_what_still_lies_in_the_spool(gate, part10: Part10, started) -> None:
    gate.receive(part10(1))
    entry = gate.spool(part10(2))
    assert release(gate) == 0
    gate.node.spool.remove(entry)
    assert DepartureDuty(gate.node)() == 1
    assert DepartureDuty(gate.node)() == 0


def test_a_spool_entry_that_never_goes_does_not_keep_signs_for_ever(gate, part10: Part10, monkeypatch) -> None:
    gate.spool(part10(1))
    assert release(gate) == 0
    later = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    assert DepartureDuty(gate.node)() == 1


def test_a_study_whose_commitment_was_asked_for_is_whole(gate, part10: Part10, started) -> None:
    payload = part10()
    gate.receive(payload)
    header = dcmread(DicomBytesIO(payload), stop_before_pixels=True)
    CommitmentBox(gate.node.settings.commitments).ask(
        CommitmentRequest(
            transaction_uid="1.2.3",
            site="north",
            delivery=DELIVERY,
            calling_ae="NORTH",
            received_at=gate.node.clock(),
            references=((str(header.SOPClassUID), str(header.SOPInstanceUID)),),
        )
    )
    assert start(gate) == 0
    CommitmentDuty(gate.node)()
    assert start(gate) == 1
