"""What was made of blobs: kept by content within a bound, shared by processes, never half, gone with its blob."""

import hashlib
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from viewer_api.made import Made

BLOB, OTHER = hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()
ROOM = 1 << 20


@pytest.fixture
def made(tmp_path) -> Made:
    return Made(tmp_path / "made", ROOM)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("??/*/*") if path.is_file()]


def test_what_was_kept_comes_back_for_the_same_blob_and_key_only(made, tmp_path):
    made.put(BLOB, "picture", 1, content=b"first")
    assert made.get(BLOB, "picture", 1) == b"first"
    assert Made(tmp_path / "made", ROOM).get(BLOB, "picture", 1) == b"first"
    assert made.get(BLOB, "picture", 2) is None
    assert made.get(BLOB, "picture", "1") is None
    assert made.get(OTHER, "picture", 1) is None


def test_everything_made_of_a_blob_goes_with_it(made, tmp_path):
    for index in range(3):
        made.put(BLOB, "picture", index, content=b"x")
    made.put(OTHER, "picture", 0, content=b"y")
    made.drop(BLOB)
    made.drop(BLOB)
    assert [made.get(BLOB, "picture", index) for index in range(3)] == [None] * 3
    assert made.get(OTHER, "picture", 0) == b"y"
    assert len(files(tmp_path / "made")) == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 64])
def test_a_damaged_entry_counts_as_absent_and_is_removed(made, tmp_path, damage):
    made.put(BLOB, "picture", content=b"a picture")
    [path] = files(tmp_path / "made")
    path.write_bytes(damage)
    assert made.get(BLOB, "picture") is None
    assert files(tmp_path / "made") == []


def wait_for_sweeps() -> None:
    """Wait until no sweep that `put` began is under way."""
    for thread in threading.enumerate():
        if thread.name == "sweep":
            thread.join(30)


def test_what_was_not_used_for_longest_goes_first_and_the_bound_holds(tmp_path):
    made = Made(tmp_path / "made", 100_000)
    for number in range(40):
        made.put(BLOB, number, content=bytes(5_000))
    wait_for_sweeps()
    for path in files(tmp_path / "made"):
        os.utime(path, (1_000_000, 1_000_000))
    for number in range(40):
        made.put(OTHER, number, content=bytes(1_000))
    wait_for_sweeps()
    made.sweep()
    assert sum(path.stat().st_size for path in files(tmp_path / "made")) <= 100_000
    assert all(made.get(OTHER, number) == bytes(1_000) for number in range(40))


def test_writing_looks_after_the_bound_by_itself(tmp_path):
    made = Made(tmp_path / "made", 200_000)
    for number in range(200):
        made.put(BLOB, number, content=bytes(10_000))
        wait_for_sweeps()
    assert sum(path.stat().st_size for path in files(tmp_path / "made")) <= 200_000 * 18 / 16


def test_an_entry_that_is_used_is_not_the_oldest(made, tmp_path):
    made.put(BLOB, "picture", content=b"used")
    [path] = files(tmp_path / "made")
    os.utime(path, (1_000_000, 1_000_000))
    made.get(BLOB, "picture")
    assert path.stat().st_mtime > time.time() - 60


def test_without_room_nothing_is_kept(tmp_path):
    made = Made(tmp_path / "made", 0)
    made.put(BLOB, "picture", content=b"x")
    assert made.get(BLOB, "picture") is None
    assert not (tmp_path / "made").exists()


def test_one_entry_may_not_push_out_all_others(made):
    made.put(BLOB, "large", content=bytes(ROOM // 2))
    assert made.get(BLOB, "large") is None


def _write_for_ever(folder: str, ready: "multiprocessing.Queue[int]") -> None:
    made = Made(Path(folder), 4 << 20)
    number = 0
    while True:
        made.put(BLOB, number % 50, content=hashlib.sha256(str(number % 50).encode()).digest() * 2000)
        number += 1
        if number == 20:
            ready.put(os.getpid())


def test_several_writers_that_are_killed_leave_only_whole_entries(tmp_path):
    context = multiprocessing.get_context("fork")
    ready: multiprocessing.Queue[int] = context.Queue()
    writers = [context.Process(target=_write_for_ever, args=(str(tmp_path / "made"), ready)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for _ in writers:
        ready.get(timeout=60)
    for writer in writers:
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(30)
    made = Made(tmp_path / "made", 4 << 20)
    found = {number: made.get(BLOB, number) for number in range(50)}
    assert any(found.values())
    for number, content in found.items():
        assert content in (None, hashlib.sha256(str(number).encode()).digest() * 2000)
    for left in (tmp_path / "made" / "new").iterdir():
        os.utime(left, (1_000_000, 1_000_000))
    made.sweep()
    assert list((tmp_path / "made" / "new").iterdir()) == []
