"""A node whose databases are PostgreSQL's goes the whole way, with several processes that write at once.

The tests go on with one node in their order.
"""

import json
import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pydicom.config
import pytest
from psycopg import sql
from pydicom import dcmread

from config.database import Database
from config.migrate import differences
from config.settings import Settings
from gateway.models import Base as IdentityBase
from gateway.sender import send_files
from sample_studies import ct_series
from worklist.models import Base as ReadingBase

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def node(node_on_postgresql):
    return node_on_postgresql


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Return the files of two series of two patients."""
    return {seed: ct_series(tmp_path_factory.mktemp("series"), count=8, rows=64, seed=seed) for seed in (1, 2)}


def case_of(paths, folder):
    """Write the case of a series down."""
    header = dcmread(paths[0], stop_before_pixels=True)
    told = {
        "patient": {"name": str(header.PatientName), "ids": [{"id": header.PatientID}]},
        "accession_numbers": [header.AccessionNumber],
        "report": {"text": "No acute finding.", "language": "en"},
    }
    path = folder / f"{header.AccessionNumber}.json"
    path.write_text(json.dumps(told))
    return str(path)


def push(node, paths):
    result = send_files("127.0.0.1", node.port("scp"), called_ae="OVERREAD", calling_ae="NORTHFIELD", files=paths)
    assert result.ok


def test_the_schema_of_the_models_is_what_the_migrations_made(node):
    settings = Settings.load(node.home)
    for url, base in ((settings.identity_url, IdentityBase), (settings.reading_url, ReadingBase)):
        database = Database(url)
        assert differences(database, base.metadata) == []
        database.close()


def test_pushed_studies_are_matched_while_many_processes_write(node, series, tmp_path):
    node.do("case", "import", case_of(series[1], tmp_path), "--site", "northfield")
    busy = [
        threading.Thread(target=push, args=(node, series[1])),
        threading.Thread(target=lambda: [file_case(node, number) for number in range(10)]),
        threading.Thread(target=lambda: [ask_worklist(node) for _ in range(10)]),
    ]
    for thread in busy:
        thread.start()
    for number in range(5):
        node.do("reader", "add", f"Reader {number}", "--email", f"r{number}@example.org")
    for thread in busy:
        thread.join()
    node.wait_idle()
    (study,) = node.cli("study", "list")
    assert (study["state"], study["instances"]) == ("published", len(series[1]))
    assert study["case"]
    assert len(node.cli("case", "list")) == 11
    assert node.do("audit", "verify").count("the chain holds") == 2


def file_case(node, number):
    told = {
        "patient": {"name": f"Other^{number}"},
        "accession_numbers": [f"OTHER{number}"],
        "report": {"text": "None."},
    }
    with node.http("coordinator") as desk:
        desk.post("/intake/cases", params={"site": "northfield"}, json=told).raise_for_status()


def ask_worklist(node):
    with node.http("reader") as reader:
        reader.get("/api/worklist").raise_for_status()


def test_a_server_that_breaks_all_connections_costs_nothing_but_another_try(node, series, postgresql):
    pushing = threading.Thread(target=push, args=(node, series[2]))
    pushing.start()
    for _ in range(3):
        postgresql.break_connections()
    pushing.join()
    node.wait_until(lambda: len(node.cli("study", "list")) == 2, "the second study is there")
    node.wait_idle()
    assert sorted(study["state"] for study in node.cli("study", "list")) == ["published", "unmatched"]
    assert node.rows("identity", "select count(*), count(disposition) from received_object where study_id = 1") == [
        (len(series[1]), len(series[1]))
    ]


def test_a_case_that_comes_later_finds_its_study_at_the_second_look(node, series, tmp_path):
    node.do("case", "import", case_of(series[2], tmp_path), "--site", "northfield")
    node.wait_until(
        lambda: {study["state"] for study in node.cli("study", "list")} == {"published"}, "the study is matched"
    )


def test_a_read_is_signed_answered_and_billed(node, series, hospital):
    original = str(dcmread(series[1][0], stop_before_pixels=True).StudyInstanceUID)
    ((study_uid,),) = node.rows("identity", "select study_uid from study where study_instance_uid = ?", original)
    with node.http("reader") as reader:
        items = reader.get("/api/worklist", params={"limit": 100}).json()["items"]
        item = next(each for each in items if each["study_uid"] == study_uid)
        assert reader.get(f"/dicom-web/studies/{study_uid}/thumbnail").status_code == 200
        found = reader.get("/dicom-web/studies", params={"ModalitiesInStudy": "CT", "PatientID": "*"}).json()
        assert len(found) == 2
        address = f"/api/worklist/{item['id']}"
        reader.post(f"{address}/claim").raise_for_status()
        reader.post(f"{address}/read", json={"findings": "None.", "impression": "Normal."}).raise_for_status()
        signed = reader.post(f"{address}/sign").raise_for_status().json()
        assert reader.post(f"{address}/sign").status_code == 409
    node.wait_until(lambda: len(hospital.received(original)) >= 2, "the answer arrives")
    invoice = node.do("invoice", "--site", "northfield", "--month", signed["signed_at"][:7], "--format", "json")
    assert json.loads(invoice)["total_minor"] == 30000
    node.wait_until(lambda: node.rows("identity", "select 1 from return_job where state = 'sent'"), "it is recorded")


def test_an_object_whose_header_holds_what_no_column_expects_is_taken_in(node, part10):
    odd = {
        "PatientName": "Odd\0Name^" + "x" * 3000,
        "PatientID": "y" * 3000,
        "AccessionNumber": "\0" * 20 + "z" * 300,
        "StudyID": "i" * 3000,
        "BodyPartExamined": "B" * 300,
        "StudyDescription": "\0d" * 2000,
        "SeriesDate": "99991231",
        "InstanceCreationDate": "99991231",
        "InstanceCreationTime": "235959",
        "StudyDate": "99991231",
        "InstanceNumber": "2147483647",
        "NumberOfFrames": "2147483647",
    }
    with pydicom_takes_anything():
        files = [part10(1, **odd), part10(2, **odd | {"PatientName": "A\0", "PatientID": "\0"})]
    push(node, files)
    node.wait_idle()
    found = node.rows("identity", "select count(*) from received_object where sop_instance_uid like '%.10.1.%'")
    assert found == [(2,)]


@contextmanager
def pydicom_takes_anything():
    """Let values be written that the standard forbids."""
    before = pydicom.config.settings.writing_validation_mode, pydicom.config.settings.reading_validation_mode
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    yield
    pydicom.config.settings.writing_validation_mode, pydicom.config.settings.reading_validation_mode = before


def test_a_row_of_the_audit_trail_is_neither_changed_nor_removed(node):
    settings = Settings.load(node.home)
    for url, table in ((settings.identity_url, "identity_audit"), (settings.reading_url, "reading_audit")):
        with psycopg.connect(url) as connection:
            for change in ("update {} set actor = 'x'", "delete from {}"):
                with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                    connection.execute(sql.SQL(change).format(sql.Identifier(table)))
                connection.rollback()


def test_the_role_of_the_reading_zone_cannot_come_near_the_identities(node, postgresql):
    url = postgresql.url("overread_identity", "overread_reading")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url)
    psycopg.connect(postgresql.url("overread_reading", "overread_reading")).close()


def test_the_workflows_lie_beside_the_identities(node):
    assert node.rows("identity", "select count(*) > 0 from dbos.workflow_status") == [(True,)]
    assert not (node.home / "workflows.sqlite").exists()


def test_a_backup_is_refused_with_what_to_do_instead(node, tmp_path):
    refused = node.run("backup", str(tmp_path / "backup"))
    assert refused.returncode == 1
    assert "pg_dump" in refused.stderr
    assert not (tmp_path / "backup").exists()


def test_dumps_and_a_copy_of_the_home_are_a_node_again(node, postgresql, tmp_path):
    before = {words: node.cli(*words) for words in (("study", "list"), ("read", "list"), ("case", "list"))}
    node.stop()
    home = shutil.copytree(node.home, tmp_path / "home")
    settings = (home / "overread.toml").read_text()
    for zone in ("identity", "reading"):
        url = postgresql.copy_database(f"overread_{zone}", f"again_{zone}", f"overread_{zone}")
        settings = settings.replace(postgresql.url(f"overread_{zone}", f"overread_{zone}"), url)
    (home / "overread.toml").write_text(settings)
    copy = replace(node, home=home)
    assert {words: copy.cli(*words) for words in before} == before
    assert copy.do("audit", "verify").count("the chain holds") == 2
