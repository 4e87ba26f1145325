"""Names and offsets that were made to hurt: every file stays itself, and nothing is unpacked twice."""

import io
import struct
import time
import unicodedata
import zipfile
from pathlib import Path

import pytest

from config.settings import MIB, Uploads
from gateway.bundles import members
from gateway.node import Node
from gateway.uploads import import_paths
from gateway.uploads.spooling import MemberSpooler

DEVICES = ["CON", "NUL", "COM1.dcm", "/dev/null", "\\\\.\\PhysicalDrive0", "aux.", "C:con", "~root/x", "$HOME"]


def _zip(names: list[str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(zipfile.ZipInfo(name), b"%d" % number)
    return target.getvalue()


def test_names_that_collide_by_case_or_normalisation_stay_apart(node: Node, spooled, tmp_path: Path):
    names = ["Übersicht", unicodedata.normalize("NFD", "Übersicht"), "IM1", "im1", "Im1", "a/b", "a\\b"]
    (tmp_path / "cd.zip").write_bytes(_zip(names))
    import_paths(node, [tmp_path / "cd.zip"], site="north", case_number=None)
    found = {envelope.path: payload for envelope, payload in spooled()}
    assert sorted(found.values()) == [b"%d" % number for number in range(len(names))]


def test_device_names_are_names_like_any_other(node: Node, spooled, tmp_path: Path):
    (tmp_path / "cd.zip").write_bytes(_zip(DEVICES))
    import_paths(node, [tmp_path / "cd.zip"], site="north", case_number=None)
    assert sorted(payload for _, payload in spooled()) == [b"%d" % number for number in range(len(DEVICES))]


def test_entries_that_overlap_in_a_zip_are_damage_and_not_a_bomb(tmp_path: Path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(MIB))
        archive.writestr("b", bytes(MIB))
    packed = bytearray(target.getvalue())
    second = packed.index(b"PK\x01\x02", packed.index(b"PK\x01\x02") + 4)
    struct.pack_into("<L", packed, second + 42, 0)
    (tmp_path / "overlap").write_bytes(packed)
    found = [member.problem for member in members(tmp_path / "overlap", Uploads(), name="o", scratch=tmp_path)]
    assert len(found) == 2
    assert any("damaged" in (problem or "") for problem in found)


@pytest.mark.slow
def test_thousands_of_files_of_one_name_are_told_apart_in_linear_time(node: Node):
    spooler = MemberSpooler(node, None)  # type: ignore[arg-type]
    begun = time.thread_time()
    paths = {spooler._distinct("same") for _ in range(50_000)}
    assert len(paths) == 50_000
    assert time.thread_time() - begun < 20  # in quadratic time it takes many minutes
