"""A disc that was written in several goes gives the files of every session."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import Uploads
from gateway.bundles import members

GAP = 300


def _padded(image: bytes, sectors: int) -> bytes:
    return image.ljust(sectors * 2048, b"\0")


def _read(data: bytes, tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "image").write_bytes(data)
    found = {}
    for member in members(tmp_path / "image", Uploads(), name="cd", scratch=tmp_path):
        with member.open() as stream:
            found[member.path] = stream.read()
    return found


@pytest.fixture
def two_sessions(foreign_program: Callable[[str], str], tmp_path: Path) -> bytes:
    """Burn a disc twice with genisoimage; the second session keeps what the first holds."""
    program, first = foreign_program("genisoimage"), tmp_path / "first.iso"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"IM{name.upper()}").write_bytes(name.encode() * 5000)
    subprocess.run([program, "-quiet", "-R", "-o", str(first), str(tmp_path / "one")], check=True)
    start = len(first.read_bytes()) // 2048 + GAP
    first.write_bytes(_padded(first.read_bytes(), start))
    second = tmp_path / "second.iso"
    more = ["-C", f"0,{start}", "-M", str(first), "-o", str(second), str(tmp_path / "two")]
    subprocess.run([program, "-quiet", "-R", *more], check=True)
    return first.read_bytes() + second.read_bytes()


def test_the_files_of_both_sessions_come_once_with_their_bytes(two_sessions, tmp_path):
    assert _read(two_sessions, tmp_path) == {"IMONE": b"one" * 5000, "IMTWO": b"two" * 5000}


def test_an_image_that_lies_on_a_disc_is_no_session_of_it(two_sessions, foreign_program, tmp_path):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "IM1").write_bytes(b"1" * 4000)
    outer = tmp_path / "outer.iso"
    subprocess.run([foreign_program("genisoimage"), "-quiet", "-o", str(outer), str(tmp_path / "tree")], check=True)
    behind = _padded(outer.read_bytes(), len(outer.read_bytes()) // 2048 + GAP) + two_sessions
    assert _read(behind, tmp_path) == {"IM1": b"1" * 4000}
