"""A backup taken from a running node opens as the same node; nothing is overwritten, nothing half is restored."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import Conflict, Malformed, NotOffered
from config.settings import Settings
from gateway.backup import back_up, restore
from gateway.intake import take_in
from gateway.node import open_node
from gateway.studies import list_studies

Part10 = Callable[..., bytes]


def test_restored_node_holds_studies_originals_reads_and_what_waits_in_the_spool(
    gate, part10: Part10, tmp_path: Path
) -> None:
    study = gate.publish()
    read_id = gate.sign(study.study_uid)
    gate.spool(part10(2))
    back_up(gate.node.settings, tmp_path / "backup")
    restore(tmp_path / "other", tmp_path / "backup")
    with open_node(Settings.load(tmp_path / "other"), gate.node.clock) as copy:
        with copy.identity.read() as session:
            assert [each["study_uid"] for each in list_studies(session)] == [study.study_uid]
        with copy.vault.open(gate.objects()[0].blob) as original:
            assert original.read() == part10()
        assert copy.published.exists(gate.objects()[0].derived_blob)
        assert copy.keys.all() == gate.node.keys.all()
        assert take_in(copy, list(copy.spool.entries())) == 1
        with copy.reading.read() as session:
            from gateway.read_views import read_view

            assert read_view(session, read_id)["id"] == read_id


def test_backup_goes_into_a_new_folder_only(gate, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "precious").touch()
    with pytest.raises(Conflict):
        back_up(gate.node.settings, tmp_path / "backup")
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["precious"]


def test_node_is_not_overwritten_by_a_backup(gate, tmp_path: Path) -> None:
    back_up(gate.node.settings, tmp_path / "backup")
    with pytest.raises(Conflict):
        restore(gate.node.settings.home, tmp_path / "backup")


def test_unfinished_backup_is_not_restored(gate, tmp_path: Path) -> None:
    back_up(gate.node.settings, tmp_path / "backup")
    (tmp_path / "backup" / "overread-backup").unlink()
    with pytest.raises(Malformed):
        restore(tmp_path / "other", tmp_path / "backup")
    assert not (tmp_path / "other").exists()


def test_databases_elsewhere_are_not_backed_up_in_secret(gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_READING__DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    with pytest.raises(NotOffered):
        back_up(Settings.load(gate.node.settings.home), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_writers_temporary_files_are_left_out(gate, tmp_path: Path) -> None:
    (gate.node.settings.home / "spool" / "tmp" / "half").write_bytes(b"half an object")
    back_up(gate.node.settings, tmp_path / "backup")
    assert not list((tmp_path / "backup").rglob("half"))


def test_node_without_a_settings_file_is_backed_up(gate, tmp_path: Path) -> None:
    (gate.node.settings.home / "overread.toml").unlink()
    back_up(gate.node.settings, tmp_path / "backup")
    restore(tmp_path / "other", tmp_path / "backup")
    with open_node(Settings.load(tmp_path / "other"), gate.node.clock) as copy:
        assert copy.keys.all() == gate.node.keys.all()


def test_mark_is_written_after_everything_else_is_on_disk(
    gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    monkeypatch.setattr(os, "sync", lambda: seen.append({path.name for path in (tmp_path / "backup").iterdir()}))
    back_up(gate.node.settings, tmp_path / "backup")
    after = {path.name for path in (tmp_path / "backup").iterdir()}
    assert seen == [after - {"overread-backup"}]
    assert {"overread-backup", "overread.toml", "identity.sqlite", "vault"} <= after
