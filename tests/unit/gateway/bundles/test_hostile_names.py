"""Whatever an archive calls its files, of whichever kind it is: each stays itself, and nothing is written elsewhere."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import py7zr
import pytest
from pycdlib import PyCdlib

from config.errors import TooLarge
from config.settings import Uploads
from gateway.bundles import members
from gateway.node import Node
from gateway.uploads import import_paths

CLIMBING = "../../../../../../../../evil1"
NAMES = [
    CLIMBING,
    "/etc/evil2",
    "C:\\evil3",
    "..\\..\\evil4",
    "CON",
    "nul.dcm",
    "a/../../evil5",
    ".",
    "~/evil6",
    "\x00\x1b[2J",
]
FILES = {name: b"content %d" % number for number, name in enumerate(NAMES)}


def _zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number, data in enumerate(files.values()):
            archive.writestr(f"{number:040}", data)
    packed = target.getvalue()
    for number, name in enumerate(files):
        packed = packed.replace(b"%040d" % number, name.encode().ljust(40, b"_"))
    return packed


def _tar(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name.replace("\0", "0"))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def _seven_zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", filters=[{"id": py7zr.FILTER_COPY}], header_encryption=False) as archive:
        archive.set_encoded_header_mode(False)
        for number, data in enumerate(files.values()):
            archive.writestr(data, f"{number:040}")
    packed = target.getvalue()
    for number, name in enumerate(files):
        old, new = f"{number:040}", name.replace("\0", "0").ljust(40, "_")
        packed = packed.replace(old.encode("utf-16-le"), new.encode("utf-16-le"))
    return _sealed(packed)


def _sealed(packed: bytes) -> bytes:
    """Return a 7z archive with the check sums of the directory that it holds now."""

    offset, size = struct.unpack_from("<QQ", packed, 12)
    start = packed[12:28] + struct.pack("<L", zlib.crc32(packed[32 + offset : 32 + offset + size]))
    return packed[:8] + struct.pack("<L", zlib.crc32(start)) + start + packed[32:]


def _iso(files: dict[str, bytes]) -> bytes:
    disc = PyCdlib()
    disc.new(rock_ridge="1.09", joliet=3)
    for number, data in enumerate(files.values()):
        name = f"{number:040}"
        disc.add_fp(io.BytesIO(data), len(data), f"/F{number}.;1", rr_name=name, joliet_path=f"/{name}")
    target = io.BytesIO()
    disc.write_fp(target)
    packed = target.getvalue()
    for number, name in enumerate(files):
        new = name.ljust(40, "_")
        packed = packed.replace(b"%040d" % number, new.encode())
        packed = packed.replace(f"{number:040}".encode("utf-16-be"), new.encode("utf-16-be"))
    return packed


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": _zip,
    "tar": _tar,
    "tar.gz": lambda files: gzip.compress(_tar(files)),
    "7z": _seven_zip,
    "iso": _iso,
}


@pytest.fixture
def pack(request, udf) -> bytes:
    """Return an archive of a kind, with the hostile names."""
    if request.param == "udf":
        return udf(form="embedded").image(FILES)
    return PACKERS[request.param](FILES)


@pytest.mark.parametrize("pack", [*PACKERS, "udf"], indirect=True)
def test_every_file_arrives_and_nothing_is_written_outside_of_the_home(node: Node, spooled, tmp_path: Path, pack):
    (tmp_path / "inside" / "deep").mkdir(parents=True)
    bundle = tmp_path / "inside" / "deep" / "bundle"
    bundle.write_bytes(pack)
    before = {path for path in tmp_path.rglob("*") if node.settings.home not in path.parents}
    import_paths(node, [bundle], site="north", case_number=None)
    found = {envelope.path: payload for envelope, payload in spooled()}
    assert sorted(found.values()) == sorted(FILES.values())
    assert not any(character in path for path in found for character in "\0\x1b\\")
    assert {path for path in tmp_path.rglob("*") if node.settings.home not in path.parents} == before
    assert not any("evil" in path.name for path in node.settings.home.rglob("*"))
    assert not any(Path(f"/etc/evil{number}").exists() or Path(f"/evil{number}").exists() for number in range(7))


def test_a_symbolic_link_in_a_7z_has_nothing_of_its_own(tmp_path: Path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "b.7z", "w") as archive:
        archive.write(tmp_path / "link", "link")
    (member,) = members(tmp_path / "b.7z", Uploads(), name="b", scratch=tmp_path)
    with member.open() as stream:
        assert stream.read() == b""
    assert "link or a special file" in str(member.problem)


def test_the_number_of_files_is_limited_over_all_archives_in_one(tmp_path: Path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.zip", _zip({str(each): b"" for each in range(20)}))
    (tmp_path / "b").write_bytes(target.getvalue())
    with pytest.raises(TooLarge, match=r"uploads\.maximum_members"):
        list(members(tmp_path / "b", Uploads(maximum_members=200), name="b", scratch=tmp_path))


def test_folders_within_folders_are_limited_by_name(tmp_path: Path, udf):
    (tmp_path / "b").write_bytes(udf().image({"a/" * 30 + "IM1": b"1"}))
    with pytest.raises(TooLarge, match=r"uploads\.maximum_folder_depth"):
        list(members(tmp_path / "b", Uploads(maximum_folder_depth=20), name="b", scratch=tmp_path))
    assert len(list(members(tmp_path / "b", Uploads(), name="b", scratch=tmp_path))) == 1
