"""What the desk shows and decides, by command: what waits, the letters, and the words that a reader gets."""

import json

import pytest
from click.testing import CliRunner

from config.errors import Conflict, Malformed
from gateway.cli import cli
from gateway.cli import desk as commands
from gateway.decisions import match_by_person
from gateway.sites import SiteChange, set_site


@pytest.fixture
def overread(gate):
    """Return what runs a command on the node's home; what it refuses is raised."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, [*arguments, "--home", str(gate.node.settings.home)])
        if done.exit_code == 1 and done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_what_waits_is_listed_with_its_days(gate, overread, part10, monkeypatch) -> None:
    number = gate.case(patient={"name": "Somebody^Else"})
    gate.receive(part10())
    gate.run()
    (study,) = json.loads(overread("study", "waiting", "--json"))
    (case,) = json.loads(overread("case", "waiting", "--json"))
    assert (study["study_uid"], study["state"], study["late"]) == (gate.study().study_uid, "unmatched", True)
    assert (case["case_number"], case["missing"], case["late"]) == (number, ["images", "report"], True)
    assert overread("study", "waiting", "--site", "south") == "no study waits for a person\n"
    assert "Identity" not in overread("study", "waiting"), "no names in a table"
    assert {"desk-studies-viewed", "desk-cases-viewed"} <= {action for action, _ in gate.audited()}


def test_letters_are_printed_in_the_hospital_s_language_or_another(gate, overread, part10) -> None:
    set_site(gate.node, "north", SiteChange(country="DE"), actor="test")
    number = gate.case(report={"text": "o.B."}, patient={"name": "Somebody^Else"})
    gate.receive(part10(AccessionNumber="ACC-5"))
    gate.run()
    assert "Bilder" in overread("case", "remind", number) and "/upload/link/" in overread("case", "remind", number)
    assert "ACC-5" in overread("study", "remind", gate.study().study_uid, "--language", "es")
    assert json.loads(overread("case", "remind", number, "--json"))["missing"] == ["images"]
    with pytest.raises(Exception, match="there is no case"):
        overread("case", "remind", "1018805606")


def test_words_for_a_reader_are_shown_corrected_and_approved(gate, overread, part10, tmp_path) -> None:
    set_site(gate.node, "north", SiteChange(approve_reports=True), actor="test")
    number = gate.case(report={"text": "Planted Identity has no haemorrhage."}, question="Bleeding?")
    gate.receive(part10())
    if gate.run() == "match":
        match_by_person(gate.node, number, gate.study().study_uid, actor="test")
        gate.run()
    uid = gate.study().study_uid
    assert gate.study().state == "held"
    view = json.loads(overread("study", "words", uid, "--json"))
    assert "Planted" not in view["report"] and view["approved_by"] is None
    (tmp_path / "leaks.txt").write_text("Planted Identity again")
    with pytest.raises(Exception, match="still bear"):
        overread("study", "words", uid, "--report", str(tmp_path / "leaks.txt"))
    (tmp_path / "said.txt").write_text("No haemorrhage.")
    correction = ("study", "words", uid, "--report", str(tmp_path / "said.txt"), "--approve")
    shown = overread(*correction, "--source", view["source"])
    assert "No haemorrhage." in shown and "Planted" not in shown
    assert gate.run() == "enlist"
    assert {("words-edited", uid), ("words-approved", uid), ("desk-words-viewed", uid)} <= set(gate.audited())


def test_words_are_taken_from_text_in_utf_8_and_only_for_what_was_looked_at(gate, overread, part10, tmp_path) -> None:
    number = gate.case(report={"text": "No haemorrhage."}, question="Bleeding?")
    gate.receive(part10())
    if gate.run() == "match":
        match_by_person(gate.node, number, gate.study().study_uid, actor="test")
        gate.run()
    uid, said = gate.study().study_uid, tmp_path / "said.txt"
    said.write_bytes("Keine Blutung, früher schon.".encode("latin-1"))
    with pytest.raises(Malformed, match="UTF-8"):
        overread("study", "words", uid, "--report", str(said))
    said.write_bytes("Keine Blutung, früher schon.".encode("utf-8-sig"))
    with pytest.raises(Conflict, match="changed meanwhile"):
        overread("study", "words", uid, "--report", str(said), "--approve", "--source", "looked-at-before")
    source = json.loads(overread("study", "words", uid, "--json"))["source"]
    assert source in overread("study", "words", uid)
    shown = overread("study", "words", uid, "--report", str(said), "--approve", "--source", source)
    assert "Keine Blutung, früher" in shown and "\ufeff" not in shown


def test_words_that_nobody_was_shown_are_not_approved(gate, node, overread, part10, monkeypatch) -> None:
    number = gate.case(report={"text": "No haemorrhage."})
    gate.receive(part10())
    if gate.run() == "match":
        match_by_person(gate.node, number, gate.study().study_uid, actor="test")
        gate.run()
    approve = ["study", "words", gate.study().study_uid, "--approve", "--home", str(node.settings.home)]
    refused = CliRunner().invoke(cli, approve)
    assert (refused.exit_code, "--approve needs --source" in refused.output) == (2, True)
    monkeypatch.setattr(commands, "_is_terminal", lambda: True)
    declined = CliRunner().invoke(cli, approve, input="n\n")
    assert (declined.exit_code, "No haemorrhage." in declined.output) == (1, True)
    assert json.loads(overread("study", "words", gate.study().study_uid, "--json"))["approved_by"] is None
    assert CliRunner().invoke(cli, [*approve, "--json"]).exit_code == 2
    assert CliRunner().invoke(cli, approve, input="y\n").exit_code == 0
    assert json.loads(overread("study", "words", gate.study().study_uid, "--json"))["approved_by"] is not None
