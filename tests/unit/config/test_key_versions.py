"""The file of the node's key: versions are added and never change, whatever happens to who writes."""

import stat
from pathlib import Path

import pytest

from config.errors import Misconfigured
from config.key_versions import add_key_version, read_key_versions
from config.keys import create_keys


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with fresh keys."""
    create_keys(tmp_path)
    return tmp_path


def test_a_fresh_home_has_version_one(home: Path) -> None:
    assert list(read_key_versions(home)) == [1]


def test_a_version_is_added_and_the_others_stay(home: Path) -> None:
    before = read_key_versions(home)
    add_key_version(home, 2)
    after = read_key_versions(home)
    assert list(after) == [1, 2] and after[1] == before[1] != after[2]
    assert stat.S_IMODE((home / "keys" / "node.key").stat().st_mode) == 0o600


def test_no_version_is_made_twice(home: Path) -> None:
    with pytest.raises(ValueError, match="never made twice"):
        add_key_version(home, 1)


def test_what_a_dead_writer_left_is_in_nobodys_way(home: Path) -> None:
    (home / "keys" / "node.key.new").write_text("2 half a l")
    before = read_key_versions(home)
    add_key_version(home, 2)
    assert read_key_versions(home)[1] == before[1]
    assert not (home / "keys" / "node.key.new").exists()


@pytest.mark.parametrize(
    "lines", ["1 00", "x " + "00" * 32, "2 " + "00" * 32 + "\n1 " + "11" * 32, "1 " + "0" * 64 + "\n1 " + "1" * 64]
)
def test_a_file_out_of_order_is_damaged(home: Path, lines: str) -> None:
    (home / "keys" / "node.key").write_text(lines)
    with pytest.raises(Misconfigured, match="damaged"):
        read_key_versions(home)
