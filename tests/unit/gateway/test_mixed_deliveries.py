"""What comes beside the images of two people, or of one and then the other, is taken for nobody else's."""

import pytest
from sqlalchemy import select

from gateway import whose_study
from gateway.attachment_models import Attachment
from gateway.attachments.reading import read_waiting
from gateway.decisions import match_by_person
from gateway.desk.identity_conflicts import patients_in_conflict
from gateway.links import case_of
from gateway.models import Case, Study
from gateway.quarantine import discard_objects
from gateway.whose_study import accept_as_one_patient, choose_patient
from tests.unit.gateway.papers import pdf

ALBA = {"PatientName": "Alba^Ana", "PatientBirthDate": "19600102", "PatientID": "TW1"}
BRAVO = {"PatientName": "Bravo^Berta", "PatientBirthDate": "19710203", "PatientID": "TW2"}


def cases_of_attachments(gate) -> list[str | None]:
    with gate.node.identity.read() as session:
        query = select(Case.case_number).select_from(Attachment).outerjoin(Case, Case.id == Attachment.case_id)
        return list(session.scalars(query))


def inside(gate, study: int) -> list[dict]:
    with gate.node.identity.read() as session:
        return patients_in_conflict(session, gate.node, session.get_one(Study, study))


@pytest.mark.parametrize("named", [True, False], ids=["names its case", "names none"])
@pytest.mark.parametrize("by_person", [True, False], ids=["linked by a person", "linked by the matcher"])
def test_report_beside_studies_of_two_patients_is_not_the_one_s_whose_case_is_known(
    gate, part10, by_person: bool, named: bool
) -> None:
    alba = {"name": "Alba^Ana", "birth_date": "1960-01-02", "ids": [{"id": "TW1", "type": "MR"}]}
    number = gate.case(patient={"name": "Somebody^Else"} if by_person else alba)
    bravo = gate.case(patient={"name": "Bravo^Berta", "birth_date": "1971-02-03"})
    for each, told in enumerate((ALBA, BRAVO), 1):
        gate.receive(part10(each, StudyInstanceUID=f"1.2.826.0.1.3680043.10.2.{each}", **told))
    gate.receive(pdf(f"Case {bravo}" if named else "Report"), path="a.pdf")
    read_waiting(gate.node)
    if by_person:
        match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    assert gate.run() == "enlist"
    with gate.node.identity.read() as session:
        linked = case_of(session, 1)
        assert linked is not None and linked.case_number == number
    assert cases_of_attachments(gate) == [bravo if named else None]


def test_report_that_came_with_the_same_images_again_stays_of_whom_the_study_was(gate, part10) -> None:
    bravo = gate.case(patient={"name": "Bravo^Berta", "birth_date": "1971-02-03"})
    gate.receive(part10(1, **BRAVO))
    again = {"delivery": "2" * 32}
    gate.receive(part10(1, **BRAVO), **again)
    gate.receive(pdf(f"Case {bravo}"), path="a.pdf", **again)
    read_waiting(gate.node)
    gate.receive(part10(2, **ALBA), delivery="3" * 32)
    (alba,) = (each["patient"] for each in inside(gate, 1) if not each["own"])
    choose_patient(gate.node, gate.study().study_uid, alba, actor="casey")
    gate.run()
    assert gate.study().hints == []
    assert [code for _, code in gate.dispositions()] == ["other-patient", "other-patient", "attachment", None]


def test_who_is_inside_a_study_is_named_as_its_objects_name_them(gate, part10) -> None:
    told = {"PatientID": "P1", "PatientBirthDate": "20250102"}
    for number, (study, name) in enumerate(((1, "Baby"), (2, "Anna"), (2, "Berta")), 1):
        uid = f"1.2.826.0.1.3680043.10.2.{study}"
        gate.receive(part10(number, StudyInstanceUID=uid, PatientName=f"Klein^{name}", **told))
    assert [each["name"] for each in inside(gate, 2)] == ["Klein Anna", "Klein Berta"]


@pytest.mark.parametrize("as_one", [True, False], ids=["one person", "the other's"])
def test_what_comes_while_a_person_decides_is_known_of_the_study_like_the_rest(
    gate, part10, monkeypatch, as_one: bool
) -> None:
    gate.receive(part10(1, **ALBA))
    gate.receive(part10(2, **BRAVO))
    bravo, look = gate.objects()[1].other_patient_id, whose_study.what_is_told

    def look_and_let_come(node, session, rows):
        monkeypatch.setattr(whose_study, "what_is_told", look)
        told = look(node, session, rows)
        session.rollback()
        gate.receive(part10(3, **BRAVO, OtherPatientNames="Maiden^Berta"))
        return told

    monkeypatch.setattr(whose_study, "what_is_told", look_and_let_come)
    if as_one:
        accept_as_one_patient(gate.node, gate.study().study_uid, actor="casey")
    else:
        choose_patient(gate.node, gate.study().study_uid, bravo, actor="casey")
    assert gate.dispositions()[1:] == [(None, None)] * 2
    assert "Maiden^Berta" in gate.study().other_names


def test_study_that_waited_for_who_came_inside_goes_on_when_their_objects_are_discarded(gate, part10) -> None:
    gate.case(patient={"name": "Alba^Ana", "birth_date": "1960-01-02", "ids": [{"id": "TW1", "type": "MR"}]})
    gate.receive(part10(1, **ALBA))
    gate.receive(part10(2, **BRAVO))
    assert gate.run() == "match"
    wanted = gate.study().wanted_revision
    discard_objects(gate.node, [2], actor="casey")
    assert gate.study().wanted_revision == wanted + 1
    assert gate.run() == "enlist"
