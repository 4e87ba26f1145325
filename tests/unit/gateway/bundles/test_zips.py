"""Zips as the world packs them: other methods than Deflate, sizes beyond 32 bits, DICOM media, honest black films."""

import bz2
import gzip
import io
import lzma
import os
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import Malformed, NotOffered, TooLarge
from config.settings import MIB, Uploads
from gateway.bundles import Member, members

FILES = {"DICOMDIR": b"directory", "DICOM/IM1": b"one" * 100_000, "EMPTY": b""}
PREAMBLE = bytes(128) + b"DICM"
HUGE = (4 << 30) + 5
HUGE_CRC = 0xB1C2A1A3  # of that many zeros


def _open(path: Path, **limits: int) -> Iterator[Member]:
    return members(path, Uploads(**limits), name="upload", scratch=path.parent)


def _contents(path: Path, **limits: int) -> dict[str, bytes | str]:
    found: dict[str, bytes | str] = {}
    for member in _open(path, **limits):
        with member.open() as stream:
            found[member.path] = member.problem or stream.read()
    return found


def _drain(path: Path, **limits: int) -> int:
    size = 0
    for member in _open(path, **limits):
        with member.open() as stream:
            while chunk := stream.read(MIB):
                size += len(chunk)
    return size


def _write(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_packed_with_bzip2_and_lzma_come_with_their_bytes(tmp_path, method):
    assert _contents(_write(tmp_path / "b", FILES, method)) == FILES


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [50, 20])
def test_damage_in_them_is_named_and_the_others_are_read(tmp_path, method, at):
    path = _write(tmp_path / "b", {"IM1": bytes(range(256)) * 900, "IM2": b"two"}, method)
    data = bytearray(path.read_bytes())
    data[33 + at] ^= 0xFF
    path.write_bytes(data)
    problems = {member.path: member.problem or _reads(member) for member in _open(path)}
    assert problems.pop("IM2") == ""
    assert "damaged" in problems["IM1"] or "too early" in problems["IM1"]


def _reads(member: Member) -> str:
    try:
        with member.open() as stream:
            stream.read()
    except Malformed as error:
        return str(error)
    return ""


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_in_them_stops_at_the_ratio_in_little_memory(tmp_path, method):
    path = _write(tmp_path / "b", {"a": bytes(12 * MIB)}, method)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
            _drain(path, ratio_allowance_bytes=8 * MIB)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()


def test_a_dictionary_of_gibibytes_is_refused_by_the_limit_s_name(tmp_path):
    path = _write(tmp_path / "b", {"a": b"x"}, zipfile.ZIP_LZMA)
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, 31 + 5, 1 << 31)
    path.write_bytes(data)
    assert "uploads.maximum_unpacking_memory_bytes" in str(_contents(path)["a"])


def test_an_xz_that_asks_for_gibibytes_is_refused_by_the_limit_s_name(tmp_path):
    packed = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}])
    (tmp_path / "b").write_bytes(packed)
    with pytest.raises(NotOffered, match=r"uploads\.maximum_unpacking_memory_bytes"):
        _contents(tmp_path / "b")


def _huge_zip(path: Path) -> None:
    """Write a zip of a file of more than 4 GiB that takes no room, and of one behind it."""
    extra = struct.pack("<HHQQ", 1, 16, HUGE, HUGE)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0, HUGE_CRC, 2**32 - 1, 2**32 - 1, 3, len(extra))
    behind = len(local) + 3 + len(extra) + HUGE
    content = b"behind"
    sizes = (zlib.crc32(content), len(content), len(content))
    with path.open("wb") as file:
        file.write(local + b"IM1" + extra)
        file.seek(behind)
        file.write(struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, *sizes, 3, 0) + b"IM2" + content)
        directory = file.tell()
        head = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 0, HUGE_CRC, 2**32 - 1, 2**32 - 1, 3, 20, 0, 0, 0, 0, 0
        )
        file.write(head + b"IM1" + extra)
        head = struct.pack("<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 0, *sizes, 3, 12, 0, 0, 0, 0, 2**32 - 1)
        file.write(head + b"IM2" + struct.pack("<HHQ", 1, 8, behind))
        end = file.tell()
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, end - directory, directory))
        file.write(struct.pack("<4sLQL", b"PK\6\7", 0, end, 1))
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, end - directory, 2**32 - 1, 0))


def test_a_file_of_more_than_four_gibibytes_and_one_behind_it_are_read_from_zip64(tmp_path):
    """Read the large file to its end, and so its check sum, where OVERREAD_HUGE=1; else only what it begins with."""
    _huge_zip(tmp_path / "huge")
    wanted = HUGE if os.environ.get("OVERREAD_HUGE") == "1" else 64 * MIB
    found = {}
    for member in _open(tmp_path / "huge"):
        size = 0
        with member.open() as stream:
            while size < wanted and (chunk := stream.read(8 * MIB)):
                size += len(chunk)
        found[member.path] = (member.size, size, member.problem)
    assert found == {"IM1": (HUGE, wanted, None), "IM2": (6, 6, None)}


def _films(path: Path, mebibytes: int, head: bytes = PREAMBLE) -> Path:
    """Write a zip of one nearly black film, several hundredfold smaller than it is."""
    noise = bytes(range(256)) * 2
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("IM1", "w") as member:
        member.write(head)
        for _ in range(mebibytes):
            member.write(noise + bytes(MIB - len(noise)))
    return path


def test_a_film_870_times_its_zip_is_taken_however_large(tmp_path):
    path = _films(tmp_path / "films", 40)
    assert 600 < 40 * MIB / path.stat().st_size < 1000
    assert _drain(path, ratio_allowance_bytes=0) == 40 * MIB + len(PREAMBLE)
    packed = tmp_path / "films.gz"
    packed.write_bytes(gzip.compress(PREAMBLE + bytes(10 * MIB)))
    assert _drain(packed, ratio_allowance_bytes=0) == 10 * MIB + len(PREAMBLE)


def test_the_same_bytes_that_are_no_dicom_object_are_a_bomb(tmp_path):
    with pytest.raises(TooLarge, match=r"uploads\.maximum_ratio"):
        _drain(_films(tmp_path / "films", 40, head=b""), ratio_allowance_bytes=8 * MIB)


def test_what_only_poses_as_a_film_stops_where_deflate_would(tmp_path):
    (tmp_path / "posing").write_bytes(bz2.compress(PREAMBLE + bytes(12 * MIB)))
    with pytest.raises(TooLarge, match=r"uploads\.maximum_image_ratio"):
        _drain(tmp_path / "posing", ratio_allowance_bytes=8 * MIB)


def test_many_names_for_the_same_packed_bytes_unfold_only_once_or_to_the_ratio(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(4 * MIB))
    packed = target.getvalue()
    start = packed.index(b"PK\1\2")
    entry = packed[start : packed.index(b"PK\5\6")]
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 500, 500, len(entry) * 500, start, 0)
    (tmp_path / "kernel").write_bytes(packed[:start] + entry * 500 + end)
    try:
        problems = [member.problem for member in _open(tmp_path / "kernel", ratio_allowance_bytes=8 * MIB)]
        assert sum(problem is None for problem in problems) <= 1
        assert all("damaged" in (problem or "damaged") for problem in problems)
    except TooLarge as error:
        assert "uploads.maximum_ratio" in str(error)


def test_dicom_media_in_a_zip_are_taken_in_as_ps3_12_annex_v_lays_them_out(tmp_path):
    files = {
        "DICOMDIR": b"directory",
        "README.TXT": b"who made it",
        "IHE_PDI/INDEX.HTM": b"page",
        "DICOM/00000001": b"i",
    }
    assert _contents(_write(tmp_path / "media.zip", files)) == files
