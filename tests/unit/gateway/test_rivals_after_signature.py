"""What puts the link of a signed read in doubt, a rival or a correction of its case, is told once and moves nothing."""

import pytest
from sqlalchemy import select

from gateway.case_reports import receive
from gateway.cases import close_case
from gateway.desk.case_form import correct_case
from gateway.desk.waiting import waiting_studies
from gateway.housekeeping import Housekeeping
from gateway.links import case_of
from gateway.matching.models import StudyBlock
from gateway.models import Study
from gateway.pipeline.second_look import look_again
from gateway.returns import take_signed

OWN = {"name": "Planted^Identity", "birth_date": "1950-03-04", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


@pytest.fixture
def signed(gate, part10) -> str:
    """Let a study be read and signed with the case that the matcher linked; return the case's number."""
    number = gate.case(patient=OWN)
    gate.receive(part10(PatientBirthDate="19500304"))
    assert gate.run() == "enlist"
    gate.sign(gate.study().study_uid)
    take_signed(gate.node)
    assert gate.run() == "enlist"
    rest(gate)
    return number


def rest(gate) -> None:
    """Let the workflow be over, and a person have seen the study."""
    with gate.node.identity.write() as session:
        study = session.get_one(Study, 1)
        study.started_revision = study.finished_revision = study.wanted_revision
        study.flagged = False


def linked(gate) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def ordered(gate, accession: str = "", text: str = "") -> str | None:
    """File the one order of a patient by HL7, with an accession number or without; return its case's number."""
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250314||ORM^O01|{accession}{text or '-'}|P|2.5.1"
    obr = f"OBR|1|PL-1||CT^CT Head|||||||||{text}|||||{accession}"
    message = "\r".join((header, "PID|1||PATIENT-1^^^^MR||Planted^Identity||19500304", "ORC|NW|PL-1", obr))
    (filed,) = receive(gate.node, site="north", payload=message.encode(), content_type="", file_name="", actor="casey")
    return filed.case_number


@pytest.mark.parametrize("closed", [False, True], ids=["its case open", "its case closed"])
def test_rival_that_comes_after_the_signature_is_shown_to_the_coordinator_and_moves_nothing(
    gate, signed, closed: bool
) -> None:
    if closed:
        close_case(gate.node, signed, actor="clerk")
        look_again(gate.node)
        assert not gate.study().flagged
    before = [action for action, _ in gate.audited()]
    rival = gate.case(patient=OWN, study_uids=["1.2.826.0.1.3680043.10.2"])
    assert look_again(gate.node) == 1
    study = gate.study()
    assert (study.flagged, study.state, linked(gate)) == (True, "read", signed)
    assert [each["case_number"] for each in study.candidates] == [rival]
    with gate.node.identity.read() as session:
        (row,), _ = waiting_studies(session, now=gate.node.clock())
    assert row["flagged"] and row["best"]["case_number"] == rival
    after = [action for action, _ in gate.audited()]
    assert [after.count(each) - before.count(each) for each in ("match", "unmatch")] == [0, 0]


def test_case_that_is_no_rival_is_told_to_nobody(gate, signed) -> None:
    gate.case(patient={"name": "Quite^Different", "birth_date": "1950-03-04"})
    look_again(gate.node)
    assert (gate.study().flagged, linked(gate)) == (False, signed)


def test_same_rival_is_told_once(gate, signed) -> None:
    number = gate.case(patient=OWN, question="Another question")
    look_again(gate.node)
    assert gate.study().flagged
    rest(gate)
    close_case(gate.node, number, actor="clerk")
    gate.case(patient={"name": "Quite^Different", "birth_date": "1950-03-04"})
    while look_again(gate.node):
        pass
    assert not gate.study().flagged


def test_correction_that_makes_it_another_patient_s_case_is_told_once_for_each_thing_that_it_says(gate, signed) -> None:
    for name in ("Quite^Different", "Once^More"):
        gate.pass_time(minutes=5)
        correct_case(gate.node, signed, name=name, birth_date="1987-11-21", sex="", ids=(), actor="casey")
        assert (gate.run(), gate.study().flagged, linked(gate)) == ("enlist", True, signed)
        rest(gate)
        assert (gate.run(), gate.study().flagged) == ("enlist", False)
    assert [action for action, _ in gate.audited()].count("link-doubted") == 2


def test_accession_numbers_of_other_orders_are_told_once_and_again_when_more_come(gate, part10) -> None:
    gate.receive(part10(AccessionNumber="A-1", StudyID=ordered(gate), PatientBirthDate="19500304"))
    gate.run()
    gate.sign(gate.study().study_uid)
    take_signed(gate.node)
    gate.run()
    rest(gate)
    for accession, text, told in (("B-2", "", True), ("B-2", "more words", False), ("C-3", "", True)):
        gate.pass_time(minutes=5)
        ordered(gate, accession, text)
        assert (gate.run(), gate.study().flagged) == ("enlist", told)
        rest(gate)


def test_study_that_was_read_three_months_ago_looks_no_more(gate, signed) -> None:
    now = [0.0]
    duty = Housekeeping(gate.node, monotonic=lambda: now[0])
    for days, kept in ((80, True), (20, False)):
        gate.pass_time(days=days)
        now[0] += 3600.0
        duty()
        with gate.node.identity.read() as session:
            assert (session.scalar(select(StudyBlock.study_id).limit(1)) is not None) is kept
    gate.case(patient=OWN, question="Another question")
    assert (look_again(gate.node), gate.study().flagged) == (0, False)
