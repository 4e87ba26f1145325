"""No planted identity in any byte that leaves the identified zone, in whatever encoding, and the search can find one.

Everything below the home is searched but what has to know: the identity database, and the vault, of which every file is
encrypted. That leaves published objects, the reading database, workflows, logs and what the doors say of themselves.
"""

import json
import sqlite3
import stat
import subprocess
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from urllib.parse import quote

import pytest
from pydicom import dcmread

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]

ENCODINGS = ("utf-8", "latin-1", "gb18030", "shift_jis", "iso2022_jp", "euc_jp", "utf-16-le", "utf-16-be")
KNOWING = ("identity.sqlite", "vault/")
PUBLIC_KEYS = {"vault.recipient", "receipt.jwk"}
STATEFUL = ("iso2022_jp",)
KINDS = ("names", "ids", "burned_in", "others")
# What the reading zone knows on purpose, each with its reason; no published image may bear even that.
DELIBERATE = {
    "Northfield Vale Hospital": "a site's display name: the reader sees for whom a read is, and reports name the site",
    "Jinlan Lake Hospital": "as above",
    "金岚湖人民医院": "the same hospital in a report's letterhead, where the study's own header spells it otherwise",
}


def needles(strings):
    """Return every form in which a string could lie in bytes: encoded, escaped for JSON, escaped for an address.

    A string that holds another of them is found by that other one, but where escape sequences part them (ISO 2022).
    """
    found = {}
    for string in strings:
        telling = not any(other != string and other in string for other in strings)
        for encoding in ENCODINGS if telling else STATEFUL:
            with suppress(UnicodeEncodeError):
                found[string.encode(encoding).lower()] = string
        if telling:
            found[json.dumps(string)[1:-1].encode().lower()] = string
            found[quote(string).encode().lower()] = string
    return found


def search(haystack, wanted):
    """Return the planted strings that occur in bytes, whatever their letters' case."""
    lowered = haystack.lower()
    return {string for needle, string in wanted.items() if needle in lowered}


def dumped(path):
    """Return every value of a database: a long one may be parted by pages where it lies."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        return "\n".join(opened.iterdump()).encode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def wanted(planted):
    strings = {string for patient in planted for kind in KINDS for string in patient[kind]}
    assert len(strings) > 200
    assert set(DELIBERATE) <= strings, "an exception that is no longer needed"
    return needles(strings - set(DELIBERATE))


@pytest.fixture(scope="module")
def kept(told):
    """Return the bytes of every file that the node keeps outside what has to know, by its place in the home."""
    home = told.node.home
    places = {path: str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    found = {place: path.read_bytes() for path, place in places.items() if not place.startswith(KNOWING)}
    for name in ("reading.sqlite", "workflows.sqlite"):
        found[f"{name}, every value"] = dumped(home / name)
    return found


@pytest.fixture(scope="module")
def answers(told):
    """Return what the node says over HTTP to those who may read, by address."""
    found = {}

    def ask(client, address, **headers):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, (address, answer.text[:300])
        found[address] = str(answer.headers).encode() + answer.content

    with told.node.http("integrator") as client:
        for address in ("/metrics", "/openapi.json", "/api/worklist?limit=100", "/dicom-web/studies?includefield=all"):
            ask(client, address)
        for uid in (item["study_uid"] for item in told.items):
            for below in ("series", "instances?includefield=all", "metadata"):
                ask(client, f"/dicom-web/studies/{uid}/{below}")
            ask(client, f"/dicom-web/studies/{uid}", Accept="multipart/related; type=application/dicom")
    with told.node.http("reader") as client:
        for item in told.items:
            ask(client, f"/api/worklist/{item['id']}")
        for read in told.reads.values():
            for below in ("", "/report.pdf", "/report.dcm"):
                ask(client, f"/api/reads/{read['id']}{below}")
    return found


def test_what_the_node_keeps_bears_no_planted_identity(kept, wanted):
    assert any(name.startswith("published/") for name in kept)
    assert len(kept["serve.err"]) > 500, "the log is worth searching"
    leaks = {name: found for name, data in kept.items() if (found := search(data, wanted))}
    assert leaks == {}


def test_no_published_image_bears_even_the_name_of_its_hospital(told, kept):
    names = needles(DELIBERATE)
    for uid in told.study_uids.values():
        for blob in _published(told.node, uid):
            assert search(_blob(kept, blob), names) == set()


def test_what_the_node_answers_bears_no_planted_identity(answers, wanted):
    leaks = {address: found for address, data in answers.items() if (found := search(data, wanted))}
    assert leaks == {}


def test_the_reports_of_the_reading_zone_bear_no_planted_identity_in_their_words(
    told, foreign_program, wanted, tmp_path
):
    for slug, read in told.reads.items():
        with told.node.http("reader") as client:
            pdf = client.get(f"/api/reads/{read['id']}/report.pdf").raise_for_status().content
        words = _words(foreign_program("pdftotext"), pdf, tmp_path)
        assert len(words) > 200, slug
        assert search(words, wanted) == set(), slug


def test_no_study_keeps_its_own_dates(told, planted, kept):
    now = datetime.now(UTC)
    recently = {(now - timedelta(days=days)).strftime("%Y%m%d") for days in (0, 1)}  # it may have been before midnight
    for patient in planted:
        uid = told.study_uids[patient["slug"]]
        published = _published(told.node, uid)
        if not published:
            assert patient["slug"] == "us-echo"
            continue
        objects = [_blob(kept, blob) for blob in published]
        shift = _shift(told, patient["slug"], objects[0])
        assert shift != timedelta(0), patient["slug"]
        moved = {(_day(each) + shift).strftime("%Y%m%d") for each in patient["dates"]}
        own = needles(set(patient["dates"]) - moved - recently)
        rows = json.dumps(_rows_of(told.node, uid)).encode()
        for data in (*objects, rows):
            assert search(data, own) == set(), patient["slug"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_search_finds_a_string_planted_into_a_copy(kept, wanted, encoding):
    string = "Holunderbuschgasse 8" if encoding == "latin-1" else "草薙千鶴子"
    assert string in wanted.values()
    blob = bytearray(next(data for place, data in kept.items() if place.startswith("published/")))
    blob[len(blob) // 2 : len(blob) // 2] = string.encode(encoding)
    assert string in search(bytes(blob), wanted)


def test_the_search_finds_a_string_escaped_in_a_copy_of_the_database(told, wanted, tmp_path):
    copy = tmp_path / "reading.sqlite"
    with (
        closing(sqlite3.connect(told.node.home / "reading.sqlite")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("update published_study set attributes = ?", (json.dumps({"00100010": "欧阳^晓岚"}),))
        target.commit()
    assert "欧阳^晓岚" in search(dumped(copy), wanted)


def test_nothing_identified_lies_about_in_folders_of_passage(told):
    home = told.node.home
    visits = set((home / "spool").glob("visits*.json"))  # which devices called, of no patient
    for folder in ("spool", "scratch", "uploads", "staging"):
        assert [path for path in (home / folder).rglob("*") if path.is_file() and path not in visits] == [], folder


def test_every_original_in_the_vault_is_encrypted(told):
    originals = [path for path in (told.node.home / "vault").rglob("*") if path.is_file()]
    assert len(originals) >= sum(len(set(study.files)) for study in told.manifest.studies) - 1
    assert {path.read_bytes()[:21] for path in originals} == {b"age-encryption.org/v1"}


def test_keys_are_readable_by_the_node_alone(told):
    home = told.node.home
    secret = [path for path in (home / "keys").iterdir() if path.name not in PUBLIC_KEYS]
    assert {"node.key", "vault.identity"} <= {path.name for path in secret}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def _words(pdftotext, pdf, folder):
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    return subprocess.run([pdftotext, str(path), "-"], capture_output=True, check=True).stdout


def _published(node, study_uid):
    return [
        row[0] for row in node.rows("reading", "select blob from published_instance where study_uid = ?", study_uid)
    ]


def _rows_of(node, study_uid):
    tables = ("published_study", "published_series", "published_instance")
    queries = (f"select * from {table} where study_uid = ?" for table in tables)
    return [row for query in queries for row in node.rows("reading", query, study_uid)]


def _blob(kept, digest):
    return next(data for place, data in kept.items() if place.startswith("published/") and place.endswith(digest))


def _shift(told, slug, published):
    original = dcmread(told.sample(slug).files[0], stop_before_pixels=True).StudyDate
    moved = dcmread(BytesIO(published), stop_before_pixels=True).StudyDate
    return _day(moved) - _day(original)


def _day(text):
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
