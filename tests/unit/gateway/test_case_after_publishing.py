"""A case that comes once its study is published: the reader gets its words, a signed read keeps what it had."""

import pytest
from sqlalchemy import select

from config.errors import Conflict
from gateway.case_words import words_view
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.links import case_as_read, case_of
from gateway.matching.models import StudyBlock
from gateway.models import Match, Study
from gateway.pipeline.second_look import look_again
from gateway.returns import take_signed
from gateway.sites import SiteChange, set_site
from gateway.studies import purge, release, study_view
from worklist.models import Charge, PublishedInstance, PublishedStudy

WHO = {"name": "Planted^Identity", "birth_date": "1950-03-04", "ids": [{"id": "PATIENT-1", "type": "MR"}]}
OWN = {"patient": WHO, "accession_numbers": ["A-1"]}
REPORT = {"text": "Planted has no bleeding.", "language": "en"}


@pytest.fixture(params=["the site requires no case", "released by a person"])
def published(gate, part10, request):
    """Publish a study of a known patient without a case."""
    if request.param.startswith("the site"):
        set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10(PatientBirthDate="19500304", AccessionNumber="A-1"))
    if request.param.startswith("released"):
        assert gate.run() == "match"
        release(gate.node, gate.study().study_uid, actor="casey")
    assert gate.run() == "enlist"
    finish(gate)
    return gate.study()


@pytest.fixture
def lone(gate, part10):
    """Publish a study of a site that requires no case."""
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")

    def make(**elements: str) -> Study:
        gate.receive(part10(PatientBirthDate="19500304", AccessionNumber="A-1", **elements))
        assert gate.run() == "enlist"
        finish(gate)
        return gate.study()

    return make


def finish(gate) -> None:
    with gate.node.identity.write() as session:
        study = session.get_one(Study, 1)
        study.started_revision = study.finished_revision = study.wanted_revision


def linked(gate) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


def shown(gate) -> PublishedStudy:
    with gate.node.reading.read() as session:
        return session.scalars(select(PublishedStudy)).one()


def test_late_case_is_linked_and_its_cleaned_words_reach_the_reader(gate, published) -> None:
    number = gate.case(**OWN, question="Bleeding?", report=REPORT, payer="insurer")
    assert (look_again(gate.node), linked(gate), gate.study().state) == (1, number, "published")
    assert gate.study().wanted_revision > gate.study().finished_revision
    assert gate.run() == "enlist"
    study = shown(gate)
    assert (study.case_number, study.question, study.payer) == (number, "Bleeding?", "insurer")
    assert study.report == "[name] has no bleeding."
    assert gate.item(published.study_uid).state == "open"
    assert look_again(gate.node) == 0


def test_late_case_decides_on_fitness_and_takes_an_unfit_study_from_the_readers(gate, lone) -> None:
    study = lone(Modality="CT", BodyPartExamined="KNEE", Laterality="L")
    gate.case(**OWN, requested_studies=[{"modality": "CT", "body_part": "KNEE", "laterality": "R"}])
    look_again(gate.node)
    assert gate.run() == "assess"
    assert (gate.study().state, gate.item(study.study_uid).state) == ("held", "cancelled")


def test_limits_told_by_a_late_case_reach_the_reader(gate, lone) -> None:
    lone()
    gate.case(**OWN, requested_studies=[{"modality": "CT", "instances": 30}])
    look_again(gate.node)
    assert gate.run() == "enlist"
    assert any("30" in each for each in shown(gate).limits)


def test_names_known_from_a_late_case_are_searched_in_what_was_published(gate, lone) -> None:
    lone(SeriesDescription="KOPF")
    gate.case(**OWN | {"patient": WHO | {"other_names": ["Kopf^Identity"]}})
    look_again(gate.node)
    assert gate.run() == "assess"
    assert gate.dispositions() == [("quarantined", "identity-found-later")]
    with gate.node.reading.read() as session:
        assert session.scalars(select(PublishedInstance)).all() == []


def test_case_that_may_be_its_own_is_shown_to_a_person_once_and_changes_nothing_else(gate, lone) -> None:
    lone()
    number = gate.case(patient={"name": "Planted^Identity"})
    assert look_again(gate.node) == 1
    study = gate.study()
    assert (study.flagged, study.state, linked(gate)) == (True, "published", None)
    assert [each["case_number"] for each in study.candidates] == [number]
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).flagged = False
    gate.case(patient={"name": "Quite^Different", "birth_date": "1950-03-04"})
    look_again(gate.node)
    assert not gate.study().flagged


def test_read_that_is_signed_keeps_what_it_had_and_the_coordinator_is_told(gate, lone) -> None:
    study = lone()
    gate.sign(study.study_uid)
    take_signed(gate.node)
    number = gate.case(**OWN, question="Bleeding?", report=REPORT, release={"after_days": 9})
    look_again(gate.node)
    assert gate.run() == "enlist"
    assert (linked(gate), gate.study().state, gate.study().flagged) == (number, "read", True)
    assert (shown(gate).case_number, shown(gate).question, shown(gate).report) == (None, None, None)
    with gate.node.identity.write() as session:
        assert case_as_read(session, 1) is None
        with pytest.raises(Conflict, match="read before"):
            words_view(session, gate.node, study.study_uid)
    with gate.node.reading.read() as session:
        assert session.scalars(select(Charge)).one().case_number is None


def test_link_that_came_after_the_signature_can_be_parted_and_the_read_stays(gate, lone) -> None:
    study = lone()
    gate.sign(study.study_uid)
    take_signed(gate.node)
    number = gate.case(**OWN)
    look_again(gate.node)
    unmatch_by_person(gate.node, number, study.study_uid, actor="casey")
    assert (linked(gate), gate.study().state, gate.item(study.study_uid).state) == (None, "read", "signed")


@pytest.mark.parametrize("how", ["auto", "person"])
def test_signature_between_the_link_and_its_words_is_noticed(gate, lone, how: str) -> None:
    study = lone()
    number = gate.case(**OWN, question="Bleeding?")
    if how == "auto":
        look_again(gate.node)
    else:
        match_by_person(gate.node, number, study.study_uid, actor="casey")
    gate.sign(study.study_uid)
    take_signed(gate.node)
    assert gate.run() == "enlist"
    assert (shown(gate).question, gate.study().flagged) == (None, True)
    with gate.node.identity.write() as session:
        assert session.scalars(select(Match)).one().after_read
        session.get_one(Study, 1).flagged = False
    assert gate.run() == "enlist"
    assert not gate.study().flagged


def test_study_that_was_read_with_its_case_is_told_of_nothing(gate) -> None:
    study = gate.publish()
    gate.sign(study.study_uid)
    take_signed(gate.node)
    assert gate.run() == "enlist"
    assert not gate.study().flagged
    with pytest.raises(Conflict, match="signed document"):
        unmatch_by_person(gate.node, str(linked(gate)), study.study_uid, actor="casey")


def test_purged_study_looks_at_no_case_any_more(gate, lone) -> None:
    study = lone()
    purge(gate.node, study.study_uid, actor="clerk")
    with gate.node.identity.read() as session:
        assert session.scalars(select(StudyBlock)).all() == []
    gate.case(**OWN)
    assert (look_again(gate.node), linked(gate)) == (0, None)
    with gate.node.identity.read() as session:
        assert study_view(session, study.study_uid)["state"] == "purged"
