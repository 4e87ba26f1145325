"""A file in the making belongs to its writer for as long as that lives, and to nobody afterwards."""

import fcntl
import os

import pytest

from config.errors import StorageFull
from scp.growing_file import as_ours, create_locked, free_bytes, sweep_abandoned, try_lock, write_all


def test_a_sweep_between_creating_and_locking_costs_nothing(tmp_path, monkeypatch):
    path, real, removed = tmp_path / "file", fcntl.flock, []

    def flock(descriptor, how):
        if not removed:
            removed.append(path.exists())
            path.unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    descriptor = create_locked(path, full="full")
    assert removed == [True]
    assert os.fstat(descriptor).st_nlink == 1
    os.close(descriptor)


def test_only_what_nobody_holds_is_swept_with_what_accompanies_it(tmp_path):
    path, beside = tmp_path / "file", tmp_path / "file.json"
    beside.write_bytes(b"{}")
    descriptor = create_locked(path, full="full")
    assert path.stat().st_mode & 0o777 == 0o600
    assert not sweep_abandoned(path, beside)
    assert beside.exists()
    os.close(descriptor)  # as a kill does
    assert sweep_abandoned(path, beside)
    assert not list(tmp_path.iterdir())
    assert not sweep_abandoned(path, beside)


def test_a_lock_is_one_writers_and_good_for_nothing_once_the_file_is_gone(tmp_path):
    path = tmp_path / "file"
    descriptor = create_locked(path, full="full")
    other = os.open(path, os.O_RDWR)
    assert not try_lock(other)
    path.unlink()
    os.close(descriptor)
    assert not try_lock(other)
    os.close(other)


def test_everything_is_written_however_little_the_system_takes_at_once(tmp_path, monkeypatch):
    real = os.writev
    monkeypatch.setattr(os, "writev", lambda descriptor, pieces: real(descriptor, [b"".join(pieces)[:3]]))
    descriptor = create_locked(tmp_path / "file", full="full")
    write_all(descriptor, bytearray(b"0123456789"))
    write_all(descriptor, b"abc", b"", memoryview(b"defg"), b"hi")
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"0123456789abcdefghi"


def test_more_pieces_than_the_system_takes_at_once_are_all_written_in_their_order(tmp_path):
    pieces = [number.to_bytes(2, "big") for number in range(5000)]
    descriptor = create_locked(tmp_path / "file", full="full")
    write_all(descriptor, *pieces)
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)


@pytest.mark.parametrize(("number", "kind"), [(28, StorageFull), (122, StorageFull), (5, OSError)])
def test_a_full_disk_and_a_used_up_quota_are_said_as_such_and_nothing_else_is(number, kind):
    assert type(as_ours(OSError(number, "x"), full="full")) is kind


def test_free_room_is_what_an_ordinary_process_may_use(tmp_path):
    state = os.statvfs(tmp_path)
    assert 0 < free_bytes(tmp_path) <= state.f_bfree * state.f_frsize
