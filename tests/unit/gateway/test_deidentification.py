"""What was done to the objects of a study is kept without a value, and can be shown to those who must answer for it."""

import json
from io import BytesIO

import pytest
from pydicom import dcmread
from pypdf import PdfReader
from sqlalchemy import func, select

from config.errors import Conflict, Misconfigured, NotFound
from gateway.deidentification.models import InstanceAudit
from gateway.deidentification.pdf import as_pdf
from gateway.deidentification.statement import deidentification_of
from gateway.models import Site
from gateway.pipeline import deriving as stage
from gateway.profiles import node_profile, profile_named
from gateway.sites import SiteChange, set_site
from gateway.studies import release

OWN = """
title = "North"
base = "second-read"
[admitted]
00081010 = "the physicist compares the scanners"
"""


@pytest.fixture
def published(gate, part10):
    """Return what takes slices of a study to the readers without a case, and says what was done to them."""

    def run(*slices, **elements):
        for payload in slices or (part10(**elements),):
            gate.receive(payload)
        gate.run()
        release(gate.node, gate.study().study_uid, actor="clerk")
        gate.run()
        with gate.node.identity.read() as session:
            return deidentification_of(session, gate.study().study_uid)

    return run


def own_profile(gate, text=OWN, name="north-own"):
    folder = gate.node.settings.home / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_statement_says_profile_options_and_what_became_of_each_attribute(published):
    found = published(StationName="CT-ROOM-7", StudyDate="20240110", PatientSex="F")
    (profile,) = found["profiles"]
    assert (profile["profile"], profile["instances"], profile["admitted"]) == ("second-read", 1, [])
    assert {"113107", "113108"} <= {option["code"] for option in profile["options"]}
    told = {row["path"]: row for row in found["attributes"]}
    assert told["(0010,0010)"]["outcome"] == "changed" and told["(0010,0010)"]["name"] == "Patient's Name"
    assert told["(0008,1010)"] == {
        "path": "(0008,1010)", "name": "Station Name", "action": "X", "rule": "basic", "outcome": "removed",
        "instances": 1, "occurrences": 1,
    }  # fmt: skip
    assert found["instances"] == {
        "de-identified": 1, "with cleaned pixels": 0, "published": 1, "withheld": {},
    }  # fmt: skip


def test_a_statement_bears_no_value_and_no_uid_of_the_original(gate, published, part10):
    original = part10(PatientBirthDate="19600102", AccessionNumber="ACC-77")
    text = json.dumps(published(original))
    for value in (
        "Planted",
        "PATIENT-1",
        "19600102",
        "ACC-77",
        str(dcmread(BytesIO(original)).StudyInstanceUID),
    ):
        assert value not in text


def test_slices_that_were_treated_alike_share_one_audit(gate, published, part10):
    found = published(*(part10(number, InstanceNumber=number) for number in (1, 2, 3)))
    assert len(found["objects"]) == 3 and len({each["audit"] for each in found["objects"]}) == 1
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(InstanceAudit)) == 1


def test_what_was_withheld_is_counted_with_its_reason(published, part10):
    found = published(part10(1), part10(2, SOPClassUID="1.2.840.10008.5.1.4.1.1.66"))
    assert found["instances"]["withheld"] == {"quarantined: raw-data": 1}


def test_an_object_that_fails_its_comparison_is_not_published(gate, part10, monkeypatch):
    honest = stage.compare

    def suspicious(*given, **named):
        from dataclasses import replace

        return replace(honest(*given, **named), findings=("pixels-differ",))

    monkeypatch.setattr(stage, "compare", suspicious)
    gate.receive(part10())
    gate.run()
    release(gate.node, gate.study().study_uid, actor="clerk")
    gate.run()
    assert gate.dispositions() == [("quarantined", "comparison-failed")]
    assert list(gate.node.published.keys()) == [] and list(gate.node.staging.keys()) == []


def test_a_study_of_which_nothing_was_deidentified_has_no_statement(gate, part10):
    gate.receive(part10())
    with gate.node.identity.read() as session:
        with pytest.raises(Conflict):
            deidentification_of(session, gate.study().study_uid)
        with pytest.raises(NotFound):
            deidentification_of(session, "2.25.1")


def test_the_pdf_says_the_same_for_people(published):
    found = published(StationName="CT-ROOM-7", StudyDate="20240110")
    pages = PdfReader(BytesIO(as_pdf(found, "Overread Nord"))).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    for words in ("How this study was de-identified", found["study_uid"], "113107", "Station Name", "second-read"):
        assert words in text
    assert as_pdf(found, "Overread Nord") == as_pdf(found, "Overread Nord")


def test_a_site_falls_under_its_own_profile(gate, published):
    own_profile(gate)
    set_site(gate.node, "north", SiteChange(profile="north-own"), actor="admin")
    found = published(StationName="CT-ROOM-7")
    (profile,) = found["profiles"]
    assert (profile["profile"], profile["base"]) == ("north-own", "second-read")
    assert profile["admitted"] == [{"what": "00081010", "reason": "the physicist compares the scanners"}]
    (digest,) = list(gate.node.published.keys())
    with gate.node.published.open(digest) as file:
        assert dcmread(file).StationName == "CT-ROOM-7"
    with gate.node.identity.read() as session:
        assert session.get_one(Site, "north").profile == "north-own"


def test_a_node_refuses_profiles_that_it_cannot_keep(gate, tmp_path):
    own_profile(gate, 'title = "x"\nbase = "basic"\n[admitted]\nretain-uids = "why not"', "uids")
    own_profile(gate, 'title = "x"\nbase = "basic"\n[admitted]\n00100010 = "why not"', "names")
    home = gate.node.settings.home
    assert profile_named("uids", home).options == ("retain-uids",)
    for name in ("uids", "names", "none", "../north-own"):
        with pytest.raises(Misconfigured):
            node_profile(name, home)


def test_a_profile_may_be_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(OWN, encoding="utf-8")
    assert profile_named(str(file)).ruling(0x00081010) == ("K", "admitted")
    with pytest.raises(Misconfigured):
        profile_named(str(tmp_path / "none.toml"))
