"""What becomes known while a study is held, linked, blind or signed already is heeded, and never reaches a reader."""

import pytest
from pydicom import Dataset
from sqlalchemy import select

from config.errors import NotFound
from gateway.answer import build_answer
from gateway.case_reports import receive
from gateway.case_reports.waking import wake_studies
from gateway.case_words import set_words, words_view
from gateway.decisions import match_by_person
from gateway.desk.case_form import correct_case
from gateway.links import case_as_read, case_of, get_case, get_study
from gateway.matching.models import StudyBlock
from gateway.models import Match, Return, Study
from gateway.pipeline import publish as publishing
from gateway.pipeline.publish import publish
from gateway.pipeline.second_look import look_again
from gateway.pipeline.verify import verify_study
from gateway.returns import take_signed
from gateway.sites import SiteChange, set_site
from tests.unit.gateway.test_objects_without_pixels import published, structured
from worklist.models import PublishedInstance

LARA = {"name": "Huber^Lara", "birth_date": "19800205", "sex": "F", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
LAURA = {"name": "Huber^Laura", "birth_date": "19800205", "sex": "F", "ids": [{"id": "L2"}]}
OF_LAURA = {
    "PatientName": "Huber^Laura",
    "PatientBirthDate": "19800205",
    "PatientSex": "F",
    "AccessionNumber": "A-77",
    "StudyDate": "20250301",
}
OWN = {"accession_numbers": ["A-77"], "study_uids": ["1.2.826.0.1.3680043.10.2"]}


@pytest.fixture
def held(gate, part10) -> str:
    """Hold a study with a report until its words are approved; return the number of its case, which a person chose."""
    set_site(gate.node, "north", SiteChange(approve_reports=True, require_case=False), actor="test")
    gate.receive(part10())
    gate.receive(structured("thorax without mass"))
    number = gate.case(patient={"name": "Planted^Identity"}, question="Bleeding?")
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    assert gate.run() == "assess"
    assert (gate.study().state, gate.dispositions()) == ("held", [(None, None), (None, None)])
    return number


def approve(gate) -> None:
    uid = gate.study().study_uid
    with gate.node.identity.write() as session:
        words = words_view(session, gate.node, uid)
        said = {name: words[name] for name in ("report", "question", "source")}
        set_words(session, gate.node, get_study(session, uid), **said, approve=True, actor="casey")


def turn_blind(gate, number: str) -> None:
    with gate.node.identity.write() as session:
        case = get_case(session, number)
        case.blind = True
        wake_studies(session, [case])


def learn_a_name(gate, number: str) -> None:
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="Thorax^Mary", birth_date="", sex="", ids=(), actor="casey")


def shown(gate) -> list[Dataset]:
    return published(gate, "SR")


def finish(gate) -> None:
    with gate.node.identity.write() as session:
        study = session.get_one(Study, 1)
        study.started_revision = study.finished_revision = study.wanted_revision


def look(gate) -> None:
    while look_again(gate.node):
        pass


def linked(gate) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def waits_with_keys(gate) -> bool:
    with gate.node.identity.read() as session:
        return session.scalar(select(StudyBlock.study_id).limit(1)) is not None


def test_name_that_becomes_known_while_a_study_is_held_is_searched_for_before_it_is_published(gate, held) -> None:
    staged = gate.objects()[1].derived_blob
    learn_a_name(gate, held)
    gate.run()
    assert gate.dispositions()[1] == ("quarantined", "identity-found-later")
    with pytest.raises(NotFound):
        gate.node.staging.open(staged)
    if gate.study().state == "held":
        approve(gate)
    gate.run()
    assert shown(gate) == []


def test_what_was_shown_before_a_crash_is_taken_out_when_a_name_becomes_known(gate, held, monkeypatch) -> None:
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_settle_accounts", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(gate.node, 1)
    assert len(shown(gate)) == 1
    learn_a_name(gate, held)
    verify_study(gate.node, 1)
    assert gate.dispositions()[1] == ("quarantined", "identity-found-later")
    assert shown(gate) == []


def test_first_report_of_a_held_study_is_kept_when_its_case_turns_out_to_be_read_blind(gate, held) -> None:
    staged = gate.objects()[1].derived_blob
    turn_blind(gate, held)
    gate.run()
    assert gate.dispositions() == [(None, None), ("kept", "blind-read")]
    with pytest.raises(NotFound):
        gate.node.staging.open(staged)
    approve(gate)
    assert gate.run() == "enlist"
    assert (shown(gate), gate.study().flagged) == ([], False)


def test_read_signed_before_the_workflow_knew_that_it_is_blind_is_told_of_once(gate, part10) -> None:
    number = gate.case()
    gate.receive(part10())
    gate.receive(structured())
    gate.run()
    turn_blind(gate, number)
    gate.sign(gate.study().study_uid)
    assert gate.run() == "enlist"
    assert (gate.study().flagged, len(shown(gate))) == (True, 1)
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).flagged = False
    gate.run()
    assert not gate.study().flagged


def test_case_linked_between_signature_and_answer_is_no_part_of_the_answer_and_does_not_delay_it(gate, part10) -> None:
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10(PatientBirthDate="19500304"))
    gate.run()
    finish(gate)
    read = gate.sign(gate.study().study_uid)
    who = {"name": "Planted^Identity", "birth_date": "19500304", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
    number = gate.case(patient=who, question="NEVER SEEN", release={"to": "hospital", "after_days": 30})
    look(gate)
    assert linked(gate) == number
    assert take_signed(gate.node) == 1
    with gate.node.identity.read() as session:
        assert case_as_read(session, 1) is None
        assert session.scalars(select(Match)).one().after_read
        assert session.scalars(select(Return)).one().next_at == gate.node.clock()
    assert gate.study().flagged
    assert not any(b"NEVER SEEN" in document for document in build_answer(gate.node, read))


def test_case_that_the_reader_knew_stays_part_of_the_answer(gate, part10) -> None:
    gate.case(question="Bleeding?", release={"to": "hospital", "after_days": 3})
    gate.receive(part10())
    gate.run()
    gate.sign(gate.study().study_uid)
    assert take_signed(gate.node) == 1
    with gate.node.identity.read() as session:
        assert case_as_read(session, 1) is not None
        assert session.scalars(select(Return)).one().next_at > gate.node.clock()
    assert not gate.study().flagged


def test_own_case_that_comes_after_the_matcher_linked_another_is_shown_once_and_never_linked(gate, part10) -> None:
    twin = gate.case(patient=LARA, study_date="20250301", modality="CT")
    gate.receive(part10(**OF_LAURA))
    assert gate.run() == "enlist"
    assert linked(gate) == twin
    finish(gate)
    own = gate.case(patient=LAURA, **OWN)
    look(gate)
    study = gate.study()
    assert (study.flagged, [each["case_number"] for each in study.candidates], linked(gate)) == (True, [own], twin)
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).flagged = False
    with gate.node.identity.write() as session:
        wake_studies(session, [get_case(session, own)])
    look(gate)
    assert not gate.study().flagged


def test_case_of_another_patient_beside_a_linked_study_flags_nothing(gate, part10) -> None:
    gate.case(patient=LAURA, **OWN)
    gate.receive(part10(**OF_LAURA))
    assert gate.run() == "enlist"
    finish(gate)
    gate.case(patient=LARA | {"ids": []})
    look(gate)
    assert (gate.study().flagged, gate.study().candidates) == (False, [])


@pytest.mark.parametrize("signed", [False, True])
def test_link_that_no_rival_can_shake_costs_no_keys(gate, part10, signed: bool) -> None:
    number = gate.case()
    gate.receive(part10())
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    gate.run()
    if signed:
        gate.sign(gate.study().study_uid)
        take_signed(gate.node)
    assert not waits_with_keys(gate)


def test_study_goes_on_once_its_site_requires_no_case(gate, part10) -> None:
    gate.receive(part10())
    assert gate.run() == "match"
    finish(gate)
    set_site(gate.node, "north", SiteChange(display_name="North"), actor="test")
    assert gate.study().wanted_revision == gate.study().finished_revision
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    assert gate.study().wanted_revision > gate.study().finished_revision
    assert gate.run() == "enlist"


def test_held_study_goes_on_once_its_site_wants_no_approval(gate, held) -> None:
    finish(gate)
    set_site(gate.node, "north", SiteChange(approve_reports=False), actor="test")
    assert gate.study().wanted_revision > gate.study().finished_revision
    assert gate.run() == "enlist"
    with gate.node.reading.read() as session:
        assert len(session.scalars(select(PublishedInstance)).all()) == 2


def case_linked(gate) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def test_correction_that_tells_another_place_among_twins_ends_the_link(gate, part10) -> None:
    who = {"name": "Klein^Lara", "birth_date": "2015-01-02", "ids": [{"id": "PATIENT-1"}]}
    number = gate.case(patient=who, accession_numbers=["A-1"])
    told = {"PatientName": "Klein^Lara", "PatientBirthDate": "20150102", "PatientBirthTime": "0310"}
    gate.receive(part10(**told, AccessionNumber="A-1"))
    assert (gate.run(), case_linked(gate)) == ("enlist", number)
    gate.pass_time(minutes=5)
    adt = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^A08|M1|P|2.5.1\rPID|1||PATIENT-1||Klein^Lara||201501020344"
    receive(gate.node, site="north", payload=adt.encode(), actor="clerk")
    assert (gate.run(), case_linked(gate)) == ("match", None)


@pytest.mark.parametrize("heard", [True, False], ids=["signature known", "signature not known yet"])
def test_correction_after_the_signature_is_told_to_the_coordinator(gate, part10, heard: bool) -> None:
    study = gate.publish(PatientBirthDate="19500304", PatientSex="M")
    number, asked = case_linked(gate), study.wanted_revision
    gate.sign(study.study_uid)
    if heard:
        take_signed(gate.node)
    gate.pass_time(minutes=5)
    correct_case(gate.node, number, name="", birth_date="1987-11-21", sex="F", ids=(), actor="casey")
    assert gate.study().wanted_revision > asked, "a workflow has to look"
    gate.run()
    assert (gate.study().flagged, case_linked(gate)) == (True, number)
