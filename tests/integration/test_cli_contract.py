"""What scripts rely on: every agreed command and option exists, and processes answer with the agreed streams and codes.

The tree of commands is looked at in process; what is said about streams is said by processes.
"""

import json
import shutil
import sqlite3
from contextlib import closing

import click
import pytest
from pydicom import dcmread

from gateway.cli import cli
from sample_studies import generate

from .in_process import run_in_process

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]

AGREED = {
    "init": "--home",
    "serve": "--home --role",
    "demo": "--once",
    "site add": "NAME --ae-title --rate --currency --markup-percent --country --require-case "
    "--return-ae --return-host --return-port",
    "site list": "--json",
    "site show": "NAME --json",
    "site set": "NAME --ae-title --rate --require-case --return-ae --return-host --return-port",
    "site remove": "NAME",
    "reader add": "NAME --email --specialty --password-stdin",
    "reader license add": "NAME --jurisdiction --expires",
    "reader list": "--json",
    "reader show": "NAME --json",
    "token create": "--role --name",
    "case import": "FILES --site --json",
    "case list": "--json",
    "case show": "CASE --json",
    "case match": "CASE STUDY",
    "case unmatch": "CASE STUDY",
    "case apart": "CASE MERGE",
    "case close": "CASE",
    "case open": "CASE",
    "study list": "--json",
    "study show": "STUDY --json",
    "study reprocess": "STUDY",
    "study release": "STUDY",
    "study purge": "STUDY",
    "study patients": "STUDY --json",
    "study one-person": "STUDY",
    "study whose": "STUDY PATIENT",
    "study apart": "STUDY PATIENT",
    "study seen": "STUDY",
    "study accept": "STUDY",
    "study waiting": "--site --json",
    "study remind": "STUDY --language --json",
    "study words": "STUDY --report --question --approve --source --json",
    "case waiting": "--site --json",
    "case remind": "CASE --language --json",
    "quarantine list": "--json",
    "quarantine show": "ID --json",
    "quarantine release": "ID",
    "quarantine discard": "ID",
    "import": "PATHS --site --case --json",
    "deidentify": "IN OUT --profile --report",
    "read list": "--json",
    "read show": "READ --json",
    "invoice": "--site --month --format --out",
    "stats": "--site --since --json",
    "audit show": "--json",
    "audit verify": "--json",
    "config show": "--json",
    "config check": "--home",
    "doctor": "--home --json",
    "backup": "DIR",
    "restore": "DIR",
    "db upgrade": "--home",
}
HOMELESS = {"deidentify"}


def command_named(words):
    found = cli
    for word in words.split():
        assert isinstance(found, click.Group), words
        found = found.get_command(click.Context(found), word)
    return found


@pytest.mark.parametrize("words", AGREED)
def test_command_has_its_arguments_and_options(words):
    command = command_named(words)
    taken = {option for parameter in command.params for option in parameter.opts if isinstance(parameter, click.Option)}
    taken |= {
        (parameter.metavar or parameter.make_metavar(click.Context(command))).strip("[].")
        for parameter in command.params
        if isinstance(parameter, click.Argument)
    }
    missing = set(AGREED[words].split()) - taken
    assert not missing, taken
    assert words in HOMELESS or "--home" in taken


def test_an_option_offers_the_agreed_values():
    def choices(words, option):
        return set(next(p for p in command_named(words).params if option in p.opts).type.choices)

    assert choices("serve", "--role") == {"all", "scp", "http", "worker", "hl7"}
    assert choices("token create", "--role") == {"reader", "coordinator", "integrator", "admin"}
    assert choices("invoice", "--format") == {"json", "csv", "pdf"}
    assert choices("site add", "--require-case") == {"yes", "no"}


@pytest.fixture(scope="module")
def home(prepared, tmp_path_factory):
    """Return a copy of the prepared home, without a running node."""
    copy = tmp_path_factory.mktemp("scripted") / "home"
    shutil.copytree(prepared.home, copy)
    return copy


@pytest.mark.parametrize("words", [("site", "list"), ("stats",), ("study", "list")], ids=" ".join)
def test_json_is_one_document_on_stdout_and_nothing_else(overread, home, words):
    done = overread(home, *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, ("study", "show", "1.2.3")),
        (1, ("invoice", "--site", "nonesuch", "--month", "2026-01")),
        (2, ("study", "show")),
        (2, ("nonesuch",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else f"{value}",
)
def test_an_error_is_said_on_stderr_alone(overread, home, code, words):
    done = overread(home, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1


def test_deidentify_works_offline_and_reports_every_file(overread, tmp_path):
    sample = generate(tmp_path / "samples", small=True).study("ct-head")
    (sample.folder / "note.txt").write_text("no DICOM")
    report = tmp_path / "report.json"
    done = overread(None, "deidentify", str(sample.folder), str(tmp_path / "out"), "--report", str(report))
    assert done.returncode == 0, done.stderr
    outcomes = [each["outcome"] for each in json.loads(report.read_text())["files"]]
    assert sorted(outcomes) == ["skipped"] + ["written"] * len(sample.files)
    written = sorted((tmp_path / "out").rglob("*.dcm"))
    assert len(written) == len(sample.files)
    for path in written:
        said = dcmread(path, stop_before_pixels=True)
        assert said.PatientIdentityRemoved == "YES"
        assert sample.patient_name.split("^")[0].encode("latin-1") not in path.read_bytes()


def test_a_backup_is_restored_into_a_new_home_and_works_there(overread, home, tmp_path):
    saved, again = tmp_path / "saved", tmp_path / "again"
    assert overread(home, "backup", str(saved)).returncode == 0
    assert overread(again, "restore", str(saved)).returncode == 0
    sites = [json.loads(run_in_process(each, "site", "list", "--json").stdout) for each in (home, again)]
    assert sites[0] == sites[1] != []
    verified = run_in_process(again, "audit", "verify", "--json")
    assert (verified.returncode, [each["broken_at"] for each in json.loads(verified.stdout)]) == (0, [None, None])


def test_audit_verify_finds_a_row_changed_behind_the_triggers(home, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    with closing(sqlite3.connect(copy / "identity.sqlite")) as database:
        refused = pytest.raises(sqlite3.DatabaseError)
        with refused:
            database.execute("update identity_audit set actor = 'somebody else' where seq = 2")
        for (trigger,) in database.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            database.execute(f'drop trigger "{trigger}"')
        database.execute("update identity_audit set actor = 'somebody else' where seq = 2")
        database.commit()
    done = run_in_process(copy, "audit", "verify")
    assert done.returncode == 1
    assert "identity at entry 2" in done.stderr


def test_doctor_says_what_is_ill_and_what_to_do(home):
    done = run_in_process(home, "doctor", "--json")
    assert done.returncode == 1, "no worker runs on this home"
    ill = {each["what"]: each["advice"] for each in json.loads(done.stdout) if not each["well"]}
    assert ill == {"worker": "overread serve"}
