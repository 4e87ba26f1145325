"""Limits hold while a bundle unfolds, and memory does not grow with what it holds."""

import gzip
import io
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from config.errors import SenderFault, TooLarge
from config.settings import MIB, Uploads
from gateway.bundles import members


@contextmanager
def _memory_below(limit: int) -> Iterator[None]:
    """Fail when more than `limit` bytes are allocated at once inside the block."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def _read_all(path: Path, scratch: Path, **limits: int) -> Iterator[int]:
    for member in members(path, Uploads(**limits), name="upload", scratch=scratch):
        size = 0
        with member.open() as stream:
            while chunk := stream.read(MIB):
                size += len(chunk)
        yield size


def _zeros_zip(path: Path, name: str, mebibytes: int) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(mebibytes):
            member.write(bytes(MIB))


def test_a_zip_bomb_stops_at_the_ratio_and_names_the_limit(tmp_path):
    _zeros_zip(tmp_path / "bomb", "a", 9)
    with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
        list(_read_all(tmp_path / "bomb", tmp_path, ratio_allowance_bytes=8 * MIB))


def test_an_honest_zip_of_black_pictures_is_taken_at_any_ratio(tmp_path):
    _zeros_zip(tmp_path / "mammography", "a", 100)
    assert (tmp_path / "mammography").stat().st_size * 800 < 100 * MIB
    assert list(_read_all(tmp_path / "mammography", tmp_path)) == [100 * MIB]


def test_nested_bombs_share_one_account(tmp_path):
    _zeros_zip(tmp_path / "inner", "a", 3)
    with zipfile.ZipFile(tmp_path / "outer", "w") as archive:
        for number in range(3):
            archive.write(tmp_path / "inner", f"{number}.zip")
    with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
        list(_read_all(tmp_path / "outer", tmp_path, ratio_allowance_bytes=8 * MIB))


def test_a_gzip_bomb_is_one_too(tmp_path):
    with gzip.open(tmp_path / "bomb", "wb") as packed:
        for _ in range(9):
            packed.write(bytes(MIB))
    with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
        list(_read_all(tmp_path / "bomb", tmp_path, ratio_allowance_bytes=8 * MIB))


def test_the_expanded_size_is_limited_while_streaming(tmp_path):
    _zeros_zip(tmp_path / "big", "a", 5)
    with pytest.raises(TooLarge, match=r"uploads\.maximum_expanded_bytes"):
        list(_read_all(tmp_path / "big", tmp_path, maximum_expanded_bytes=4 * MIB))


def test_a_sparse_tar_that_claims_gibibytes_is_counted_by_what_it_gives(tmp_path):
    info = tarfile.TarInfo("sparse")
    info.size = 8
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:410] = b"%011o\0%011o\0" % (0, 8)
    header[483:495] = b"%011o\0" % (6 << 30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "tar").write_bytes(bytes(header) + b"realdata".ljust(512, b"\0") + bytes(1024))
    with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
        list(_read_all(tmp_path / "tar", tmp_path, ratio_allowance_bytes=8 * MIB))


def test_a_tar_header_that_would_fill_the_memory_is_refused(tmp_path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 64 * MIB
    path = tmp_path / "tar.gz"
    with gzip.open(path, "wb") as packed:
        packed.write(info.tobuf(tarfile.GNU_FORMAT) + b"n" * (64 * MIB))
    with _memory_below(16 * MIB), pytest.raises(TooLarge, match=r"uploads\.maximum_header_bytes"):
        list(_read_all(path, tmp_path))


def test_more_files_than_allowed_are_refused_before_the_first_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "many", "w") as archive:
        for number in range(11):
            archive.writestr(str(number), b"")
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        next(_read_all(tmp_path / "many", tmp_path, maximum_members=10))


def test_a_tar_with_more_files_than_allowed_stops_there(tmp_path):
    with tarfile.open(tmp_path / "many", "w") as archive:
        for number in range(11):
            archive.addfile(tarfile.TarInfo(str(number)), io.BytesIO())
    found = _read_all(tmp_path / "many", tmp_path, maximum_members=10)
    assert [next(found) for _ in range(10)] == [0] * 10
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        next(found)


def _directory_of(count: int) -> bytes:
    """Return a zip of so many empty files, or nearly one: all of them are said to lie at its start."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    size = len(entry) * count
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, len(local))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(local) + size, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + entry * count + record + locator + end


def test_a_zip_made_so_is_read_where_it_holds_no_more_than_allowed(tmp_path):
    (tmp_path / "few").write_bytes(_directory_of(3))
    assert len(zipfile.ZipFile(tmp_path / "few").infolist()) == 3


@pytest.mark.parametrize("count", [150_000, 2_000_000])
def test_a_zip_of_millions_of_empty_files_is_refused_before_its_directory_is_loaded(tmp_path, count):
    (tmp_path / "many").write_bytes(_directory_of(count))
    with _memory_below(16 * MIB), pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        list(_read_all(tmp_path / "many", tmp_path))


def test_a_tar_of_a_million_empty_files_is_refused_at_the_first_too_many_in_little_memory(tmp_path):
    thousand = gzip.compress(tarfile.TarInfo("empty").tobuf() * 1000, 1)
    (tmp_path / "many").write_bytes(thousand * 1000)
    with _memory_below(16 * MIB), pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        for _ in _read_all(tmp_path / "many", tmp_path, maximum_members=500):
            pass


def test_a_member_whose_directory_lies_about_its_size_is_damage_and_not_more_bytes(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(MIB))
    packed = bytearray(target.getvalue())
    struct.pack_into("<L", packed, packed.index(b"PK\x01\x02") + 24, 10)
    (tmp_path / "lie").write_bytes(packed)
    (member,) = members(tmp_path / "lie", Uploads(), name="lie", scratch=tmp_path)
    assert "damaged" in (member.problem or "")


def test_a_zip_within_itself_ends_at_the_depth_allowed(tmp_path):
    data = b"end"
    for _ in range(12):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("again.zip", data)
        data = target.getvalue()
    (tmp_path / "quine").write_bytes(data)
    (member,) = members(tmp_path / "quine", Uploads(), name="quine", scratch=tmp_path)
    assert member.path == "again.zip/again.zip/again.zip"
    assert "not opened" in (member.problem or "")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_thousands_of_members_and_a_large_one_need_little_memory(tmp_path, kind):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(40 * MIB)
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "b", "w") as archive:
            for number in range(3000):
                archive.writestr(f"DICOM/PAT/IM{number:06}", zlib.compress(b"%d" % number))
            archive.write(large, "large")
    else:
        with tarfile.open(tmp_path / "b", "w") as archive:
            for number in range(3000):
                archive.addfile(tarfile.TarInfo(f"DICOM/PAT/IM{number:06}"), io.BytesIO())
            archive.add(large, "large")
    with _memory_below(8 * MIB):
        assert sum(1 for _ in _read_all(tmp_path / "b", tmp_path)) == 3001


def test_damage_anywhere_is_answered_by_a_fault_of_the_sender_and_nothing_else(tmp_path):
    random = Random(1)
    bundles = [_some_zip(), _some_tar(), gzip.compress(_some_tar())]
    for _ in range(600):
        data = bytearray(random.choice(bundles))
        for _ in range(random.choice([1, 2, 8])):
            data[random.randrange(len(data))] = random.choice([0, 1, 127, 255])
        (tmp_path / "damaged").write_bytes(data[: random.randrange(1, len(data) * 2)])
        with suppress(SenderFault):
            for _ in _read_all(tmp_path / "damaged", tmp_path, maximum_expanded_bytes=MIB):
                continue


def _some_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DICOM/IM1", bytes(200) + b"x" * 300)
        archive.writestr("Größe", b"y" * 50)
    return target.getvalue()


def _some_tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in (("a" * 150 + "ü", b"x" * 600), ("b", b"z")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()
