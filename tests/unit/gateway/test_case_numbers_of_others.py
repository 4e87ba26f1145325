"""The case number of another patient's object or paper is no hint for a study, wherever it came in a delivery."""

import pytest

from gateway.attachments.reading import read_waiting
from gateway.whose_study import accept_as_one_patient, choose_patient
from tests.unit.gateway.papers import pdf

ALBA = {"PatientName": "Alba^Ana", "PatientBirthDate": "19600102", "PatientID": "TW1"}
BRAVO = {"PatientName": "Bravo^Berta", "PatientBirthDate": "19710203", "PatientID": "TW2"}
UIDS = ("1.2.826.0.1.3680043.10.2.1", "1.2.826.0.1.3680043.10.2.2")
PLACES = ["StudyID", "AccessionNumber", "PatientComments", "StudyDescription", "path", "called_ae"]


def bears(number: str, place: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the elements and the circumstances of an object that bears a number in a place."""
    if place in {"path", "called_ae"}:
        return {}, {place: {"path": f"DISC/{number}/IM1", "called_ae": number}[place]}
    return {place: number}, {}


@pytest.fixture
def number(gate) -> str:
    return gate.case(patient={"name": "Bravo^Berta", "birth_date": "1971-02-03"})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("first", [True, False], ids=["the other came first", "the other came last"])
def test_object_of_another_study_of_the_delivery_hints_at_nothing_but_its_own(gate, part10, number, place, first):
    elements, circumstances = bears(number, place)
    other = part10(2, StudyInstanceUID=UIDS[1], **BRAVO, **elements)
    arriving = [(part10(1, StudyInstanceUID=UIDS[0], **ALBA), {}), (other, circumstances)]
    for payload, circumstance in reversed(arriving) if first else arriving:
        gate.receive(payload, **circumstance)
    for study in gate.studies():
        gate.run(study.id)
    assert {study.patient_name: study.hints for study in gate.studies()} == {"Alba^Ana": [], "Bravo^Berta": [number]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("whose", ["undecided", "the study's", "the other's", "one person's"])
def test_object_of_another_patient_inside_a_study_hints_once_it_is_of_the_study(gate, part10, number, place, whose):
    elements, circumstances = bears(number, place)
    gate.receive(part10(1, **ALBA))
    gate.receive(part10(2, **BRAVO, **elements), **circumstances)
    bravo, uid = gate.objects()[1].other_patient_id, gate.study().study_uid
    if whose == "the study's":
        choose_patient(gate.node, uid, None, actor="casey")
    elif whose == "the other's":
        choose_patient(gate.node, uid, bravo, actor="casey")
    elif whose == "one person's":
        accept_as_one_patient(gate.node, uid, actor="casey")
    gate.run()
    kept = whose in {"the other's", "one person's"} and place != "called_ae"
    assert gate.study().hints == ([number] if kept else [])


@pytest.mark.parametrize("whose", ["undecided", "the study's"])
def test_number_that_stands_in_another_patient_s_object_and_in_a_case_is_nobody_else_s(gate, part10, number, whose):
    alba = {"name": "Alba^Ana", "birth_date": "1960-01-02", "ids": [{"id": "TW1", "type": "MR"}]}
    gate.case(patient=alba, accession_numbers=["A1"])
    gate.receive(part10(1, **ALBA, AccessionNumber="A1"))
    gate.receive(part10(2, **BRAVO, StudyID=number))
    if whose == "the study's":
        choose_patient(gate.node, gate.study().study_uid, None, actor="casey")
    assert gate.run() == ("match" if whose == "undecided" else "enlist")
    assert gate.study().hints == []


@pytest.mark.parametrize("inside", [True, False], ids=["inside the study", "in a study of their own"])
@pytest.mark.parametrize("matched", [True, False], ids=["after a match", "before any"])
def test_paper_read_before_another_patient_came_in_its_delivery_hints_no_more(gate, part10, number, inside, matched):
    gate.receive(part10(1, StudyInstanceUID=UIDS[0], **ALBA))
    gate.receive(pdf(f"Case {number}"), path="a.pdf")
    read_waiting(gate.node)
    if matched:
        gate.run()
        assert gate.study().hints == [number]
    gate.receive(part10(2, StudyInstanceUID=UIDS[not inside], **BRAVO))
    gate.run()
    assert gate.study().hints == []


def test_number_of_a_paper_that_the_study_s_own_object_bears_too_stays(gate, part10, number):
    gate.receive(part10(1, StudyInstanceUID=UIDS[0], **ALBA, StudyID=number))
    gate.receive(pdf(f"Case {number}"), path="a.pdf")
    read_waiting(gate.node)
    gate.run()
    gate.receive(part10(2, StudyInstanceUID=UIDS[1], **BRAVO))
    gate.run()
    assert gate.study().hints == [number]
