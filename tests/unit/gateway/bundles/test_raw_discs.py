"""A raw image of a CD gives the files of the disc, whatever its sectors carry beside their data."""

import io
from pathlib import Path

import pytest
from pycdlib import PyCdlib

from config.errors import Malformed
from config.settings import Uploads
from gateway.bundles import members

FILES = {"IM1": b"1" * 5000, "IM2": b"2" * 2048 * 700, "DICOMDIR": b"d"}
SMALL = {"IM1": b"1" * 5000, "PAT/IM2": b"2" * 50_000}
SYNC = b"\0" + b"\xff" * 10 + b"\0"
LAYOUTS = {  # before the data of a sector, and behind (ECMA-130 14; CD-ROM XA)
    "mode 1": (SYNC + b"\0\2\0\1", bytes(288)),
    "mode 2, form 1": (SYNC + b"\0\2\0\2" + bytes(8), bytes(280)),
    "mode 1 with subchannel": (SYNC + b"\0\2\0\1", bytes(288 + 96)),
    "mode 2 without sync": (bytes(8), bytes(280)),
}


def _iso() -> bytes:
    disc = PyCdlib()
    disc.new(interchange_level=1)
    for name, data in FILES.items():
        disc.add_fp(io.BytesIO(data), len(data), f"/{name}.;1")
    target = io.BytesIO()
    disc.write_fp(target)
    return target.getvalue()


def _raw(image: bytes, layout: str) -> bytes:
    before, behind = LAYOUTS[layout]
    return b"".join(before + image[at : at + 2048] + behind for at in range(0, len(image), 2048))


def _read(data: bytes, tmp_path: Path) -> dict[str, bytes | str]:
    (tmp_path / "image").write_bytes(data)
    found: dict[str, bytes | str] = {}
    for member in members(tmp_path / "image", Uploads(), name="cd", scratch=tmp_path):
        try:
            with member.open() as stream:
                found[member.path] = member.problem or stream.read()
        except Malformed as error:
            found[member.path] = str(error)
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_file_of_a_raw_image_comes_with_its_bytes(tmp_path, layout):
    assert _read(_raw(_iso(), layout), tmp_path) == FILES


def test_a_raw_image_of_a_udf_disc_is_read(udf, tmp_path):
    assert _read(_raw(udf(kind="virtual").image(SMALL), "mode 2, form 1"), tmp_path) == SMALL


def test_a_raw_image_that_ends_too_early_gives_the_files_before(tmp_path):
    raw = _raw(_iso(), "mode 1")
    found = _read(raw[: len(raw) - 100 * 2352 - 1000], tmp_path)
    assert (found["IM1"], found["DICOMDIR"]) == (FILES["IM1"], FILES["DICOMDIR"])
    assert "ends too early" in str(found["IM2"])


def test_a_mark_without_a_disc_behind_it_is_the_sender_s_fault(tmp_path):
    with pytest.raises(Malformed, match="damaged"):
        _read(bytes(16 * 2352 + 17) + b"CD001" + bytes(3000), tmp_path)
