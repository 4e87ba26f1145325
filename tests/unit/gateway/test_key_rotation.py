"""A new version of the key serves new patients; who is known keeps pseudonym, UIDs and dates, wherever one looks."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from sqlalchemy import select

from anonymizer import date_shift_days, map_uid, pseudonym
from config.errors import Misconfigured
from config.settings import Settings
from gateway import key_rotation
from gateway.answer import build_answer
from gateway.backup import back_up, restore
from gateway.doctor import examine
from gateway.intake import take_in
from gateway.key_rotation import list_key_versions, rotate_key
from gateway.models import Patient
from gateway.node import open_node
from gateway.portal.links import find_link, make_link

ANNA = {"PatientID": "A-1", "PatientName": "One^Anna", "StudyDate": "20240304"}
BERT = ANNA | {
    "PatientID": "B-2",
    "PatientName": "Two^Bert",
    "StudyInstanceUID": "1.2.3.4",
    "SeriesInstanceUID": "1.2.3.4.1",
}
ANNA_AGAIN = ANNA | {"StudyInstanceUID": "1.2.3.5", "SeriesInstanceUID": "1.2.3.5.1"}


@pytest.fixture
def come(gate) -> Callable[..., Dataset]:
    """Return what lets an object come and be published, and gives its publishable form."""

    def run(number: int, **elements: Any) -> Dataset:
        study_id = gate.receive(gate.part10(number, **elements)).study_id
        with gate.node.identity.write() as session:
            session.get_one(type(gate.study()), study_id).released = True
        assert gate.run(study_id) == "enlist"
        with gate.node.published.open(gate.objects()[-1].derived_blob) as blob:
            return dcmread(BytesIO(blob.read()))

    return run


def versions(gate) -> dict[str, int]:
    with gate.node.identity.read() as session:
        return {each.patient_id: each.key_version for each in session.scalars(select(Patient))}


def test_a_study_goes_on_as_it_began_when_the_key_changes_between_two_deliveries(gate, come) -> None:
    before = come(1, **ANNA, FrameOfReferenceUID="1.2.9")
    assert rotate_key(gate.node, actor="test") == 2
    after, later = come(2, **ANNA, FrameOfReferenceUID="1.2.9"), come(3, **ANNA_AGAIN)
    same = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "StudyDate")
    assert [after[each].value for each in same] == [before[each].value for each in same]
    assert (later.PatientID, later.StudyDate) == (before.PatientID, before.StudyDate)
    assert later.StudyInstanceUID == map_uid(gate.node.keys[1], site="north", uid="1.2.3.5")


def test_who_is_new_gets_the_newest_version_for_everything(gate, come) -> None:
    come(1, **ANNA)
    rotate_key(gate.node, actor="test")
    new, key = come(2, **BERT), gate.node.keys[2]
    assert versions(gate) == {"A-1": 1, "B-2": 2}
    assert new.PatientID == pseudonym(key, site="north", issuer="", patient_id="B-2")
    assert new.StudyInstanceUID == map_uid(key, site="north", uid="1.2.3.4") == gate.studies()[-1].study_uid
    assert new.SOPInstanceUID == map_uid(key, site="north", uid=dcmread(BytesIO(gate.part10(2))).SOPInstanceUID)
    with gate.node.identity.read() as session:
        scope = session.scalar(select(Patient.scope).where(Patient.patient_id == "B-2"))
    days = date_shift_days(key, site="north", patient_scope=scope)
    assert new.StudyDate == (gate.node.clock().replace(2024, 3, 4) + timedelta(days=days)).strftime("%Y%m%d")


def test_answers_of_both_versions_go_back_under_the_original_names(gate, come) -> None:
    come(1, **ANNA)
    rotate_key(gate.node, actor="test")
    come(2, **BERT)
    for study, name, uid in zip(
        gate.studies(), ("One^Anna", "Two^Bert"), ("1.2.826.0.1.3680043.10.2", "1.2.3.4"), strict=True
    ):
        report = dcmread(BytesIO(build_answer(gate.node, gate.sign(study.study_uid, key_images=True))[0]))
        assert (report.PatientName, report.StudyInstanceUID) == (name, uid)
        assert ("re-identified", study.study_uid) in gate.audited()


def test_a_backup_opens_with_every_version_also_one_made_while_it_was_taken(
    gate, come, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(1, **ANNA)
    from gateway import backup

    whole = backup._copy_folders

    def in_between(home: Path, target: Path, names: tuple[str, ...]) -> None:
        whole(home, target, names)
        if "spool" in names:  # the first of two copies of folders, before that of the databases
            rotate_key(gate.node, actor="test")
            come(2, **BERT)

    monkeypatch.setattr(backup, "_copy_folders", in_between)
    back_up(gate.node.settings, tmp_path / "backup")
    restore(tmp_path / "other", tmp_path / "backup")
    with open_node(Settings.load(tmp_path / "other"), gate.node.clock) as copy:
        assert copy.keys.versions() == (1, 2)
        assert key_rotation.lost_key_versions(copy) == []
        gate.spool(gate.part10(3, **BERT))
        for entry in gate.node.spool.entries():
            assert take_in(copy, [entry]) in {0, 1}


def test_a_running_node_takes_the_version_that_another_process_made(gate, come) -> None:
    come(1, **ANNA)
    command = [sys.executable, "-m", "gateway.cli", "key", "rotate", "--home", str(gate.node.settings.home)]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    assert "version 2" in made.stdout
    come(2, **BERT)
    assert versions(gate) == {"A-1": 1, "B-2": 2}
    listed = [(each["version"], each["patients"], each["studies"]) for each in list_key_versions(gate.node)]
    assert listed == [(1, 1, 1), (2, 1, 1)]
    with open_node(gate.node.settings, gate.node.clock) as anew:
        assert anew.keys.all() == gate.node.keys.all()


def test_a_rotation_that_broke_off_is_finished_by_the_next_and_told_once(gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(home: Path, version: int) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(key_rotation, "add_key_version", die)
        with pytest.raises(OSError, match="power"):
            rotate_key(gate.node, actor="test")
    assert gate.node.keys.versions() == (1,)
    assert rotate_key(gate.node, actor="test") == 2
    assert gate.audited().count(("key-rotated", "key 2")) == 1


def test_links_made_before_a_rotation_are_good_to_their_end(gate, case_number: str) -> None:
    url = make_link(gate.node, case_number, days=3, single_use=False, actor="test")["url"]
    rotate_key(gate.node, actor="test")
    later = make_link(gate.node, case_number, days=3, single_use=False, actor="test")["url"]
    with gate.node.identity.read() as session:
        for each in (url, later):
            assert find_link(session, gate.node, each.rsplit("/", 1)[1])[1].case_number == case_number


def test_an_old_copy_of_the_key_file_is_found_and_makes_nothing_up(gate, come) -> None:
    file = gate.node.settings.home / "keys" / "node.key"
    old = file.read_text()
    rotate_key(gate.node, actor="test")
    come(1, **BERT)
    file.write_text(old)
    with pytest.raises(Misconfigured, match="version 2"):
        gate.node.keys[2]
    ill = {each.what: each.advice for each in examine(gate.node.settings) if not each.well}
    assert "node.key" in ill["key versions"]


def test_no_other_key_is_made_under_the_number_of_one_that_was_lost(gate, come) -> None:
    file = gate.node.settings.home / "keys" / "node.key"
    old = file.read_text()
    rotate_key(gate.node, actor="test")
    come(1, **BERT)
    latest = file.read_text()
    file.write_text(old)
    with pytest.raises(Misconfigured, match="version 2"):
        rotate_key(gate.node, actor="test")
    assert file.read_text() == old
    file.write_text(latest)
    assert rotate_key(gate.node, actor="test") == 3
