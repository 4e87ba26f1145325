"""Releasing a study without a case: what can be released goes on, all else is answered with what to do instead."""

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from config.errors import Conflict
from gateway.cli import cli
from gateway.decisions import match_by_person
from gateway.sites import SiteChange, set_site
from gateway.studies import purge, release
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token


@pytest.fixture
def answers(gate):
    """Return what releases a study at the desk and by the command, and gives both answers' words, empty for done."""
    with gate.node.reading.write() as session:
        token = create_token(session, gate.node.clock, role="coordinator", name="casey")
    client = TestClient(make_app(gate.node), headers={"Authorization": f"Bearer {token}"})

    def ask() -> str:
        uid = gate.study().study_uid
        told = client.post(f"/desk/api/studies/{uid}/release")
        done = CliRunner().invoke(cli, ["study", "release", uid, "--home", str(gate.node.settings.home)])
        assert (told.status_code, done.exit_code) in {(204, 0), (409, 1)}
        assert "Release without a case" not in client.get(f"/desk/studies/{uid}").text
        if told.status_code == 204:
            return ""
        assert told.json()["detail"] == str(done.exception)
        return told.json()["detail"]

    return ask


def test_study_that_waits_or_is_still_coming_goes_on_and_a_second_word_changes_nothing(gate, part10, answers) -> None:
    gate.receive(part10())
    assert answers() == ""
    assert gate.run() == "enlist"
    assert gate.study().state == "published"


def test_study_inside_which_two_patients_came_is_not_released(gate, part10, answers) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2, PatientID="PATIENT-2"))
    assert gate.run() == "match"
    assert "two patients" in answers() and "overread study whose" in answers()
    assert not gate.study().released


@pytest.mark.parametrize("state", ["arriving", "published", "read"])
def test_study_with_a_case_needs_no_release(gate, part10, answers, state) -> None:
    number = gate.case()
    gate.receive(part10())
    if state == "arriving":
        match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    else:
        gate.run()
    if state == "read":
        gate.sign(gate.study().study_uid)
    assert f"linked to case {number}" in answers()
    assert not gate.study().released, "or it would not wait once it is parted"


def test_study_without_a_case_that_is_held_published_or_purged_is_not_released(gate, part10, answers) -> None:
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10(1, BurnedInAnnotation="YES"))
    gate.run()
    assert gate.study().state == "held" and "held for another reason" in answers()
    gate.receive(part10(2))
    gate.run()
    assert gate.study().state == "published" and "published already" in answers()
    purge(gate.node, gate.study().study_uid, actor="admin")
    with pytest.raises(Conflict, match="purged"):
        release(gate.node, gate.study().study_uid, actor="admin")
    assert "purged" in answers()
