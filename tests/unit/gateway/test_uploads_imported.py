"""An import takes what is on a disc as an upload is taken, and leaves its sources."""

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from config.errors import NotFound
from gateway.models import Delivery
from gateway.uploads import import_paths
from tests.unit.gateway.bundles_sent import contents, crash, delivery_of, zipped


def test_an_import_takes_folders_files_and_archives_and_leaves_the_sources(node, spooled, tmp_path):
    (tmp_path / "disc" / "CT").mkdir(parents=True)
    (tmp_path / "disc" / "CT" / "IM1").write_bytes(b"1")
    (tmp_path / "more.zip").write_bytes(zipped(IM2=b"2"))
    (tmp_path / "IM3").write_bytes(b"3")
    seen: list[str] = []
    paths = [tmp_path / "disc", tmp_path / "more.zip", tmp_path / "IM3"]
    delivery_id = import_paths(node, paths, site="north", case_number=None, on_member=lambda m: seen.append(m.path))
    assert contents(spooled) == {"disc/CT/IM1": b"1", "IM2": b"2", "IM3": b"3"}
    assert seen == ["disc/CT/IM1", "IM2", "IM3"]
    assert {envelope.door for envelope, _ in spooled()} == {"cli"}
    delivery = delivery_of(node, delivery_id)
    assert (delivery.door, delivery.expected, delivery.failure) == ("cli", 3, None)
    assert all(path.exists() for path in paths)


def test_two_imported_folders_of_one_name_keep_their_files_apart(node, spooled, tmp_path):
    for parent in ("a", "b"):
        (tmp_path / parent / "DICOM").mkdir(parents=True)
        (tmp_path / parent / "DICOM" / "IM1").write_bytes(parent.encode())
    import_paths(node, [tmp_path / "a" / "DICOM", tmp_path / "b" / "DICOM"], site="north", case_number=None)
    assert contents(spooled) == {"DICOM/IM1": b"a", "DICOM/IM1#2": b"b"}


def test_a_broken_off_import_says_so_and_keeps_what_came(node, spooled, tmp_path):
    (tmp_path / "IM1").write_bytes(b"1")
    (tmp_path / "IM2").write_bytes(b"2")
    with pytest.raises(KeyboardInterrupt):
        import_paths(node, [tmp_path / "IM1", tmp_path / "IM2"], site="north", case_number=None, on_member=crash)
    with node.identity.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.expected, "run it again" in (delivery.failure or "")) == (1, True)
    assert len(spooled()) == 1


def test_an_import_of_nothing_that_is_there_begins_nothing(node, tmp_path):
    with pytest.raises(NotFound, match="no file or folder"):
        import_paths(node, [tmp_path / "absent"], site="north", case_number=None)
    with node.identity.read() as session:
        assert session.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize("name", ["zips", "tool-written-cds"])
def test_every_file_of_a_real_disc_or_zip_is_one_entry_with_its_bytes(node, spooled, shared_corpus, name):
    for bundle in sorted((shared_corpus / name).iterdir()):
        import_paths(node, [bundle], site="north", case_number=None)
        found = {envelope.path: (payload, envelope.problem) for envelope, payload in spooled()}
        assert found == {path: (data, "") for path, data in _plainly_read(bundle).items()}
        for entry in node.spool.entries():
            node.spool.remove(entry)


def _plainly_read(bundle: Path) -> dict[str, bytes]:
    if bundle.is_dir():
        return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    with zipfile.ZipFile(bundle) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
