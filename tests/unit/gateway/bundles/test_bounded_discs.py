"""A disc image makes no more objects than the files allowed can need, whatever its tables and directories hold."""

import io
import struct
import tracemalloc
from pathlib import Path

import pytest
from pycdlib import PyCdlib

from config.errors import SenderFault, TooLarge
from config.settings import MIB, Uploads
from gateway.bundles import members

_SECTOR = 2048
_PRIMARY = 16 * _SECTOR


def _image(**kind: object) -> bytearray:
    disc = PyCdlib()
    disc.new(interchange_level=1, **kind)
    rock_ridge = {"rr_name": "im1"} if "rock_ridge" in kind else {}
    joliet = {"joliet_path": "/im1"} if "joliet" in kind else {}
    disc.add_fp(io.BytesIO(b"one"), 3, "/IM1.;1", **rock_ridge, **joliet)
    return _written(disc)


def _written(disc: PyCdlib) -> bytearray:
    target = io.BytesIO()
    disc.write_fp(target)
    disc.close()
    return bytearray(target.getvalue())


def _read(folder: Path, image: bytes, **limits: int) -> list[str]:
    path = folder / "cd.iso"
    path.write_bytes(image)
    return [member.path for member in members(path, Uploads(**limits), name="cd.iso", scratch=folder)]


def _both(image: bytearray, at: int, value: int) -> None:
    """Write a number in both byte orders (ECMA-119 7.3.3)."""
    struct.pack_into("<L", image, at, value)
    struct.pack_into(">L", image, at + 4, value)


def _with_path_table(image: bytearray, table: bytes, descriptor: int) -> bytes:
    """Return an image with another path table (ECMA-119 8.4.13 to 8.4.17)."""
    extent = len(image) // _SECTOR
    _both(image, descriptor + 132, len(table))
    struct.pack_into("<LL", image, descriptor + 140, extent, 0)
    struct.pack_into(">LL", image, descriptor + 148, extent, 0)
    return bytes(image) + table


@pytest.mark.parametrize("record", [bytes(8), struct.pack("<BBLH", 1, 0, 30, 1) + b"\0\0"])
def test_a_path_table_of_a_million_records_is_refused_by_the_limit_s_name_in_little_memory(tmp_path, record):
    image = _with_path_table(_image(), record * (4 * MIB // len(record)), _PRIMARY)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
            _read(tmp_path, image)
        assert tracemalloc.get_traced_memory()[1] < 40 * MIB
    finally:
        tracemalloc.stop()


def test_the_path_table_of_the_long_names_is_bounded_too(tmp_path):
    image = _image(joliet=3)
    supplementary = 17 * _SECTOR
    assert image[supplementary] == 2
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        _read(tmp_path, _with_path_table(image, bytes(MIB), supplementary))


def test_a_directory_that_lists_one_file_without_end_is_refused_by_the_limit_s_name(tmp_path):
    image = _image()
    (root,) = struct.unpack_from("<L", image, _PRIMARY + 158)
    begins = root * _SECTOR
    own = image[begins : begins + 68]
    record = image[begins + 68 : begins + 68 + image[begins + 68]]
    filled = (record * (_SECTOR // len(record))).ljust(_SECTOR, b"\0")
    folder = bytes(own).ljust(_SECTOR, b"\0") + bytes(filled) * 120
    _both(image, _PRIMARY + 158, len(image) // _SECTOR)
    _both(image, _PRIMARY + 166, len(folder))
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        _read(tmp_path, bytes(image) + folder, maximum_members=100)


def test_links_of_endless_parts_are_refused_by_the_limit_s_name(tmp_path):
    disc = PyCdlib()
    disc.new(interchange_level=1, rock_ridge="1.09")
    for number in range(12):
        disc.add_symlink(f"/L{number}.;1", rr_symlink_name=f"l{number}", rr_path="/".join("a" * 500))
    image = _written(disc)
    assert len(_read(tmp_path, bytes(image))) == 12
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        _read(tmp_path, bytes(image), maximum_members=100)


def test_descriptors_without_end_are_damage(tmp_path):
    image = _image()
    descriptor = bytes(image[_PRIMARY : _PRIMARY + _SECTOR])
    with pytest.raises(SenderFault):
        _read(tmp_path, bytes(image[:_PRIMARY]) + descriptor * 200 + bytes(image[_PRIMARY + _SECTOR :]))


def test_what_starts_a_computer_from_the_disc_does_not_hinder_reading_it(tmp_path):
    disc = PyCdlib()
    disc.new(interchange_level=1)
    disc.add_fp(io.BytesIO(b"boot"), 4, "/BOOT.;1")
    disc.add_eltorito("/BOOT.;1", bootcatfile="/BOOT.CAT;1")
    image = _written(disc)
    image[:64] = b"\x33\xed" + b"\x90" * 62
    assert sorted(_read(tmp_path, bytes(image))) == ["BOOT", "BOOT.CAT"]


def test_a_disc_of_as_many_files_as_allowed_is_read_in_every_tree(tmp_path):
    disc = PyCdlib()
    disc.new(interchange_level=1, joliet=3, rock_ridge="1.09")
    for number in range(300):
        disc.add_fp(io.BytesIO(b"x"), 1, f"/F{number}.;1", rr_name=f"f{number}", joliet_path=f"/f{number}")
    assert len(_read(tmp_path, bytes(_written(disc)), maximum_members=300)) == 300
