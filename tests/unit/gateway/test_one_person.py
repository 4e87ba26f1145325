"""A person takes back that two who came inside a study are one: the study is undecided again, and what it knew goes."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from config.errors import Conflict, NotFound
from gateway import one_person
from gateway.accepting import accept
from gateway.decisions import match_by_person
from gateway.desk.at_desk import study_at_desk
from gateway.links import case_of
from gateway.merging import merge_cases
from gateway.models import Patient, Study
from gateway.one_person import take_back_one_person
from gateway.returns import take_signed
from gateway.studies import purge
from gateway.whose_study import accept_as_one_patient, choose_patient
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token
from worklist.models import PublishedInstance

ALBA = {"PatientName": "Alba^Ana", "PatientBirthDate": "19600102", "PatientSex": "F", "PatientID": "TW1"}
BRAVO = {"PatientName": "Bravo^Berta", "PatientBirthDate": "19710203", "PatientSex": "F", "PatientID": "TW2"}
CARO = {"PatientName": "Caro^Clara", "PatientBirthDate": "19820304", "PatientSex": "F", "PatientID": "TW3"}
UNDECIDED, ASIDE = ("quarantined", "identity-conflict"), ("quarantined", "other-patient")


@pytest.fixture
def arrives(gate, part10):
    def arrive(number: int, **elements: str) -> Study:
        gate.receive(part10(number, StudyInstanceUID="1.2.826.0.1.3680043.10.2.1", StudyDate="20250301", **elements))
        return gate.study()

    return arrive


@pytest.fixture
def taken_as_one(gate, arrives) -> Study:
    """Return a published study of Alba, linked by a person, with an object of Bravo, of whom it was said to be one."""
    number = gate.case(patient={"name": "Alba^Ana", "birth_date": "1960-01-02"})
    arrives(1, **ALBA)
    study = arrives(2, **BRAVO, PatientAddress="Calle Mayor 5")
    accept_as_one_patient(gate.node, study.study_uid, actor="casey")
    match_by_person(gate.node, number, study.study_uid, actor="casey")
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] * 2
    return gate.study()


def bravo(gate) -> int:
    with gate.node.identity.read() as session:
        return session.scalars(select(Patient.id).where(Patient.patient_id == "TW2")).one()


def shown(gate) -> int:
    with gate.node.reading.read() as session:
        return len(session.scalars(select(PublishedInstance)).all())


def linked(gate) -> bool:
    with gate.node.identity.read() as session:
        return case_of(session, 1) is not None


def take_back(gate) -> int:
    return take_back_one_person(gate.node, gate.study().study_uid, bravo(gate), actor="casey")


def test_study_leaves_its_readers_keeps_its_link_and_waits_until_somebody_says_whose_it_is(gate, taken_as_one) -> None:
    assert (taken_as_one.other_names, taken_as_one.addresses) == (["Bravo^Berta"], ["Calle Mayor 5"])
    assert take_back(gate) == 1
    study = gate.study()
    assert (shown(gate), gate.item(study.study_uid)) == (0, None)
    assert (study.patient_name, study.other_names, study.other_identities, study.addresses) == ("Alba^Ana", [], [], [])
    assert gate.dispositions() == [(None, None), UNDECIDED]
    assert gate.run() == "assess"
    assert (gate.study().state, gate.study().flagged, linked(gate)) == ("held", True, True)
    assert ("identities-taken-back", study.study_uid) in gate.audited()
    choose_patient(gate.node, study.study_uid, None, actor="casey")
    assert gate.run() == "enlist"
    assert (gate.dispositions(), shown(gate), linked(gate)) == ([("published", None), ASIDE], 1, True)


def test_it_can_be_said_anew_that_they_are_one(gate, taken_as_one) -> None:
    take_back(gate)
    gate.run()
    assert accept_as_one_patient(gate.node, taken_as_one.study_uid, actor="casey") == 1
    assert gate.run() == "enlist"
    assert (gate.dispositions(), shown(gate)) == ([("published", None)] * 2, 2)


def test_who_comes_later_is_asked_about_again(gate, arrives, taken_as_one) -> None:
    arrives(3, **BRAVO)
    assert gate.dispositions()[2] == (None, None)
    gate.run()
    assert take_back(gate) == 2
    arrives(4, **BRAVO)
    assert gate.dispositions()[1:] == [UNDECIDED] * 3


def test_what_was_a_duplicate_of_the_other_s_object_is_the_study_s_own_again(gate, arrives) -> None:
    arrives(1, **ALBA)
    study = arrives(2, **BRAVO)
    accept_as_one_patient(gate.node, study.study_uid, actor="casey")
    arrives(2, **ALBA)
    assert gate.dispositions()[2][0] == "conflict"
    gate.run()
    take_back(gate)
    assert gate.dispositions() == [(None, None), UNDECIDED, (None, None)]


def test_what_may_be_of_either_under_one_number_stays_the_study_s(gate, arrives) -> None:
    twin = ALBA | {"PatientName": "Alba^Berta", "PatientID": "TW1"}
    arrives(1, **ALBA)
    study = arrives(2, **twin)
    accept_as_one_patient(gate.node, study.study_uid, actor="casey")
    arrives(3, **ALBA | {"PatientName": ""})
    gate.run()
    with gate.node.identity.read() as session:
        berta = session.scalars(select(Patient.id).where(Patient.name == "Alba^Berta")).one()
    assert take_back_one_person(gate.node, study.study_uid, berta, actor="casey") == 1
    assert gate.dispositions() == [(None, None), UNDECIDED, (None, None)]


def test_third_who_is_taken_as_one_stays_that(gate, arrives, taken_as_one) -> None:
    arrives(3, **CARO)
    accept_as_one_patient(gate.node, taken_as_one.study_uid, actor="casey")
    gate.run()
    assert take_back(gate) == 1
    assert gate.dispositions() == [(None, None), UNDECIDED, (None, None)]
    assert gate.study().other_names == ["Caro^Clara"]


def test_two_who_were_taken_as_one_and_set_aside_are_told_apart_too(gate, arrives, taken_as_one) -> None:
    arrives(3, **CARO)
    with gate.node.identity.read() as session:
        caro = session.scalars(select(Patient.id).where(Patient.patient_id == "TW3")).one()
    choose_patient(gate.node, taken_as_one.study_uid, caro, actor="casey")
    gate.run()
    assert gate.dispositions()[:2] == [ASIDE, ASIDE]
    assert take_back(gate) == 1
    assert gate.dispositions()[:2] == [ASIDE, UNDECIDED]


def test_signed_read_stays_with_its_images_and_the_study_is_flagged(gate, arrives, taken_as_one) -> None:
    gate.sign(taken_as_one.study_uid)
    assert take_back(gate) == 0, "this zone has not heard of the signature yet"
    take_signed(gate.node)
    gate.run()
    assert (gate.dispositions(), shown(gate)) == ([("published", None)] * 2, 2)
    assert (gate.study().state, gate.study().flagged, linked(gate)) == ("read", True, True)
    arrives(3, **BRAVO)
    assert gate.dispositions()[2] == UNDECIDED


def test_crash_after_the_readers_lost_it_leaves_it_on_the_desk_and_it_can_be_said_again(
    gate, taken_as_one, monkeypatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(one_person, "_let_wait", lambda *_: (_ for _ in ()).throw(InterruptedError))
        with pytest.raises(InterruptedError):
            take_back(gate)
    assert (shown(gate), gate.study().flagged) == (0, True)
    assert take_back(gate) == 1
    choose_patient(gate.node, taken_as_one.study_uid, None, actor="casey")
    assert gate.run() == "enlist"
    assert (gate.dispositions(), shown(gate)) == ([("published", None), ASIDE], 1)


@pytest.mark.parametrize("more", [BRAVO, ALBA], ids=["theirs", "the study's"])
def test_object_that_comes_while_it_is_taken_back_is_told_apart_too(
    gate, arrives, taken_as_one, monkeypatch, more
) -> None:
    sound = one_person._taken_from_readers

    def meanwhile(*arguments):
        arrives(3, **more)
        return sound(*arguments)

    monkeypatch.setattr(one_person, "_taken_from_readers", meanwhile)
    assert take_back(gate) == (2 if more is BRAVO else 1)
    assert gate.dispositions() == [(None, None), UNDECIDED, UNDECIDED if more is BRAVO else (None, None)]


def test_node_that_died_with_the_readers_without_it_shows_the_whole_study_again(
    gate, arrives, taken_as_one, monkeypatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(one_person, "_let_wait", lambda *_: (_ for _ in ()).throw(InterruptedError))
        with pytest.raises(InterruptedError):
            take_back(gate)
    arrives(3, **ALBA)
    assert gate.run() == "enlist"
    assert (shown(gate), gate.study().flagged) == (3, True), "never one image of three"
    assert take_back(gate) == 1
    assert shown(gate) == 0


def test_study_that_the_worker_begins_with_meanwhile_stays_with_its_readers_whole(
    gate, arrives, taken_as_one, monkeypatch
) -> None:
    sound = one_person._taken_from_readers

    def meanwhile(*arguments):
        arrives(3, **ALBA)
        with gate.node.identity.write() as session:
            study = session.get_one(Study, 1)
            study.started_revision = study.wanted_revision
        return sound(*arguments)

    with monkeypatch.context() as patched, pytest.raises(Conflict, match="worked on"):
        patched.setattr(one_person, "_taken_from_readers", meanwhile)
        take_back(gate)
    assert gate.run() == "enlist"
    assert (shown(gate), gate.study().flagged) == (3, True)


def test_study_that_is_published_again_meanwhile_is_not_left_with_its_readers(gate, taken_as_one, monkeypatch) -> None:
    sound = one_person._taken_from_readers
    with monkeypatch.context() as patched, pytest.raises(Conflict, match="say it again"):
        patched.setattr(one_person, "_taken_from_readers", lambda *said: (sound(*said), gate.run())[0])
        take_back(gate)
    assert shown(gate) == 2
    assert (take_back(gate), shown(gate)) == (1, 0)


def test_study_that_changed_hands_is_still_who_it_was_said_to_be(gate, arrives) -> None:
    arrives(1, **BRAVO)
    arrives(2, **ALBA)
    with gate.node.identity.read() as session:
        alba = session.scalars(select(Patient.id).where(Patient.patient_id == "TW1")).one()
    choose_patient(gate.node, gate.study().study_uid, alba, actor="casey")
    accept_as_one_patient(gate.node, gate.study().study_uid, actor="casey")
    arrives(3, **CARO)
    uid = gate.study().study_uid
    accept_as_one_patient(gate.node, uid, actor="casey")
    gate.run()
    with gate.node.identity.read() as session:
        caro = session.scalars(select(Patient.id).where(Patient.patient_id == "TW3")).one()
    assert take_back_one_person(gate.node, uid, caro, actor="casey") == 1
    arrives(4, **ALBA)
    assert gate.dispositions() == [(None, None), (None, None), UNDECIDED, (None, None)]
    assert (gate.study().patient_name, gate.study().other_names) == ("Alba^Ana", ["Bravo^Berta"])


@pytest.mark.parametrize("merged", ["never", "before", "after"])
def test_case_number_that_the_other_s_objects_bear_goes_also_as_that_of_the_case_that_took_it_in(
    gate, arrives, merged
) -> None:
    known = {"name": "Bravo^Berta", "birth_date": "1971-02-03"}
    gone, kept = gate.case(patient=known), gate.case(patient=known, accession_numbers=["A2"])
    if merged == "before":
        merge_cases(gate.node, kept, gone, actor="casey")
    arrives(1, **ALBA)
    study = arrives(2, **BRAVO, AdmissionID=gone)
    accept_as_one_patient(gate.node, study.study_uid, actor="casey")
    gate.run()
    if merged == "after":
        merge_cases(gate.node, kept, gone, actor="casey")
    assert gate.study().hints == ([gone] if merged == "never" else [kept])
    take_back(gate)
    assert gate.study().hints == []


def test_what_was_accepted_with_the_other_s_images_is_judged_again_without_them(gate, arrives) -> None:
    wanted = [{"modality": "CT", "body_part": "KNEE", "laterality": "R"}]
    number = gate.case(patient={"name": "Alba^Ana", "birth_date": "1960-01-02"}, requested_studies=wanted)
    knee = {"Modality": "CT", "BodyPartExamined": "KNEE", "Laterality": "L"}
    arrives(1, **ALBA, **knee)
    study = arrives(2, **BRAVO, **knee)
    accept_as_one_patient(gate.node, study.study_uid, actor="casey")
    match_by_person(gate.node, number, study.study_uid, actor="casey")
    assert gate.run() == "assess"
    accept(gate.node, study.study_uid, actor="casey")
    assert gate.run() == "enlist"
    take_back(gate)
    choose_patient(gate.node, study.study_uid, None, actor="casey")
    assert (gate.run(), gate.study().state, shown(gate)) == ("assess", "held", 0)


def test_who_was_one_with_the_other_leaves_with_them(gate, arrives) -> None:
    arrives(1, **BRAVO)
    arrives(2, **CARO)
    accept_as_one_patient(gate.node, gate.study().study_uid, actor="casey")
    arrives(3, **ALBA)
    with gate.node.identity.read() as session:
        alba = session.scalars(select(Patient.id).where(Patient.patient_id == "TW1")).one()
    choose_patient(gate.node, gate.study().study_uid, alba, actor="casey")
    accept_as_one_patient(gate.node, gate.study().study_uid, actor="casey")
    assert gate.study().other_names == ["Bravo^Berta", "Caro^Clara"]
    arrives(4, **CARO)
    assert gate.dispositions() == [(None, None)] * 4
    gate.run()
    assert take_back(gate) == 3
    assert gate.dispositions() == [UNDECIDED, UNDECIDED, (None, None), UNDECIDED]
    assert gate.study().other_names == []
    arrives(5, **CARO)
    assert gate.dispositions()[4] == UNDECIDED


def test_what_nobody_said_cannot_be_taken_back_nor_of_a_purged_study(gate, taken_as_one) -> None:
    with pytest.raises(NotFound):
        take_back_one_person(gate.node, taken_as_one.study_uid, taken_as_one.patient_id, actor="casey")
    purge(gate.node, taken_as_one.study_uid, actor="casey")
    with pytest.raises(Conflict, match="purged"):
        take_back(gate)


def test_desk_shows_who_was_taken_as_one_and_takes_it_back(gate, taken_as_one) -> None:
    with gate.node.reading.write() as session:
        token = create_token(session, gate.node.clock, role="coordinator", name="casey")
    client = TestClient(make_app(gate.node), headers={"Authorization": f"Bearer {token}"})
    uid = taken_as_one.study_uid
    with gate.node.identity.write() as session:
        (said,) = study_at_desk(session, gate.node, uid)["patients_taken_as_one"]
    assert (said["name"], said["one_with"], said["said_by"]) == ("Bravo Berta", "Alba Ana", "casey")
    assert "Taken as one person" in client.get(f"/desk/studies/{uid}").text
    target = f"/desk/api/studies/{uid}/apart"
    assert client.post(target, json={"patient": said["patient"]}).status_code == 204
    page = client.get(f"/desk/studies/{uid}").text
    assert "Taken as one person" not in page and "Two patients inside this study" in page
    assert client.post(target, json={"patient": said["patient"]}).status_code == 404
