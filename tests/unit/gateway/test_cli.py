"""The command line: exit codes, one JSON document for scripts, and errors on stderr that echo no identity."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from worklist.access.log_ins import find_logged_in, open_log_in
from worklist.access.readers import reader_named

Part10 = Callable[..., bytes]


class Outcome:
    """What a run of the command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """Return stdout as the one JSON document that it must be."""
        return json.loads(self.out)


@pytest.fixture
def overread(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Return a runner of the command as a shell would run it."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["overread", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Outcome(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture
def at_home(gate, overread, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Return a runner on the home of the node, found by the environment."""
    monkeypatch.setenv("OVERREAD_HOME", str(gate.node.settings.home))
    return overread


def test_help_ends_well(overread) -> None:
    outcome = overread("--help")
    assert (outcome.code, outcome.err) == (0, "")
    for word in ("init", "serve", "demo", "site", "reader", "token", "case", "study", "quarantine", "import"):
        assert f"  {word} " in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [("nonesuch",), ("study", "show"), ("study", "list", "--state", "x"), ("invoice",), ("token", "create")],
)
def test_wrong_use_ends_with_two(overread, arguments: tuple[str, ...]) -> None:
    outcome = overread(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err


def test_home_that_is_none_ends_with_one_and_says_what_to_do(overread, tmp_path: Path) -> None:
    outcome = overread("study", "list", "--home", tmp_path / "none")
    assert (outcome.code, outcome.out) == (1, "")
    assert "overread init" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("study", "show", "2.25.1"),
        ("study", "release", "2.25.1"),
        ("case", "show", "1234567890"),
        ("quarantine", "show", "7"),
        ("quarantine", "release", "7"),
        ("read", "show", "0"),
        ("site", "show", "west"),
        ("reader", "show", "Nobody"),
        ("reader", "activate", "Nobody"),
        ("reader", "deactivate", "Nobody"),
        ("stats", "--site", "west"),
        ("invoice", "--site", "west", "--month", "2025-03"),
        ("invoice", "--site", "north", "--month", "2025-99"),
        ("site", "add", "west", "--ae-title", "A" * 17),
        ("site", "set", "north", "--currency", "EUR"),
        ("workstation", "add", "DESK", "--reader", "Nobody", "--host", "10.1.0.3", "--port", "104"),
        ("workstation", "remove", "DESK"),
    ],
)
def test_what_the_node_refuses_ends_with_one_and_a_line_on_stderr(at_home, arguments: tuple[str, ...]) -> None:
    outcome = at_home(*arguments)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("error: ")
    assert len(outcome.err.splitlines()) == 1


LISTS = (
    ("site", "list"),
    ("reader", "list"),
    ("token", "list"),
    ("workstation", "list"),
    ("case", "list"),
    ("study", "list"),
    ("quarantine", "list"),
    ("read", "list"),
    ("audit", "show"),
    ("audit", "verify"),
)


@pytest.mark.parametrize("arguments", LISTS, ids=" ".join)
def test_list_with_json_prints_one_document_and_nothing_else(at_home, arguments: tuple[str, ...]) -> None:
    outcome = at_home(*arguments, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert isinstance(outcome.json, list)


@pytest.mark.parametrize("arguments", LISTS, ids=" ".join)
def test_list_without_json_says_something(at_home, arguments: tuple[str, ...]) -> None:
    outcome = at_home(*arguments)
    assert outcome.code == 0
    assert outcome.out.strip()


@pytest.fixture
def read_study(gate) -> tuple[Any, str]:
    """Return a published and read study and the id of its read."""
    study = gate.publish()
    return study, gate.sign(study.study_uid)


def test_every_show_prints_one_json_document(gate, at_home, read_study, part10: Part10) -> None:
    study, read_id = read_study
    gate.receive(part10(2, BurnedInAnnotation="YES"))
    gate.run()
    (case,) = at_home("case", "list", "--json").json
    shown = {
        "study": ("study", "show", study.study_uid),
        "case": ("case", "show", case["case_number"]),
        "read": ("read", "show", read_id),
        "quarantine": ("quarantine", "show", 2),
        "site": ("site", "show", "north"),
        "reader": ("reader", "show", "Dr Ada"),
        "config": ("config", "show"),
        "stats": ("stats",),
    }
    for arguments in shown.values():
        outcome = at_home(*arguments, "--json")
        assert (outcome.code, outcome.err) == (0, ""), arguments
        assert isinstance(outcome.json, dict), arguments


def test_study_list_has_the_agreed_keys(at_home, read_study) -> None:
    (row,) = at_home("study", "list", "--json").json
    agreed = {"study_uid", "site", "state", "modality", "instances", "case", "received_at", "quarantined"}
    assert agreed <= set(row)


def test_case_list_and_show_have_the_agreed_keys(at_home, read_study) -> None:
    (row,) = at_home("case", "list", "--json").json
    assert {"case_number", "site", "state", "studies"} <= set(row)
    (link,) = at_home("case", "show", row["case_number"], "--json").json["studies"]
    assert set(link) == {"study_uid", "how", "probability", "prior", "reasons"}
    assert row["studies"] == [link["study_uid"]]


def test_invoice_json_has_the_agreed_form(at_home, read_study) -> None:
    _, read_id = read_study
    found = at_home("invoice", "--site", "north", "--month", "2025-03").json
    assert (found["site"], found["month"], found["currency"], found["total_minor"]) == (
        "north",
        "2025-03",
        "USD",
        30000,
    )
    assert [line["read"] for line in found["lines"]] == [read_id]


@pytest.mark.parametrize(("form", "begins"), [("csv", b"site,month,"), ("pdf", b"%PDF-"), ("json", b"{")])
def test_invoice_is_written_to_a_file(at_home, read_study, tmp_path: Path, form: str, begins: bytes) -> None:
    target = tmp_path / "invoice"
    outcome = at_home("invoice", "--site", "north", "--month", "2025-03", "--format", form, "--out", target)
    assert outcome.code == 0
    assert "1 line(s), " in outcome.out
    assert target.read_bytes().startswith(begins)


def test_init_is_safe_to_repeat(overread, tmp_path: Path) -> None:
    assert "keys" in overread("init", "--home", tmp_path / "home").out
    assert "everything is there already" in overread("init", "--home", tmp_path / "home").out


def test_token_is_printed_alone(at_home) -> None:
    outcome = at_home("token", "create", "--role", "coordinator", "--name", "Front desk")
    assert (outcome.code, len(outcome.out.split())) == (0, 1)
    listed = at_home("token", "list", "--json")
    assert [each["name"] for each in listed.json] == ["Front desk"]
    assert outcome.out.strip() not in listed.out


def test_case_import_tells_each_file_and_names_the_field_that_is_wrong(at_home, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"patient": {"name": "Planted^Identity"}}))
    bad.write_text(json.dumps({"patient": {"birth_date": "Planted"}}))
    (taken,) = at_home("case", "import", good, "--site", "north", "--json").json
    assert taken["outcome"] == "created"
    outcome = at_home("case", "import", bad, "--site", "north")
    assert outcome.code == 1
    assert "patient.birth_date" in outcome.err
    assert "Planted" not in outcome.err


def test_import_without_a_worker_records_every_file(at_home, tmp_path: Path, part10: Part10) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "IM1").write_bytes(part10())
    (folder / "readme.txt").write_text("hello")
    outcome = at_home("import", folder, "--site", "north", "--json")
    assert outcome.code == 0
    assert {(each["path"], each["disposition"]) for each in outcome.json["files"]} == {
        ("IM1", None),
        ("readme.txt", "kept"),
    }
    assert len(at_home("study", "list", "--json").json) == 1


def test_import_says_how_many_files_ended_how_and_ends_with_three_when_something_was_quarantined(
    at_home, tmp_path: Path, part10: Part10
) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "IM1").write_bytes(part10())
    (folder / "broken").write_bytes(bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\x04\x001.2.")
    (folder / "readme.txt").write_text("hello")
    outcome = at_home("import", folder, "--site", "north")
    assert outcome.code == 3
    assert [line.split()[:2] for line in outcome.out.splitlines()[2:]] == [
        ["kept", "1"],
        ["quarantined", "1"],
        ["pending", "1"],
    ]
    assert "readme.txt" not in outcome.out
    again = at_home("import", folder, "--site", "north", "--verbose")
    assert again.code == 3
    assert "duplicate   IM1" in again.out
    assert "readme.txt  (not a DICOM object)" in again.out


def test_import_of_a_damaged_bundle_says_why_and_ends_with_three_as_it_is_quarantined(at_home, tmp_path: Path) -> None:
    broken = tmp_path / "disc.zip"
    broken.write_bytes(b"PK\x03\x04" + b"\0" * 60)
    outcome = at_home("import", broken, "--site", "north", "--json")
    assert outcome.json["failure"]
    assert [each["disposition"] for each in outcome.json["files"]] == ["quarantined"]
    assert outcome.code == 3
    assert outcome.json["failure"] in outcome.err


def test_unknown_setting_is_refused_with_its_line_and_the_nearest_key(gate, at_home) -> None:
    toml = gate.node.settings.home / "overread.toml"
    toml.write_text("# ours\n[settle]\nquiet_secnds = 3\n", encoding="utf-8")
    outcome = at_home("config", "check")
    assert (outcome.code, outcome.out) == (1, "")
    assert "overread.toml:3:" in outcome.err
    assert "'quiet_seconds'" in outcome.err


def test_good_settings_are_said_to_be_well(at_home) -> None:
    outcome = at_home("config", "check")
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("vault.url", "s3://bucket"),
        ("published.url", "file://blobs"),
        ("identity.database_url", "mysql://me:hunter2@db/x"),
        ("reading.database_url", "hunter2"),
    ],
)
def test_address_that_cannot_be_used_is_refused_by_its_setting(at_home, monkeypatch, variable: str, url: str) -> None:
    monkeypatch.setenv(f"OVERREAD_{variable.replace('.', '__').upper()}", url)
    outcome = at_home("config", "check")
    assert (outcome.code, outcome.out) == (1, "")
    assert f"the setting {variable}: " in outcome.err
    assert "hunter2" not in outcome.err


def test_checking_the_settings_makes_nothing(at_home, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OVERREAD_VAULT__URL", (tmp_path / "other" / "vault").as_uri())
    monkeypatch.setenv("OVERREAD_READING__DATABASE_URL", f"sqlite:///{tmp_path / 'other' / 'reading.sqlite'}")
    assert at_home("config", "check").code == 0
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_settings_are_shown_without_passwords(at_home, monkeypatch, form: tuple[str, ...]) -> None:
    for zone in ("IDENTITY", "READING"):
        monkeypatch.setenv(f"OVERREAD_{zone}__DATABASE_URL", f"postgresql://me:hunter2@db/{zone}")
    outcome = at_home("config", "show", *form)
    assert outcome.code == 0
    assert "hunter2" not in outcome.out
    assert "postgresql://me:***@db/IDENTITY" in outcome.out
    assert "postgresql://me:***@db/READING" in outcome.out


def test_reader_is_shut_out_and_let_in_again_by_command_and_it_is_audited(gate, at_home) -> None:
    at_home("reader", "add", "Dr Ada", "--email", "ada@example.org")
    with gate.node.reading.write() as session:
        ada = reader_named(session, "Dr Ada").id
        cookie = open_log_in(session, gate.node.clock, ada, hours=12).cookie
    assert at_home("reader", "deactivate", "Dr Ada").code == 0
    assert at_home("reader", "show", "Dr Ada", "--json").json["active"] is False
    assert at_home("reader", "activate", "Dr Ada").code == 0
    assert at_home("reader", "show", "Dr Ada", "--json").json["active"] is True
    with gate.node.reading.read() as session:
        assert find_logged_in(session, gate.node.clock(), cookie) is None
    entries = at_home("audit", "show", "--zone", "reading", "--json").json
    told = [(each["action"], each["subject"]) for each in entries]
    assert told[-2:] == [("reader-deactivated", "Dr Ada"), ("reader-activated", "Dr Ada")]


def test_doctor_ends_with_one_while_something_is_ill(at_home) -> None:
    outcome = at_home("doctor", "--json")
    assert outcome.code == 1
    assert {each["what"] for each in outcome.json if not each["well"]} == {"worker"}


def test_purge_asks_first_and_does_nothing_without_an_answer(at_home, read_study, monkeypatch) -> None:
    study, _ = read_study
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert at_home("study", "purge", study.study_uid).code == 130
    assert at_home("study", "list", "--json").json[0]["state"] != "purged"
    assert at_home("study", "purge", study.study_uid, "--yes").code == 0
    assert at_home("study", "list", "--json").json[0]["state"] == "purged"


def test_match_and_unmatch_by_command(gate, at_home, part10: Part10) -> None:
    number = gate.case(patient={"name": "Somebody Else"})
    gate.receive(part10())
    gate.run()
    study_uid = gate.study().study_uid
    assert at_home("case", "match", number, study_uid).code == 0
    assert at_home("study", "list", "--json").json[0]["case"] == number
    assert at_home("case", "unmatch", number, study_uid).code == 0
    assert at_home("study", "list", "--json").json[0]["case"] is None
    assert at_home("case", "close", number).code == 0


def test_tampered_audit_trail_ends_with_one(gate, at_home) -> None:
    from sqlalchemy import text

    with gate.node.identity.write() as session:
        session.execute(text("DROP TRIGGER identity_audit_no_update"))
        session.execute(text("UPDATE identity_audit SET actor = 'nobody' WHERE seq = 2"))
    outcome = at_home("audit", "verify", "--json")
    assert outcome.code == 1
    assert {each["zone"]: each["broken_at"] for each in outcome.json} == {"identity": 2, "reading": None}


def test_error_of_a_library_is_told_by_class_and_place_without_its_words(at_home, monkeypatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("Planted^Identity")

    monkeypatch.setattr("gateway.studies.list_studies", fails)
    outcome = at_home("study", "list")
    assert (outcome.code, outcome.out) == (1, "")
    assert "RuntimeError" in outcome.err
    assert "Planted" not in outcome.err


def test_deidentify_needs_no_home_and_ends_with_one_when_nothing_was_written(
    overread, tmp_path: Path, part10: Part10
) -> None:
    source, report = tmp_path / "in.dcm", tmp_path / "report.json"
    source.write_bytes(part10())
    outcome = overread("deidentify", source, tmp_path / "out.dcm", "--report", report)
    assert (outcome.code, outcome.out.strip()) == (0, "1 written")
    assert json.loads(report.read_text())["files"][0]["outcome"] == "written"
    source.write_bytes(part10(BurnedInAnnotation="YES"))
    assert overread("deidentify", source, tmp_path / "other.dcm").code == 1
    assert not (tmp_path / "other.dcm").exists()
