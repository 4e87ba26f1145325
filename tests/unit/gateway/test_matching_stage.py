"""The match stage with its index: late cases find the studies that wait, and only those; people decide the rest."""

import json

import pytest
from pydicom import Dataset
from sqlalchemy import func, select

from config.case_number import CaseNumber
from gateway.cases import case_view, close_case
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.matching.certainty import COMES_NEAR, RIVAL_NEAR
from gateway.matching.index import case_changed
from gateway.matching.models import CaseBlock, StudyBlock
from gateway.models import Case, Match, Site, Study
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome

PATIENT = {"name": "Identity Planted", "birth_date": "1950-03-04", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


def rows(gate, model) -> int:
    with gate.node.identity.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def open_cases(gate) -> int:
    with gate.node.identity.read() as session:
        return session.get_one(Site, "north").open_cases


def item(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


HIDING_PLACES = {
    "accession number": lambda number: {"AccessionNumber": number},
    "study id": lambda number: {"StudyID": number},
    "study description": lambda number: {"StudyDescription": f"second opinion {number}"},
    "requested procedure": lambda number: {"RequestedProcedureID": number},
    "requested procedure's words": lambda number: {"RequestedProcedureDescription": f"case {number[:5]} {number[5:]}"},
    "request attributes": lambda number: {"RequestAttributesSequence": [item(RequestedProcedureID=number)]},
    "patient comments": lambda number: {"PatientComments": f"Fall-Nr. {number}"},
    "study comments": lambda number: {"StudyComments": number},
}


@pytest.mark.parametrize("place", HIDING_PLACES)
def test_case_number_is_found_wherever_the_hospital_hides_it(gate, part10, place: str) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    gate.receive(part10(**HIDING_PLACES[place](number)))
    assert match_study(gate.node, 1) is Outcome.GO_ON
    with gate.node.identity.read() as session:
        (link,) = case_view(session, number)["studies"]
    assert "case number equal" in link["reasons"]


def test_case_whose_number_somebody_else_s_study_bears_is_shown_and_never_linked_alone(gate, part10) -> None:
    number = gate.case(patient={"name": "Planted^Ada", "birth_date": "1970-06-07", "sex": "F"})
    other = {"PatientName": "Other^Kurt", "PatientBirthDate": "19300505", "PatientSex": "M", "PatientID": "K9"}
    gate.receive(part10(PatientComments=number, **other))
    assert match_study(gate.node, 1) is Outcome.WAIT
    (shown,) = gate.study().candidates
    assert shown["case_number"] == number
    assert {"case number equal", "name different", "birth date different", "sex different"} <= set(shown["reasons"])


def test_case_because_of_which_a_person_is_asked_is_shown_however_improbable(gate, part10) -> None:
    """The second case is the same patient's as far as it tells, and half as probable as what is shown by itself."""
    whole = {"name": "Planted^Ida", "birth_date": "1970-06-07", "sex": "F", "ids": [{"id": "4471023"}]}
    own = gate.case(patient=whole, study_date="2025-03-01", modality="CT")
    other = gate.case(patient={"name": "Planted^Ida", "birth_date": "1970-06-07"}, modality="CT")
    header = {"PatientName": "Planted^Ida", "PatientBirthDate": "19700607", "PatientID": "4471023", "PatientSex": "F"}
    gate.receive(part10(StudyDate="20250303", Modality="CT", **header))
    assert match_study(gate.node, 1) is Outcome.WAIT
    first, second = gate.study().candidates
    assert (first["case_number"], first["reasons"][-1]) == (own, RIVAL_NEAR)
    assert (second["case_number"], second["reasons"][-1]) == (other, COMES_NEAR)
    assert second["probability"] < gate.node.settings.matching.ask_above


@pytest.mark.parametrize(
    "circumstance",
    [lambda n: {"called_ae": f"OVR{n}"}, lambda n: {"path": f"cd/{n}/IM1"}, lambda n: {"case_number": n}],
    ids=["called AE title", "folder name", "upload link"],
)
def test_case_number_is_found_in_how_the_study_came(gate, part10, circumstance) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    gate.receive(part10(), **circumstance(number))
    assert gate.study().hints == [number]
    assert match_study(gate.node, 1) is Outcome.GO_ON


def test_late_case_whose_number_stands_in_the_header_finds_its_study(gate, part10) -> None:
    number = CaseNumber.draw().value
    gate.receive(part10(SpecificCharacterSet="ISO_IR 192", StudyID=number, PatientName="=王^小明", PatientID="Z1"))
    gate.run()
    gate.case(case_number=number, patient={"name": "Wang Xiaoming"})
    assert gate.run() == "match"  # the sound of a name and a number are not enough for a machine
    (candidate,) = gate.study().candidates
    assert {"case number equal", "name equal in its Chinese reading"} <= set(candidate["reasons"])


def test_index_follows_a_case_that_is_corrected_and_closed(gate) -> None:
    number = gate.case()
    assert open_cases(gate) == 1
    before = rows(gate, CaseBlock)
    with gate.node.identity.write() as session:
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        case.birth_date = "19500304"
        case_changed(session, case)
    assert rows(gate, CaseBlock) > before
    assert open_cases(gate) == 1
    close_case(gate.node, number, actor="clerk")
    assert (rows(gate, CaseBlock), open_cases(gate)) == (0, 0)


def test_linked_study_stays_in_the_index_without_the_words_of_its_name_unless_a_person_linked_it(gate, part10) -> None:
    gate.receive(part10())
    gate.run()
    waiting = rows(gate, StudyBlock)
    gate.case()
    match_study(gate.node, 1)
    linked = rows(gate, StudyBlock)
    assert 0 < linked < waiting
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).state = "read"
    match_study(gate.node, 1)
    assert rows(gate, StudyBlock) == linked
    with gate.node.identity.write() as session:
        session.scalars(select(Match)).one().how = "person"
    match_study(gate.node, 1)
    assert rows(gate, StudyBlock) == 0


def test_two_patients_inside_one_study_are_never_linked_without_a_person(gate, part10) -> None:
    number = gate.case()
    gate.receive(part10(1))
    gate.receive(part10(2, PatientID="PATIENT-2", PatientName="Okafor^Chidi"))
    assert gate.run() == "match"
    study = gate.study()
    assert (study.state, study.flagged) == ("unmatched", True)
    assert "two patients" in (study.reason or "")
    assert [each["case_number"] for each in study.candidates] == [number]


def test_one_case_holds_several_studies_and_tells_the_priors_by_their_dates(gate, part10) -> None:
    number = gate.case(patient={"name": "Planted^Identity"}, study_date="2025-03-01")
    gate.receive(part10(1, StudyDate="20250301", StudyID=number))
    old = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1"}
    gate.receive(part10(2, StudyDate="20210301", StudyID=number, **old))
    match_study(gate.node, 1)
    match_study(gate.node, 2)
    with gate.node.identity.read() as session:
        links = case_view(session, number)["studies"]
    assert [link["prior"] for link in links] == [False, True]
    assert "study 4 year(s) before the case's: a prior perhaps" in links[1]["reasons"]


def test_parted_study_is_on_record_with_who_parted_it(gate, part10) -> None:
    number = gate.case()
    gate.receive(part10())
    match_study(gate.node, 1)
    unmatch_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    actions = [action for action, _ in gate.audited()]
    assert [actions.count(each) for each in ("match", "unmatch")] == [2, 1]


def test_nothing_of_a_case_stands_readable_in_the_index(gate) -> None:
    gate.case(patient=PATIENT)
    with gate.node.identity.read() as session:
        keys = session.scalars(select(CaseBlock.key)).all()
    assert keys
    assert all(isinstance(key, int) for key in keys)
    assert "Planted" not in json.dumps(keys)
