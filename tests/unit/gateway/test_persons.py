"""Several people under one number: each study is of whom its own objects name, and nobody gets another's case."""

from functools import partial
from io import BytesIO

import pytest
from pydicom import dcmread
from sqlalchemy import select

from config.errors import Conflict, NotFound
from gateway import whose_study
from gateway.answer import build_answer
from gateway.attachment_models import Attachment
from gateway.attachments.reading import read_waiting
from gateway.decisions import match_by_person, reject_by_person
from gateway.desk.identity_conflicts import patients_in_conflict, patients_set_aside
from gateway.models import Patient, Study
from gateway.node import Node
from gateway.persons import Told, may_be_one_person
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome
from gateway.quarantine import discard_objects, list_quarantine
from gateway.whose_study import accept_as_one_patient, choose_patient
from tests.unit.gateway.papers import pdf

NUMBER = {"PatientID": "P1", "IssuerOfPatientID": "HA"}
FATHER = {"PatientName": "Mueller^Hans", "PatientBirthDate": "19500101", "PatientSex": "M", **NUMBER}
SON = FATHER | {"PatientBirthDate": "19800202"}
ANNA = {"PatientName": "Klein^Anna", "PatientBirthDate": "20200102", "PatientSex": "F", **NUMBER}
BERTA = ANNA | {"PatientName": "Klein^Berta"}


@pytest.fixture
def arrives(gate, part10):
    """Return what lets a study of somebody arrive, each with an object of its own."""

    def arrive(number: int, study: int, **elements: str) -> Study:
        uid = f"1.2.826.0.1.3680043.10.2.{study}"
        gate.receive(part10(number, StudyInstanceUID=uid, StudyDate="20250301", **elements))
        return gate.studies()[-1]

    return arrive


def patients(gate) -> list[Patient]:
    with gate.node.identity.read() as session:
        return list(session.scalars(select(Patient).order_by(Patient.id)))


@pytest.mark.parametrize(("first", "second"), [(FATHER, SON), (ANNA, BERTA)], ids=["father and son", "twins"])
def test_study_under_a_relative_s_number_is_not_linked_with_the_relative_s_case(gate, arrives, first, second) -> None:
    born = first["PatientBirthDate"]
    ids = [{"id": "P1", "issuer": "HA", "type": "MR"}]
    gate.case(patient={"name": first["PatientName"], "birth_date": born, "sex": first["PatientSex"], "ids": ids})
    arrives(1, 1, **first)
    assert match_study(gate.node, 1) is Outcome.GO_ON
    study = arrives(2, 2, **second)
    assert (study.patient_name, study.birth_date) == (second["PatientName"], second["PatientBirthDate"])
    assert match_study(gate.node, 2) is Outcome.WAIT


def test_each_bearer_of_a_number_has_a_pseudonym_of_their_own_and_keeps_it(gate, arrives) -> None:
    for number, told in enumerate((FATHER, SON, FATHER, SON), 1):
        arrives(number, number, **told)
    first, second = patients(gate)
    assert first.pseudonym != second.pseudonym and first.scope != second.scope
    assert [each.patient_id for each in gate.studies()] == [first.id, second.id, first.id, second.id]


@pytest.mark.parametrize(
    "told",
    [
        {"PatientName": "Muller^Hans"},
        {"PatientName": "Schmidt^Hans"},
        {"PatientName": "Mueller^Hans^Peter"},
        {"PatientBirthDate": "19500110"},
        {"PatientBirthDate": ""},
        {"PatientName": ""},
    ],
    ids=["spelling", "another family name", "second name", "slip", "no birth date", "no name"],
)
def test_who_is_told_a_little_otherwise_is_the_same_patient(gate, arrives, told) -> None:
    arrives(1, 1, **FATHER)
    arrives(2, 2, **FATHER | told)
    assert len(patients(gate)) == 1


def test_who_may_be_any_of_those_who_bear_a_number_is_none_of_them(gate, arrives) -> None:
    arrives(1, 1, **FATHER)
    arrives(2, 2, **SON)
    untold = arrives(3, 3, **FATHER | {"PatientBirthDate": ""})
    assert untold.patient_id not in {each.patient_id for each in gate.studies()[:2]}
    arrives(4, 4, **SON)
    assert gate.studies()[-1].patient_id == gate.studies()[1].patient_id


def test_all_that_tell_the_same_little_are_of_one_who_is_decided_on_once(gate, arrives) -> None:
    untold = FATHER | {"PatientBirthDate": ""}
    arrives(1, 1, **FATHER)
    arrives(2, 2, **SON)
    study = arrives(3, 3, **FATHER | {"PatientName": "Mueller^Anna"})
    for number in (4, 5, 6):
        arrives(number, 3, **untold)
    assert len(patients(gate)) == 4
    choose_patient(gate.node, study.study_uid, None, actor="clerk")
    arrives(7, 3, **untold)
    assert gate.dispositions()[-1] == ("quarantined", "other-patient")


def test_who_told_no_birth_date_at_first_is_not_taken_for_all_that_tell_none(gate, arrives) -> None:
    untold = FATHER | {"PatientBirthDate": ""}
    for number, told in enumerate((untold, FATHER, SON, untold), 1):
        arrives(number, number, **told)
    assert [each.patient_id for each in gate.studies()] == [1, 1, 2, 3]


def test_newborn_keeps_the_pseudonym_under_the_first_name_and_the_twin_does_not_share_it() -> None:
    baby, anna, berta = (Told(f"Klein^{name}", "20250102") for name in ("Baby", "Anna", "Berta"))
    assert may_be_one_person(baby, anna) and not may_be_one_person(anna, berta)
    assert not may_be_one_person(Told("Klein^Baby A", "20250102"), Told("Klein^Baby B", "20250102"))
    assert not may_be_one_person(baby._replace(minute="0314"), baby._replace(minute="0320"))


def test_twin_is_no_newborn_s_patient_once_another_name_was_told(gate, arrives) -> None:
    for number, name in enumerate(("Klein^Baby", "Klein^Anna", "Klein^Berta"), 1):
        arrives(number, number, **ANNA | {"PatientName": name})
    one, other, twin = (each.patient_id for each in gate.studies())
    assert one == other != twin


def test_two_people_inside_one_study_under_one_number_wait_for_a_person(gate, arrives) -> None:
    number = gate.case(patient={"name": "Mueller^Hans", "birth_date": "1950-01-01", "ids": [{"id": "P1"}]})
    arrives(1, 1, **FATHER)
    arrives(2, 1, **SON, OtherPatientNames="Nobody^Else", StudyID=number)
    assert gate.dispositions() == [(None, None), ("quarantined", "identity-conflict")]
    study = gate.study()
    assert (study.flagged, study.hints, study.birth_names) == (True, [], [])
    assert match_study(gate.node, 1) is Outcome.WAIT
    with gate.node.identity.read() as session:
        seen = patients_in_conflict(session, gate.node, session.get_one(Study, 1))
    assert [(each["birth_date"], each["own"]) for each in seen] == [("1950-01-01", True), ("1980-02-02", False)]
    assert accept_as_one_patient(gate.node, study.study_uid, actor="clerk") == 1
    assert gate.dispositions() == [(None, None), (None, None)]


def test_objects_of_the_other_person_are_set_aside_and_kept(gate, arrives) -> None:
    arrives(1, 1, **ANNA)
    study = arrives(2, 1, **BERTA)
    assert choose_patient(gate.node, study.study_uid, None, actor="clerk") == 1
    assert gate.dispositions() == [(None, None), ("quarantined", "other-patient")]
    assert (gate.study().other_names, gate.study().flagged) == ([], False)
    assert gate.node.vault.exists(gate.objects()[1].blob)
    with gate.node.identity.read() as session:
        (waiting,) = list_quarantine(session)
    assert "as clerk said" in waiting["reason"]
    arrives(3, 1, **BERTA)
    assert gate.dispositions()[2] == ("quarantined", "other-patient"), "what is decided is not asked again"


def told_apart(gate) -> dict[str, dict]:
    with gate.node.identity.read() as session:
        study = session.get_one(Study, 1)
        seen = patients_in_conflict(session, gate.node, study) or patients_set_aside(session, gate.node, study)
    return {each["name"]: each for each in seen}


def test_who_was_accepted_as_one_with_the_patient_is_not_asked_about_again_but_a_third_is(gate, arrives) -> None:
    arrives(1, 1, **FATHER)
    renamed = {"PatientName": "Neumann^Otto", "PatientID": "P2", "PatientAddress": "Calle Mayor 5"}
    study = arrives(2, 1, **renamed)
    accept_as_one_patient(gate.node, study.study_uid, actor="clerk")
    arrives(3, 1, **renamed | {"StudyID": "S2"})
    assert gate.dispositions() == [(None, None)] * 3
    assert (gate.study().other_names, gate.study().addresses) == (["Neumann^Otto"], ["Calle Mayor 5"])
    assert "P2" in gate.study().other_identities
    assert ("identities-accepted", study.study_uid) in gate.audited()
    arrives(4, 1, **renamed | {"PatientID": "P3"})
    assert gate.dispositions()[3] == ("quarantined", "identity-conflict")
    arrives(5, 2, **renamed)
    assert gate.studies()[1].patient_id != study.patient_id, "it was said of one study"


def test_who_is_one_with_somebody_goes_with_them_whosever_the_study_is(gate, arrives) -> None:
    arrives(1, 1, **BERTA)
    study = arrives(2, 1, **ANNA)
    anna, third = patients(gate)[1].id, FATHER | {"PatientID": "P3"}
    choose_patient(gate.node, study.study_uid, anna, actor="clerk")
    accept_as_one_patient(gate.node, study.study_uid, actor="clerk")
    arrives(3, 1, **third)
    choose_patient(gate.node, study.study_uid, patients(gate)[2].id, actor="clerk")
    arrives(4, 1, **BERTA)
    aside = ("quarantined", "other-patient")
    assert gate.dispositions() == [aside, aside, (None, None), aside]
    choose_patient(gate.node, study.study_uid, anna, actor="clerk")
    assert (gate.study().patient_name, gate.study().other_names) == ("Klein^Anna", ["Klein^Berta"])
    arrives(5, 1, **BERTA)
    arrives(6, 1, **ANNA)
    arrives(7, 1, **third)
    assert gate.dispositions() == [(None, None), (None, None), aside, (None, None), (None, None), (None, None), aside]
    choose_patient(gate.node, study.study_uid, patients(gate)[2].id, actor="clerk")
    accept_as_one_patient(gate.node, study.study_uid, actor="clerk")
    arrives(8, 1, **BERTA)
    assert gate.dispositions() == [(None, None)] * 8


def test_what_was_set_aside_and_discarded_is_not_asked_about_again(gate, arrives) -> None:
    arrives(1, 1, **ANNA)
    study = arrives(2, 1, **BERTA)
    choose_patient(gate.node, study.study_uid, None, actor="clerk")
    discard_objects(gate.node, [2], actor="clerk")
    arrives(3, 1, **BERTA)
    assert gate.dispositions()[2] == ("quarantined", "other-patient")


ALBA = {"PatientName": "Alba^Ana", "PatientBirthDate": "19600102", "PatientSex": "F", "PatientID": "TW1"}
BRAVO = {"PatientName": "Bravo^Berta", "PatientBirthDate": "19710203", "PatientSex": "F", "PatientID": "TW2"}


@pytest.fixture
def mixed(gate, arrives):
    """Return a study in which Bravo came first, and the number of the case, which is Alba's."""
    ids = [{"id": "TW1", "issuer": "", "type": "MR"}]
    number = gate.case(
        patient={"name": "Alba^Ana", "birth_date": "1960-01-02", "sex": "F", "ids": ids}, accession_numbers=["TWA1"]
    )
    arrives(1, 1, **BRAVO, AccessionNumber="TWA1", PatientAddress="Calle Mayor 5")
    study = arrives(2, 1, **ALBA, AccessionNumber="TWA1")
    assert gate.run() == "match"
    return study, number


def test_case_that_numbers_alone_make_probable_is_shown_with_what_contradicts_it(gate, arrives) -> None:
    numbers = {"PatientID": "TW1", "AccessionNumber": "TWA1"}
    ids, born = [{"id": "TW1", "issuer": "", "type": "MR"}], "1960-01-02"
    gate.case(patient={"name": "Alba^Ana", "birth_date": born, "ids": ids}, accession_numbers=["TWA1"])
    arrives(1, 1, **ALBA | numbers)
    arrives(2, 1, **BRAVO | numbers)
    gate.run()
    against = {name: each["cases"][0]["against"] for name, each in told_apart(gate).items()}
    assert against == {"Alba Ana": [], "Bravo Berta": ["name different", "birth date different"]}


def test_study_is_of_whom_a_person_chooses_though_the_other_came_first(gate, mixed) -> None:
    study, number = mixed
    seen = told_apart(gate)
    assert [(name, each["own"], each["objects"]) for name, each in seen.items()] == [
        ("Bravo Berta", True, 1),
        ("Alba Ana", False, 1),
    ]
    assert [each["case_number"] for each in seen["Alba Ana"]["cases"]] == [number]
    with pytest.raises(Conflict, match="two patients"):
        match_by_person(gate.node, number, study.study_uid, actor="clerk")
    reject_by_person(gate.node, number, study.study_uid, actor="clerk")  # not Bravo's: says nothing of Alba's study
    assert choose_patient(gate.node, study.study_uid, seen["Alba Ana"]["patient"], actor="clerk") == 1
    chosen = gate.study()
    assert (chosen.patient_name, chosen.birth_date, chosen.other_names) == ("Alba^Ana", "19600102", [])
    assert (chosen.study_uid, chosen.addresses, chosen.flagged) == (study.study_uid, [], False)
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("quarantined", "other-patient"), ("published", None)]
    assert ("identities-decided", study.study_uid) in gate.audited()


def test_who_a_study_is_of_can_be_said_anew_also_when_it_was_published(gate, mixed) -> None:
    study, _ = mixed
    seen = told_apart(gate)
    choose_patient(gate.node, study.study_uid, seen["Alba Ana"]["patient"], actor="clerk")
    gate.run()
    assert gate.item(study.study_uid) is not None
    choose_patient(gate.node, study.study_uid, seen["Bravo Berta"]["patient"], actor="clerk")
    assert gate.item(study.study_uid) is None, "the readers have Alba's images no more"
    assert (gate.study().patient_name, gate.study().addresses) == ("Bravo^Berta", ["Calle Mayor 5"])
    assert gate.run() == "match"
    assert gate.dispositions() == [(None, None), ("quarantined", "other-patient")]
    assert {name: each["own"] for name, each in told_apart(gate).items()} == {"Bravo Berta": True, "Alba Ana": False}
    assert accept_as_one_patient(gate.node, study.study_uid, actor="clerk") == 1


@pytest.mark.parametrize("named", [True, False], ids=["its case", "nothing"])
@pytest.mark.parametrize("mixed", [True, False], ids=["one delivery", "two deliveries"])
def test_report_beside_what_is_set_aside_as_another_patient_s_says_nothing_of_the_study(gate, named, mixed) -> None:
    ids = [{"id": "TW1", "issuer": "", "type": "MR"}]
    gate.case(patient={"name": "Alba^Ana", "birth_date": "1960-01-02", "ids": ids}, accession_numbers=["A1"])
    number = gate.case(patient={"name": "Bravo^Berta", "birth_date": "1971-02-03"})
    second = {"delivery": "2" * 32}
    gate.receive(gate.part10(1, **ALBA, AccessionNumber="A1"), **(second if mixed else {}))
    gate.receive(gate.part10(2, **BRAVO, AccessionNumber="A1"), **second)
    gate.receive(pdf(f"Case {number}" if named else "Bravo"), path="a.pdf", **second)
    read_waiting(gate.node)
    choose_patient(gate.node, gate.study().study_uid, None, actor="clerk")
    assert gate.run() == "enlist"
    assert gate.study().hints == []
    with gate.node.identity.read() as session:
        assert list(session.scalars(select(Attachment.case_id))) == [2 if named else None]


@pytest.fixture
def handing_over_fails(gate, mixed, monkeypatch):
    """Return a published study whose handing over to Bravo failed once the readers had it no more, as told."""
    study, _ = mixed
    seen = told_apart(gate)
    choose_patient(gate.node, study.study_uid, seen["Alba Ana"]["patient"], actor="clerk")
    assert gate.run() == "enlist"
    withdraw = whose_study._withdraw

    def fails(node: Node, study_uid: str, why: str) -> None:
        withdraw(node, study_uid)
        if why == "crash":
            raise InterruptedError
        with node.identity.write() as session:
            session.get_one(Study, 1).started_revision = 99

    def fail(why: str) -> tuple[Study, int]:
        with monkeypatch.context() as patched:
            patched.setattr(whose_study, "_withdraw", partial(fails, why=why))
            with pytest.raises((Conflict, InterruptedError)):
                choose_patient(gate.node, study.study_uid, seen["Bravo Berta"]["patient"], actor="clerk")
        with gate.node.identity.write() as session:
            worked = session.get_one(Study, 1)
            worked.started_revision = worked.finished_revision
        return study, seen["Bravo Berta"]["patient"]

    return fail


@pytest.mark.parametrize("why", ["crash", "in work"])
def test_study_whose_handing_over_failed_is_undecided_and_published_once_decided(gate, handing_over_fails, why) -> None:
    study, _ = handing_over_fails(why)
    assert gate.item(study.study_uid) is None
    assert gate.dispositions()[0] == ("quarantined", "identity-conflict")
    choose_patient(gate.node, study.study_uid, None, actor="clerk")
    assert gate.run() == "enlist"
    assert gate.item(study.study_uid).state == "open"
    assert gate.dispositions() == [("quarantined", "other-patient"), ("published", None)]


def test_handing_over_that_failed_can_be_said_again(gate, handing_over_fails) -> None:
    study, bravo = handing_over_fails("crash")
    choose_patient(gate.node, study.study_uid, bravo, actor="clerk")
    assert gate.study().patient_name == "Bravo^Berta"
    assert gate.dispositions() == [(None, None), ("quarantined", "other-patient")]


def test_who_a_signed_read_is_of_stays(gate, mixed) -> None:
    study, _ = mixed
    seen = told_apart(gate)
    choose_patient(gate.node, study.study_uid, seen["Alba Ana"]["patient"], actor="clerk")
    gate.run()
    gate.sign(study.study_uid)
    with pytest.raises(Conflict):
        choose_patient(gate.node, study.study_uid, seen["Bravo Berta"]["patient"], actor="clerk")
    with pytest.raises(NotFound):
        choose_patient(gate.node, study.study_uid, 99, actor="clerk")
    assert gate.study().patient_name == "Alba^Ana"
    assert gate.dispositions() == [("quarantined", "other-patient"), ("published", None)]


def test_name_that_objects_of_a_study_spell_otherwise_is_known_of_it(gate, arrives) -> None:
    arrives(1, 1, **FATHER | {"PatientName": ""})
    arrives(2, 1, **FATHER)
    arrives(3, 1, **FATHER | {"PatientName": "Mueller-Lang^Hans"})
    assert (gate.study().patient_name, gate.study().other_names) == ("Mueller^Hans", ["Mueller-Lang^Hans"])


def test_answer_goes_back_under_the_name_of_the_study_that_was_read(gate, arrives) -> None:
    arrives(1, 1, **FATHER)
    gate.case(patient={"name": "Mueller^Hans", "birth_date": "1980-02-02", "sex": "M", "ids": [{"id": "P1"}]})
    study = arrives(2, 2, **SON)
    assert gate.run(2) == "enlist"
    report = dcmread(BytesIO(build_answer(gate.node, gate.sign(study.study_uid))[0]))
    assert (report.PatientID, report.PatientBirthDate) == ("P1", "19800202")


@pytest.mark.parametrize("first", ["Klein", "Klein^A", "ANONYMOUS"])
def test_study_whose_first_object_tells_no_given_name_is_of_the_first_that_is_told(gate, arrives, first) -> None:
    patient = {"name": "Klein^Anna", "birth_date": "1980-01-02", "sex": "F", "ids": [{"id": "P1", "issuer": "HA"}]}
    gate.case(patient=patient, accession_numbers=["A1"])
    told = ANNA | {"PatientBirthDate": "19800102", "AccessionNumber": "A1"}
    arrives(1, 1, **told | {"PatientName": first})
    study = arrives(2, 1, **told)
    assert (study.patient_name, study.other_names) == ("Klein^Anna", [first])
    arrives(3, 1, **told | {"PatientName": "Klein^Berta"})
    assert [disposition for disposition, _ in gate.dispositions()] == [None, None, "quarantined"]


def test_study_that_comes_to_tell_another_given_name_is_not_linked_with_the_case_of_a_sister(gate, arrives) -> None:
    patient = {"name": "Klein^Anna", "birth_date": "1980-01-02", "sex": "F", "ids": [{"id": "P1", "issuer": "HA"}]}
    gate.case(patient=patient, accession_numbers=["A1"])
    told = ANNA | {"PatientBirthDate": "19800102", "AccessionNumber": "A1"}
    arrives(1, 1, **told | {"PatientName": "Klein"})
    arrives(2, 1, **told | {"PatientName": "Klein^Berta"})
    assert match_study(gate.node, 1) is Outcome.WAIT
