"""overread profile and overread study deidentification: what they print, for people and for scripts."""

import json
import sys

import pytest

from gateway.cli import main
from gateway.studies import release


@pytest.fixture
def overread(gate, monkeypatch, capfd):
    """Return a runner of the command on the home of the node: exit code, stdout, stderr."""
    monkeypatch.setenv("OVERREAD_HOME", str(gate.node.settings.home))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["overread", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        return int(ended.value.code or 0), *capfd.readouterr()

    return run


def test_profiles_are_listed_shown_and_compared(gate, overread):
    folder = gate.node.settings.home / "profiles"
    folder.mkdir()
    (folder / "own.toml").write_text('title = "Own"\nbase = "basic"\n[admitted]\n00081010 = "needed"', encoding="utf-8")
    names = [row["name"] for row in json.loads(overread("profile", "list", "--json")[1])]
    assert names == ["basic", "keep-dates", "research-strict", "second-read", "own"]
    shown = json.loads(overread("profile", "show", "own", "--json")[1])
    assert shown["admitted"] == [{"what": "00081010", "reason": "needed"}] and len(shown["attributes"]) == 670
    text = overread("profile", "show", "own")[1]
    assert "admitted by the site: 00081010: needed" in text and "Station Name" in text
    (row,) = json.loads(overread("profile", "diff", "basic", "own", "--json")[1])
    assert row["tag"] == "00081010" and row["own"].startswith("kept")
    assert "do the same" in overread("profile", "diff", "own", "own")[1]
    (folder / "faces.toml").write_text(
        'title = "Faces"\nbase = "basic"\nwith = ["clean-recognizable-visual-features"]', encoding="utf-8"
    )
    (row,) = json.loads(overread("profile", "diff", "basic", "faces", "--json")[1])
    assert (row["name"], row["faces"]) == ("clean-recognizable-visual-features", "asked for")
    assert overread("profile", "show", "none")[0] == 1


def test_a_site_is_bound_to_a_profile_that_there_is(gate, overread):
    assert overread("site", "set", "north", "--profile", "none")[0] == 1
    code, out, _ = overread("site", "set", "north", "--profile", "keep-dates", "--json")
    assert (code, json.loads(out)["profile"]) == (0, "keep-dates")


def test_the_statement_of_a_study_is_printed_or_written(gate, part10, overread, tmp_path):
    gate.receive(part10())
    gate.run()
    uid = gate.study().study_uid
    code, out, err = overread("study", "deidentification", uid)
    assert (code, out) == (1, "") and "de-identified yet" in err
    release(gate.node, uid, actor="clerk")
    gate.run()
    assert json.loads(overread("study", "deidentification", uid)[1])["study_uid"] == uid
    target = tmp_path / "statement.pdf"
    assert overread("study", "deidentification", uid, "--format", "pdf", "--out", target)[0] == 0
    assert target.read_bytes().startswith(b"%PDF-")
