"""A study is begun as soon as a sign says that it is whole, and again when the sign was wrong."""

import time
from collections.abc import Callable

import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from gateway.commitment import CommitmentDuty
from gateway.models import Delivery
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


def order(gate, instances: int | None, **counts: object) -> None:
    requested = {"accession_number": "A-17", "instances": instances} | counts
    gate.case(accession_numbers=["A-17"], requested_studies=[requested])


def images(part10: Part10, *numbers: int, **elements: str) -> list[bytes]:
    return [part10(number, AccessionNumber="A-17", **elements) for number in numbers]


def test_a_study_is_begun_at_once_when_as_many_instances_came_as_its_case_says(gate, part10: Part10, started) -> None:
    order(gate, 3)
    first, second, third = images(part10, 1, 2, 3)
    gate.receive(first)
    gate.receive(second)
    assert start(gate) == 0
    gate.receive(second)  # the same again is none more
    assert start(gate) == 0
    gate.receive(third)
    assert start(gate) == 1


def test_while_the_case_says_that_more_is_to_come_a_release_is_no_sign_but_silence_is(
    gate, part10: Part10, started
) -> None:
    order(gate, 3)
    gate.receive(images(part10, 1)[0])
    assert release(gate) == 1
    gate.pass_time(seconds=10)
    assert start(gate) == 0
    gate.pass_time(seconds=gate.node.settings.settle.quiet_seconds)
    assert start(gate) == 1


def test_a_count_of_series_alone_says_only_what_is_still_to_come(gate, part10: Part10, started) -> None:
    order(gate, None, series=2)
    gate.receive(images(part10, 1)[0])
    release(gate)
    gate.pass_time(seconds=10)
    assert start(gate) == 0
    gate.receive(images(part10, 2, SeriesInstanceUID="1.2.826.0.1.3680043.10.4")[0], delivery="2" * 32)
    assert start(gate) == 0
    release(gate, "2" * 32)
    gate.pass_time(seconds=10)
    assert start(gate) == 1


def test_a_case_that_comes_after_the_images_says_that_they_are_all(gate, part10: Part10, started) -> None:
    gate.receive(images(part10, 1)[0])
    assert start(gate) == 0
    order(gate, 1)
    assert start(gate) == 1


@pytest.mark.parametrize(
    "requested",
    [
        [{"accession_number": "A-18", "instances": 1}],
        [{"accession_number": "A-17", "modality": "MR", "instances": 1}],
        [{"instances": 1}, {"instances": 2}],
        [{"accession_number": "A-17", "study_uid": "1.2.3", "instances": 1}],
    ],
)
def test_a_count_of_another_study_says_nothing_of_this_one(gate, part10: Part10, started, requested) -> None:
    gate.case(accession_numbers=["A-17"], requested_studies=requested)
    gate.receive(images(part10, 1)[0])
    assert start(gate) == 0


def test_two_cases_that_disagree_are_not_believed_and_another_sites_never(gate, part10: Part10, started) -> None:
    order(gate, 1)
    gate.case(
        patient={"name": "Other^Person", "ids": [{"id": "P-2"}]},
        accession_numbers=["A-17"],
        requested_studies=[{"instances": 2}],
    )
    gate.receive(images(part10, 1)[0])
    gate.case(site="south", accession_numbers=["A-17"], requested_studies=[{"instances": 1}])
    assert start(gate) == 0


def test_a_disc_whose_directory_lists_more_than_came_is_no_sign(gate, part10: Part10, started) -> None:
    gate.receive(part10(1))
    with gate.node.identity.write() as session:
        session.get_one(Delivery, DELIVERY).promised = {"listed": 2, "missing": ["B"], "missing_count": 1}
    release(gate)
    gate.pass_time(seconds=10)
    assert start(gate) == 0
    gate.pass_time(seconds=gate.node.settings.settle.quiet_seconds)
    assert start(gate) == 1
