"""The doctor names what is wrong and what to do about it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from config.settings import Hl7, Settings, Worklist
from gateway.commitment_models import Commitment
from gateway.doctor import Diagnosis, examine
from gateway.heartbeat import HEARTBEAT
from gateway.pipeline.finishing import finish_revision
from gateway.sites import SiteChange, set_site


def findings(gate) -> dict[str, Diagnosis]:
    return {each.what: each for each in examine(gate.node.settings)}


def test_node_without_a_worker_is_ill_in_that_alone(gate) -> None:
    assert [what for what, each in findings(gate).items() if not each.well] == ["worker"]


def test_hl7_door_that_knows_no_sender_is_ill_until_a_site_has_a_facility(gate) -> None:
    settings = gate.node.settings.model_copy(update={"hl7": Hl7(port=2575)})
    door = {each.what: each for each in examine(settings)}["hl7 door"]
    assert (door.well, "--hl7-facility" in door.advice) == (False, True)
    set_site(gate.node, "north", SiteChange(hl7_facilities=("NORTH-RAD",)), actor="test")
    assert {each.what: each for each in examine(settings)}["hl7 door"].well
    assert "hl7 door" not in findings(gate)


def test_studies_without_a_case_that_nobody_may_read_are_told_of(gate, part10) -> None:
    set_site(gate.node, "north", SiteChange(require_case=False), actor="test")
    gate.receive(part10())
    gate.run()
    assert gate.study().state == "published"
    assert "homes" not in findings(gate)
    licensed = gate.node.settings.model_copy(update={"worklist": Worklist(require_licence=True)})
    home = {each.what: each for each in examine(licensed)}["homes"]
    assert (home.well, home.finding[:17]) == (False, "north: 1 study(ie")
    assert "overread site set north --jurisdiction" in home.advice
    set_site(gate.node, "north", SiteChange(jurisdiction="DE"), actor="test")
    assert "homes" not in {each.what for each in examine(licensed)}


def test_living_worker_is_seen_by_its_heartbeat(gate) -> None:
    (gate.node.settings.home / "run" / HEARTBEAT).touch()
    assert findings(gate)["worker"].well


def test_keys_open_to_others_are_said_so_in_words(gate) -> None:
    (gate.node.settings.home / "keys").chmod(0o755)
    found = findings(gate)["keys"]
    assert not found.well
    assert "open to others" in found.finding


def test_missing_keys_end_the_examination_with_advice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ill = [each for each in examine(Settings(home=home)) if not each.well]
    assert ill[0].what == "keys"
    assert "overread init" in ill[0].advice


def test_old_schema_is_to_be_upgraded(gate) -> None:
    with gate.node.identity.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    found = findings(gate)["databases"]
    assert (found.well, found.advice) == (False, "overread db upgrade")
    assert "behind" in found.finding


def test_tampered_audit_trail_is_found(gate) -> None:
    with gate.node.identity.write() as session:
        session.execute(text("DROP TRIGGER identity_audit_no_update"))
        session.execute(text("UPDATE identity_audit SET actor = 'nobody'"))
    found = findings(gate)["audit trail"]
    assert (found.well, found.finding) == (False, "tampered with")


def test_study_whose_stage_failed_is_told_until_it_has_gone_on(gate, part10) -> None:
    gate.publish()
    assert findings(gate)["stages"].well
    finish_revision(gate.node, 1, 1, "deidentify: StorageFull")
    assert (findings(gate)["stages"].well, "room" in findings(gate)["stages"].advice) == (False, True)
    finish_revision(gate.node, 1, 2, "")
    assert findings(gate)["stages"].well


def test_held_study_is_reported(gate, part10) -> None:
    gate.case()
    gate.receive(part10(BurnedInAnnotation="YES"))
    gate.run()
    found = findings(gate)
    assert not found["held"].well
    assert found["quarantine"].finding == "1 object(s) for a person"


def test_full_disk_is_reported(gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_DICOM__RESERVE_BYTES", str(10**18))
    ill = {each.what for each in examine(Settings.load(gate.node.settings.home)) if not each.well}
    assert "disk" in ill


def test_a_commitment_whose_report_nobody_took_is_named(gate) -> None:
    with gate.node.identity.write() as session:
        row = {"site": "north", "transaction_uid": "1.2", "delivery_id": "1" * 32, "calling_ae": "NORTH"}
        now = gate.node.clock()
        session.add(
            Commitment(**row, received_at=now, next_at=now, instances=[], failed=[], state="judged", attempts=1)
        )
    found = findings(gate)["commitments"]
    assert (found.well, found.advice) == (False, "overread commitment list")
