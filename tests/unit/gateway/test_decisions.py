"""What a person decides about links takes effect in both zones, and never against a signed read."""

import pytest
from sqlalchemy import select

from config.case_number import CaseNumber
from config.errors import Conflict, NotFound
from gateway.cases import close_case
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.links import case_of, links_of_case
from gateway.models import Match
from gateway.returns import take_signed
from gateway.sites import SiteChange, set_site
from gateway.studies import purge
from worklist.models import PublishedStudy


@pytest.fixture
def published(gate, part10):
    """Return a published study and the number of its case, which asks something."""
    number = gate.case(question="Bleeding?")
    gate.receive(part10())
    assert gate.run() == "enlist"
    return gate.study(), number


def reading_row(gate) -> PublishedStudy:
    with gate.node.reading.read() as session:
        return session.scalars(select(PublishedStudy)).one()


def state_of_item(gate) -> str | None:
    item = gate.item(gate.study().study_uid)
    return item.state if item else None


def test_link_by_a_person_carries_the_case_to_the_reader(gate, part10) -> None:
    number = gate.case(patient={"name": "Somebody Else"}, question="Bleeding?")
    gate.receive(part10())
    assert gate.run() == "match"
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    assert gate.run() == "enlist"
    row = reading_row(gate)
    assert (row.case_number, row.question) == (number, "Bleeding?")
    assert ("match", gate.study().study_uid) in gate.audited()


def test_same_link_again_changes_nothing(gate, published) -> None:
    study, number = published
    match_by_person(gate.node, number, study.study_uid, actor="clerk")
    with gate.node.identity.read() as session:
        assert len(session.scalars(select(Match)).all()) == 1


def test_parting_takes_the_study_off_the_worklist_and_the_words_away(gate, published) -> None:
    study, number = published
    unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    assert (gate.study().state, state_of_item(gate)) == ("unmatched", "cancelled")
    row = reading_row(gate)
    assert (row.case_number, row.question, row.report) == (None, None, None)
    with gate.node.identity.read() as session:
        assert case_of(session, study.id) is None
    assert ("unmatch", study.study_uid) in gate.audited()


def test_link_after_parting_reopens_the_item_with_the_new_words(gate, published) -> None:
    study, number = published
    unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    other = gate.case(patient={"name": "Somebody Else"}, question="Fracture?")
    match_by_person(gate.node, other, study.study_uid, actor="clerk")
    assert gate.run() == "enlist"
    assert (gate.study().state, state_of_item(gate), reading_row(gate).question) == ("published", "open", "Fracture?")


def test_parting_at_a_site_that_requires_no_case_leaves_it_published(gate, published) -> None:
    study, number = published
    set_site(gate.node, "north", SiteChange(require_case=False), actor="admin")
    unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    assert gate.run() == "enlist"
    assert (gate.study().state, state_of_item(gate)) == ("published", "open")


def test_parting_after_signing_is_refused_even_before_the_gateway_knows_of_it(gate, published) -> None:
    study, number = published
    gate.sign(study.study_uid)
    with pytest.raises(Conflict, match="signed document"):
        unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    take_signed(gate.node)
    with pytest.raises(Conflict, match="signed document"):
        unmatch_by_person(gate.node, number, study.study_uid, actor="clerk")
    with gate.node.identity.read() as session:
        assert len(links_of_case(session, 1)) == 1
    assert reading_row(gate).case_number == number


def test_parting_from_a_case_it_is_not_linked_to_is_not_found(gate, published) -> None:
    study, _ = published
    other = gate.case(patient={"name": "Somebody Else"})
    with pytest.raises(NotFound):
        unmatch_by_person(gate.node, other, study.study_uid, actor="clerk")
    assert state_of_item(gate) == "open"


def test_link_to_a_second_case_is_refused(gate, published) -> None:
    study, _ = published
    other = gate.case(patient={"name": "Somebody Else"})
    with pytest.raises(Conflict, match="part them first"):
        match_by_person(gate.node, other, study.study_uid, actor="clerk")


def test_link_across_sites_is_refused(gate, part10) -> None:
    number = gate.case(site="south")
    gate.receive(part10())
    with pytest.raises(Conflict, match="different sites"):
        match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")


def test_link_to_a_closed_case_is_refused(gate, part10) -> None:
    number = gate.case()
    close_case(gate.node, number, actor="clerk")
    gate.receive(part10())
    with pytest.raises(Conflict, match="closed"):
        match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")


def test_purged_study_is_linked_to_nothing(gate, published) -> None:
    study, number = published
    purge(gate.node, study.study_uid, actor="clerk")
    with pytest.raises(Conflict, match="purged"):
        match_by_person(gate.node, number, study.study_uid, actor="clerk")


def test_unknown_study_and_case_are_not_found(gate, published) -> None:
    study, number = published
    with pytest.raises(NotFound):
        match_by_person(gate.node, number, "2.25.1", actor="clerk")
    with pytest.raises(NotFound):
        match_by_person(gate.node, CaseNumber.draw().value, study.study_uid, actor="clerk")
