"""A case without a birth date or a name takes what a correction tells; no link rests on it before it is confirmed."""

import pytest

from config.errors import Conflict
from gateway.decisions import match_by_person
from gateway.desk.case_form import correct_case
from gateway.matching.certainty import UNCONFIRMED
from gateway.merging import merge_cases

FATHER = {"PatientName": "Mueller^Hans", "PatientBirthDate": "19500304", "PatientID": "INS7", "StudyDate": "20250301"}
SON = FATHER | {"PatientBirthDate": "19800202"}
SAYS_SON = "INS7^^^AOK||Mueller^Hans||19800202|M"
SAYS_FATHER = "INS7^^^AOK||Mueller^Hans||19500304|M"


def adt(event: str, *segments: str, control: str = "M1") -> str:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^{event}|{control}|P|2.5.1"
    return "\r".join((header, f"EVN|{event}|20250302", *segments)) + "\r"


@pytest.fixture
def case(gate):
    """Return what files the case of somebody whose birth date is not told, under a family's number."""

    def file(*, name: str = "Mueller^Hans", ids: tuple = ({"id": "INS7", "issuer": "AOK"},), **told) -> str:
        patient = {"name": name, "sex": "M", "ids": list(ids)} | told.pop("patient", {})
        return gate.case(patient=patient, study_date="2025-03-01", modality="CT", **told)

    return file


def born(view, number: str) -> str:
    return view(number)["patient"]["birth_date"].replace("-", "")


@pytest.mark.parametrize("said", [SAYS_SON, SAYS_FATHER], ids=["the son", "the father"])
def test_no_study_is_linked_alone_by_the_birth_date_that_a_correction_told_first(
    file_in, gate, part10, case, said
) -> None:
    number = case()
    file_in(adt("A08", f"PID|1||{said}"))
    gate.receive(part10(**SON if said is SAYS_SON else FATHER))
    assert gate.run() == "match"
    (candidate,) = gate.study().candidates
    assert (candidate["case_number"], candidate["reasons"][-1]) == (number, UNCONFIRMED)
    assert "birth date equal" in candidate["reasons"]


def test_whoever_the_correction_was_not_of_is_asked_about_too(file_in, gate, part10, case) -> None:
    number = case()
    file_in(adt("A08", f"PID|1||{SAYS_SON}"))
    gate.receive(part10(**FATHER))
    assert gate.run() == "match"
    assert {each["case_number"] for each in gate.study().candidates} <= {number}


def test_link_that_the_case_s_own_words_make_stays(file_in, gate, part10, case) -> None:
    case(accession_numbers=["A-1"])
    file_in(adt("A08", f"PID|1||{SAYS_FATHER}"))
    gate.receive(part10(**FATHER, AccessionNumber="A-1"))
    assert gate.run() == "enlist"


@pytest.mark.parametrize("who", ["the desk", "the link of a person", "the report of the order"])
def test_birth_date_counts_once_it_is_confirmed(file_in, gate, part10, case, view, who) -> None:
    number = case(accession_numbers=["A-1"])
    file_in(adt("A08", f"PID|1||{SAYS_FATHER}"))
    assert view(number)["unconfirmed"] == ["birth_date"]
    gate.receive(part10(**FATHER))
    assert gate.run() == "match"
    if who == "the desk":
        correct_case(gate.node, number, name="Mueller^Hans", birth_date="1950-03-04", sex="", ids=(), actor="casey")
    elif who == "the link of a person":
        match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    else:
        obr = "OBR|1||A-1|CT^Head|||20250301"
        header = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ORU^R01|R1|P|2.5.1"
        file_in("\r".join((header, f"PID|1||{SAYS_FATHER}", obr, "OBX|1|TX|GDT||No bleeding.||||||F")))
    assert view(number)["unconfirmed"] == []
    if who == "the report of the order":
        assert born(view, number) == "19500304"
    else:
        gate.receive(part10(2, **FATHER, StudyInstanceUID="1.2.826.0.1.3680043.10.9"))
        assert gate.run(2) == "enlist"


def test_hospital_s_own_number_of_a_grown_up_needs_no_confirmation_and_a_child_s_does(file_in, case, view) -> None:
    kept = ({"id": "INS7", "issuer": "HA", "type": "MR"},)
    grown_up, child = case(ids=kept), case(ids=({"id": "P2", "issuer": "HA", "type": "MR"},))
    file_in(adt("A08", "PID|1||INS7^^^HA^MR||Mueller^Hans||19500304|M"))
    file_in(adt("A08", "PID|1||P2^^^HA^MR||Mueller^Hans||20150101|M", control="M2"))
    assert (view(grown_up)["unconfirmed"], view(child)["unconfirmed"]) == ([], ["birth_date"])


def test_correction_of_another_birth_date_than_that_of_a_linked_study_is_left_to_a_person(
    file_in, gate, part10, case, view
) -> None:
    number = case(accession_numbers=["A-1"])
    gate.receive(part10(**FATHER, AccessionNumber="A-1"))
    assert gate.run() == "enlist"
    with pytest.raises(Conflict, match="at the desk"):
        file_in(adt("A08", f"PID|1||{SAYS_SON}"))
    file_in(adt("A08", f"PID|1||{SAYS_FATHER}", control="M2"))
    assert (born(view, number), view(number)["unconfirmed"]) == ("19500304", [])


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"report": {"text": "Patient: Hans Mueller\nGeburtsdatum: 04.03.1950\nKein Befund."}}, SAYS_SON),
        ({"report": {"text": "75-year-old man with a headache.", "date": "2025-03-02"}}, SAYS_SON),
        ({"report": {"text": "75岁男性，头痛", "date": "2025-03-02"}}, SAYS_SON),
        ({"patient": {"sex": "F"}}, SAYS_FATHER),
        ({}, "INS7^^^AOK||Mueller^Hans||20250401|M"),
        ({"name": "Mueller^Hans^^^Sr"}, "INS7^^^AOK||Mueller^Hans^^Jr||19800202|M"),
    ],
    ids=["birth date in the report", "age", "age in Chinese", "another sex", "born after the examination", "Jr and Sr"],
)
def test_first_birth_date_that_cannot_be_the_patient_s_is_left_to_a_person(file_in, case, view, told, said) -> None:
    number = case(**told)
    with pytest.raises(Conflict, match="at the desk"):
        file_in(adt("A08", f"PID|1||{said}"))
    assert born(view, number) == ""


def test_first_name_of_a_twin_is_taken_with_the_place_in_the_order_of_birth_alone(file_in, case, view) -> None:
    baby = {"name": "Klein^BabyBoy", "patient": {"birth_date": "2025-01-02", "birth": {"order": 1, "multiple": True}}}
    number = case(**baby)
    told = "PID|1||INS7^^^AOK||Klein^Thomas||202501020314|M||||||||||||||||"
    for tail in ("Y", "Y|2", "N"):
        with pytest.raises(Conflict, match="at the desk"):
            file_in(adt("A08", told + tail, control=tail))
    file_in(adt("A08", told + "Y|1", control="M9"))
    assert (view(number)["patient"]["name"], view(number)["unconfirmed"]) == ("Klein^Thomas", [])
    assert view(number)["patient"]["birth"] == {"order": 1, "multiple": True, "time": "0314"}


def test_first_name_of_a_newborn_of_whom_nothing_tells_a_twin_apart_is_unconfirmed(file_in, case, view) -> None:
    number = case(name="Klein^BabyBoy", patient={"birth_date": "2025-01-02"})
    alone = case(name="Klein^BabyBoy", patient={"birth_date": "2025-01-02"}, ids=({"id": "P2"},))
    file_in(adt("A08", "PID|1||INS7^^^AOK||Klein^Thomas||20250102|M"))
    file_in(adt("A08", "PID|1||P2||Klein^Thomas||20250102|M||||||||||||||||N", control="M2"))
    assert (view(number)["unconfirmed"], view(alone)["unconfirmed"]) == (["name"], [])


def test_other_given_name_of_a_grown_up_may_be_a_twin_s_and_is_unconfirmed(file_in, gate, part10, case, view) -> None:
    number = case(name="Klein^Anna", patient={"birth_date": "1990-01-02", "sex": "F"})
    file_in(adt("A08", "PID|1||INS7^^^AOK||Klein^Berta||19900102|F"))
    assert (view(number)["patient"]["name"], view(number)["unconfirmed"]) == ("Klein^Berta", ["name"])
    gate.receive(part10(PatientName="Klein^Berta", PatientBirthDate="19900102", PatientID="INS7", PatientSex="F"))
    assert gate.run() == "match"


def test_number_of_a_twin_that_a_merge_told_is_unconfirmed(file_in, case, view) -> None:
    file_in(adt("A40", "PID|1||P7^^^HA||Klein^Laura||20150102", "MRG|INS7^^^AOK"))
    number = case(name="Klein^Lara", patient={"birth_date": "2015-01-02"})
    assert view(number)["unconfirmed"] in (["ids"], ["other_names", "ids"])


def test_number_that_a_merge_gave_a_case_without_a_birth_date_is_unconfirmed_as_well(
    file_in, gate, part10, case, view
) -> None:
    file_in(adt("A40", "PID|1||P2^^^HA||Mueller^Hans||19800202", "MRG|INS7^^^AOK"))
    number = case()
    assert view(number)["unconfirmed"] == ["ids"]
    gate.receive(part10(**SON | {"PatientID": "P2", "IssuerOfPatientID": "HA"}))
    assert gate.run() == "match"


def test_case_that_takes_in_an_unconfirmed_one_is_unconfirmed_in_what_it_got(file_in, gate, case, view) -> None:
    gone = case()
    file_in(adt("A08", f"PID|1||{SAYS_SON}"))
    kept = case(ids=({"id": "P9"},))
    merge_cases(gate.node, kept, gone, actor="casey")
    assert "birth_date" in view(kept)["unconfirmed"]


@pytest.mark.parametrize("name", ["Klein", "Klein^P", "Test^Patient"])
def test_given_name_that_a_correction_told_first_is_unconfirmed(file_in, gate, part10, case, view, name) -> None:
    case_number = case(name=name, patient={"birth_date": "1980-01-02", "sex": "F"})
    file_in(adt("A08", "PID|1||INS7^^^AOK||Klein^Petra||19800102|F"))
    told = {"PatientName": "Klein^Petra", "PatientBirthDate": "19800102", "PatientSex": "F"}
    gate.receive(part10(**told, PatientID="INS7", StudyDate="20250301"))
    assert gate.run() == "match"
    assert view(case_number)["unconfirmed"] == ["name"]


BERTA = {"PatientName": "Klein^Berta", "PatientBirthDate": "20150102", "PatientSex": "F", "PatientID": "INS7"}


def test_report_of_a_twin_does_not_confirm_the_other_one_s_name_and_number(file_in, gate, part10, view) -> None:
    for number, name in enumerate(("Klein^Anna", "Klein^Berta")):  # a family's number becomes another
        file_in(adt("A40", f"PID|1||INS7^^^AOK||{name}||20150102|F", "MRG|INS1^^^AOK", control=f"M{number}"))
    pid = "PID|1||INS7^^^AOK||Klein^Berta||20150102|F"
    obr, obx = "OBR|1||A-1|CT^Head|||20250301", "OBX|1|TX|GDT||No bleeding.||||||F"
    for kind, control, more in (("ORM^O01", "O1", ["ORC|NW||A-1", obr]), ("ORU^R01", "R1", [obr, obx])):
        header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||{kind}|{control}|P|2.5.1"
        (filed,) = file_in("\r".join((header, pid, *more)))
        assert view(filed.case_number)["unconfirmed"] == ["other_names", "ids"]
    gate.receive(part10(**BERTA | {"PatientName": "Klein^Anna"}, IssuerOfPatientID="AOK", StudyDate="20250301"))
    assert gate.run() == "match"


def test_link_of_a_person_confirms_of_several_numbers_what_the_study_bears(file_in, gate, part10, view) -> None:
    file_in(adt("A40", "PID|1||P7^^^HA||Klein^Anna||20150102|F", "MRG|INS7^^^AOK||||||Klein^Berta"))
    ids = [{"id": "INS7", "issuer": "AOK"}]
    number = gate.case(patient={"name": "Klein^Berta", "birth_date": "2015-01-02", "ids": ids}, study_date="2024-01-01")
    gate.receive(part10(**BERTA, StudyDate="20250301"))
    assert gate.run() == "match"
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    assert view(number)["unconfirmed"] == ["other_names", "ids"]
