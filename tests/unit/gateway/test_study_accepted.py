"""Accepting a study against its verdict; where there is nothing to accept, the answer says what to do instead."""

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from gateway.cli import cli
from gateway.decisions import match_by_person
from gateway.models import ReceivedObject, Study
from gateway.sites import SiteChange, set_site
from gateway.studies import purge
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token

BUTTON = "Read it all the same"


@pytest.fixture
def client(gate):
    """Return a client of the desk with a coordinator's token."""
    with gate.node.reading.write() as session:
        token = create_token(session, gate.node.clock, role="coordinator", name="casey")
    return TestClient(make_app(gate.node), headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def refused(gate, client):
    """Return what accepts a study at the desk and by the command, both in vain, and gives the words of both."""

    def ask() -> str:
        uid = gate.study().study_uid
        assert BUTTON not in client.get(f"/desk/studies/{uid}").text
        told = client.post(f"/desk/api/studies/{uid}/accept")
        done = CliRunner().invoke(cli, ["study", "accept", uid, "--home", str(gate.node.settings.home)])
        assert (told.status_code, done.exit_code, done.stdout) == (409, 1, "")
        assert told.json()["detail"] == str(done.exception)
        assert ("study-accepted", uid) not in gate.audited()
        return told.json()["detail"]

    return ask


@pytest.fixture
def unfit(gate, part10):
    """Hold a study because another part of the body was asked for."""
    number = gate.case(body_part="KNEE")
    gate.receive(part10(StudyDescription="CT HEAD", BodyPartExamined="HEAD"))
    if gate.run() == "match":
        match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
        assert gate.run() == "assess"
    return gate.study()


def test_study_that_is_not_fit_is_accepted_once(gate, client, unfit) -> None:
    assert BUTTON in client.get(f"/desk/studies/{unfit.study_uid}").text
    done = CliRunner().invoke(cli, ["study", "accept", unfit.study_uid, "--home", str(gate.node.settings.home)])
    assert (done.exit_code, "goes on" in done.stdout) == (0, True)
    again = client.post(f"/desk/api/studies/{unfit.study_uid}/accept")
    assert (again.status_code, "accepted already" in again.json()["detail"]) == (409, True)
    assert gate.run() == "enlist"


@pytest.mark.parametrize(
    ("state", "word"), [("arriving", "on its way"), ("unmatched", "waits for a case"), ("published", "readers")]
)
def test_of_a_study_that_is_not_held_there_is_nothing_to_accept(gate, part10, refused, state, word) -> None:
    if state == "published":
        gate.publish()
    else:
        gate.receive(part10())
    if state == "unmatched":
        gate.run()
    assert gate.study().state == state
    assert word in refused()


def test_of_a_study_that_was_read_or_purged_there_is_nothing_to_accept(gate, refused) -> None:
    study = gate.publish()
    gate.sign(study.study_uid)
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).state = "read"
    assert "read already" in refused()
    purge(gate.node, study.study_uid, actor="test")
    assert "purged" in refused()


def test_words_that_wait_and_stages_that_failed_are_not_accepted_away(gate, part10, refused) -> None:
    set_site(gate.node, "north", SiteChange(approve_reports=True), actor="test")
    gate.case(report={"text": "Normal."})
    gate.receive(part10())
    assert gate.run() == "assess"
    assert gate.study().state == "held"
    assert "another reason" in refused()


def test_study_of_which_nothing_can_be_shown_is_not_accepted(gate, unfit, refused) -> None:
    with gate.node.identity.write() as session:
        session.get_one(ReceivedObject, 1).disposition = "quarantined"
    assert "quarantine" in refused()
