"""The way back: each signed read once, under the original identity, until the site has acknowledged it."""

import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from sqlalchemy import select, update

from config.identifiers import AETitle
from config.settings import Settings
from gateway import returns
from gateway.models import Return
from gateway.node import open_node
from gateway.returns import ReturnDuty
from gateway.sender import ObjectResult, SendResult
from gateway.sites import SiteChange, set_site
from gateway.studies import purge, study_view
from worklist.models import OutboxEntry
from worklist.principal import Principal
from worklist.signing import add_addendum

PATIENCE = 180
NAME = "Wang^XiaoMing=王^小明"
ADDRESS = SiteChange(return_ae=AETitle("PACS"), return_host="127.0.0.1", return_port=104)


class Hospital:
    """A hospital that records what it is sent; it refuses while `refuses` says why."""

    def __init__(self) -> None:
        self.sent: list[tuple[tuple[str, int, str, str], list[Dataset]]] = []
        self.refuses = ""

    def send_files(
        self, host: str, port: int, *, called_ae: str, calling_ae: str, files: list[bytes], timeout: float, tls: Any
    ) -> SendResult:
        objects = [dcmread(BytesIO(each)) for each in files]
        self.sent.append(((host, port, called_ae, calling_ae), objects))
        ok = not self.refuses
        return SendResult(
            tuple(ObjectResult(each.SOPInstanceUID, 0 if ok else None, ok, self.refuses) for each in objects)
        )


@pytest.fixture
def hospital(monkeypatch: pytest.MonkeyPatch) -> Hospital:
    """Put a recording hospital in the place of the network."""
    found = Hospital()
    monkeypatch.setattr(returns, "send_files", found.send_files)
    return found


@pytest.fixture
def signed(gate, part10: Callable[..., bytes]) -> str:
    """Return the id of a signed read of a published study whose patient has a Chinese name."""
    patient = {"name": NAME, "birth_date": "1960-01-02", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
    gate.case(patient=patient, question="Mr Wang: 出血?")
    payload = part10(
        SpecificCharacterSet="ISO_IR 192", PatientName=NAME, PatientBirthDate="19600102", AccessionNumber="ACC-77"
    )
    gate.receive(payload)
    assert gate.run() == "enlist"
    return str(gate.sign(gate.study().study_uid, key_images=True))


def jobs(gate) -> list[Return]:
    with gate.node.identity.read() as session:
        return list(session.scalars(select(Return).order_by(Return.id)))


def test_signed_read_becomes_one_return_however_often_the_outbox_is_taken(gate, signed: str) -> None:
    assert returns.take_signed(gate.node) == 1
    with gate.node.reading.write() as session:
        session.execute(update(OutboxEntry).values(taken_at=None))
    assert returns.take_signed(gate.node) == 1
    assert returns.take_signed(gate.node) == 0
    assert [each.read_id for each in jobs(gate)] == [signed]
    assert gate.study().state == "read"


def test_answer_bears_the_original_identity_and_uids(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    assert returns.send_due(gate.node) == 1
    ((address, documents),) = hospital.sent
    assert address == ("127.0.0.1", 104, "PACS", "OVERREAD")
    assert [each.Modality for each in documents] == ["SR", "DOC"]
    for document in documents:
        assert str(document.PatientName) == NAME
        assert document.PatientID == "PATIENT-1"
        assert document.PatientBirthDate == "19600102"
        assert document.AccessionNumber == "ACC-77"
        assert document.StudyInstanceUID == "1.2.826.0.1.3680043.10.2"


@pytest.mark.parametrize(
    ("release", "days"),
    [({"to": "hospital", "after_days": 3}, 3), ({"to": "hospital"}, 0), ({"to": "patient", "after_days": 30}, 0)],
)
def test_answer_leaves_when_the_release_policy_of_the_case_says_so(
    gate, part10, hospital: Hospital, release: dict, days: int
) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    gate.case(release=release)
    gate.receive(part10())
    gate.run()
    gate.sign(gate.study().study_uid)
    assert returns.take_signed(gate.node) == 1
    if days:
        gate.pass_time(days=days, seconds=-1)
        assert (returns.send_due(gate.node), hospital.sent, jobs(gate)[0].state) == (0, [], "waiting")
        gate.pass_time(seconds=1)
    assert (returns.send_due(gate.node), len(hospital.sent), jobs(gate)[0].state) == (1, 1, "sent")


def test_key_image_of_the_answer_is_the_original_instance(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    report = hospital.sent[0][1][0]
    referenced = {str(element.value) for element in report.iterall() if element.keyword == "ReferencedSOPInstanceUID"}
    assert "1.2.826.0.1.3680043.10.1.1" in referenced
    assert gate.objects()[0].derived_uid not in referenced


def test_acknowledged_answer_is_marked_audited_and_sent_no_more(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    assert returns.send_due(gate.node) == 0
    (job,) = jobs(gate)
    assert (job.state, job.attempts, job.sent_at) == ("sent", 1, gate.node.clock())
    study_uid = gate.study().study_uid
    assert gate.audited()[-2:] == [("re-identified", study_uid), ("returned", study_uid)]


def test_answer_without_an_address_is_parked_and_woken_by_one(gate, signed: str, hospital: Hospital) -> None:
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    (job,) = jobs(gate)
    assert (job.state, job.attempts) == ("no-address", 0)
    assert "--return-ae" in (job.reason or "")
    assert returns.send_due(gate.node) == 0
    set_site(gate.node, "north", ADDRESS, actor="admin")
    assert returns.send_due(gate.node) == 1
    assert jobs(gate)[0].state == "sent"
    assert len(hospital.sent) == 1


def test_refused_answer_is_tried_again_later_and_later_with_the_same_uids(
    gate, signed: str, hospital: Hospital
) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    hospital.refuses = "the peer is congested; try again later"
    first = gate.node.settings.returns.retry_seconds
    pauses = []
    for _ in range(3):
        assert returns.send_due(gate.node) == 1
        (job,) = jobs(gate)
        pauses.append((job.next_at - gate.node.clock()).total_seconds())
        assert returns.send_due(gate.node) == 0
        gate.pass_time(seconds=pauses[-1])
    assert pauses == [first, 2 * first, 4 * first]
    assert (job.state, job.reason) == ("waiting", hospital.refuses)
    hospital.refuses = ""
    returns.send_due(gate.node)
    assert (jobs(gate)[0].state, jobs(gate)[0].attempts, jobs(gate)[0].reason) == ("sent", 4, None)
    uids = {tuple(each.SOPInstanceUID for each in documents) for _, documents in hospital.sent}
    assert len(uids) == 1


def test_pauses_grow_to_their_limit_and_no_further(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    with gate.node.identity.write() as session:
        session.execute(update(Return).values(attempts=5000))
    hospital.refuses = "no"
    returns.send_due(gate.node)
    pause = (jobs(gate)[0].next_at - gate.node.clock()).total_seconds()
    assert pause == gate.node.settings.returns.retry_limit_seconds


def test_answer_that_cannot_be_built_keeps_no_other_back(
    gate, signed: str, hospital: Hospital, part10: Callable[..., bytes]
) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    gate.receive(part10(2, StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.4", PatientName=NAME))
    gate.run(2)
    other = gate.sign(gate.study(2).study_uid)
    returns.take_signed(gate.node)
    purge(gate.node, gate.study(1).study_uid, actor="admin")
    assert returns.send_due(gate.node) == 2
    broken, sound = jobs(gate)
    assert (broken.state, broken.attempts) == ("waiting", 1)
    assert "purged" in (broken.reason or "")
    assert (sound.read_id, sound.state) == (other, "sent")
    assert returns.send_due(gate.node) == 0


def test_reason_of_an_answer_that_cannot_be_built_echoes_nothing(
    gate, signed: str, hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[bytes]:
        raise RuntimeError(NAME)

    monkeypatch.setattr(returns, "build_answer", fails)
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    assert jobs(gate)[0].reason == "the answer cannot be sent: RuntimeError"


def test_read_signed_before_a_purge_leaves_the_study_purged(gate, signed: str) -> None:
    purge(gate.node, gate.study().study_uid, actor="admin")
    returns.take_signed(gate.node)
    assert gate.study().state == "purged"


def test_addendum_is_an_answer_of_its_own_with_its_own_uid(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    with gate.node.reading.write() as session:
        add_addendum(session, gate.node.clock, Principal("Dr Ada", "reader", 1, "token"), signed, "And no fracture.")
    assert returns.take_signed(gate.node) == 1
    assert returns.send_due(gate.node) == 1
    (_, before), (_, after) = hospital.sent
    assert {each.SOPInstanceUID for each in before}.isdisjoint(each.SOPInstanceUID for each in after)
    with gate.node.identity.read() as session:
        listed = study_view(session, gate.study().study_uid)["returns"]
    assert [each["addendum"] is None for each in listed] == [True, False]


def test_reading_zone_learns_no_name_by_an_answer(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    returns.send_due(gate.node)
    home = gate.node.settings.home
    written = b"".join(path.read_bytes() for path in home.glob("reading.sqlite*"))
    for planted in ("XiaoMing", "王^小明", "PATIENT-1", "ACC-77"):
        assert planted.encode() not in written


def test_return_survives_a_restart_of_the_node(gate, signed: str, hospital: Hospital) -> None:
    set_site(gate.node, "north", ADDRESS, actor="admin")
    returns.take_signed(gate.node)
    with open_node(Settings.load(gate.node.settings.home), gate.node.clock) as successor:
        assert returns.send_due(successor) == 1
    found: Any = jobs(gate)[0]
    assert found.state == "sent"


def test_a_hospital_that_does_not_answer_makes_no_other_wait(gate, part10, monkeypatch: pytest.MonkeyPatch) -> None:
    answered, held = threading.Event(), threading.Event()

    def send_files(host: str, port: int, *, files: list[bytes], **_: Any) -> SendResult:
        if host == "slow.example":
            held.set()
            assert answered.wait(PATIENCE), "nobody let the slow hospital answer"
        uids = [dcmread(BytesIO(each)).SOPInstanceUID for each in files]
        return SendResult(tuple(ObjectResult(uid, 0, True) for uid in uids))

    monkeypatch.setattr(returns, "send_files", send_files)
    for number, (site, host) in enumerate((("north", "slow.example"), ("south", "quick.example")), start=1):
        address = SiteChange(return_ae=AETitle("PACS"), return_host=host, return_port=104)
        set_site(gate.node, site, address, actor="test")
        gate.case(site=site)
        gate.receive(part10(), site=site, delivery=str(number) * 32)
        assert gate.run(number) == "enlist"
        gate.sign(gate.study(number).study_uid)
    duty = ReturnDuty(gate.node)
    assert duty() == 4
    assert held.wait(PATIENCE)
    wait_until(lambda: [each.state for each in jobs(gate)] == ["waiting", "sent"])
    assert duty() == 0
    answered.set()
    wait_until(lambda: [each.state for each in jobs(gate)] == ["sent", "sent"])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)
