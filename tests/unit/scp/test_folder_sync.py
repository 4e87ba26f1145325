"""Shared syncs: nobody returns before a sync that began after it asked."""

import threading
import time
from itertools import count

import pytest

from scp import folder_sync
from scp.folder_sync import FolderSync

PATIENCE = 180


class SlowDisk:
    """Stands in for the disk: notes when each sync began and ended."""

    def __init__(self, seconds=0.05):
        self.syncs = []
        self.failures = 0
        self.free = threading.Event()
        self.free.set()
        self._seconds = seconds

    def __call__(self, _folder):
        began = time.monotonic()
        time.sleep(self._seconds)
        assert self.free.wait(PATIENCE)
        if self.failures:
            self.failures -= 1
            raise OSError(5, "I/O error")
        self.syncs.append((began, time.monotonic()))


@pytest.fixture
def disk(monkeypatch):
    disk = SlowDisk()
    monkeypatch.setattr(folder_sync, "_fsync_folder", disk)
    return disk


def ask(sync, results):
    asked = time.monotonic()
    try:
        sync.sync()
        results.append((asked, time.monotonic()))
    except OSError:
        results.append(None)


def run(sync, askers, pause=0.0):
    results = []
    threads = [threading.Thread(target=ask, args=(sync, results)) for _ in range(askers)]
    for thread in threads:
        thread.start()
        time.sleep(pause)
    for thread in threads:
        thread.join(PATIENCE)
    assert len(results) == askers
    return results


def test_every_asker_is_covered_by_a_sync_that_began_after_it_asked(tmp_path, disk):
    for asked, returned in run(FolderSync(tmp_path), 20, pause=0.007):
        assert any(asked <= began and ended <= returned for began, ended in disk.syncs)


def test_those_who_ask_while_one_sync_runs_share_the_next(tmp_path, disk, monkeypatch):
    sync, turns = FolderSync(tmp_path), count(1)
    wait = sync._turn.wait

    def wait_for_all_others():
        if next(turns) == 29:
            disk.free.set()
        wait()

    monkeypatch.setattr(sync._turn, "wait", wait_for_all_others)
    disk.free.clear()
    run(sync, 30)
    assert len(disk.syncs) == 2


def test_askers_one_after_the_other_get_one_each(tmp_path, disk):
    sync = FolderSync(tmp_path)
    for _ in range(3):
        sync.sync()
    assert len(disk.syncs) == 3


def test_a_failed_sync_counts_for_nobody(tmp_path, disk):
    disk.failures = 1
    results = run(FolderSync(tmp_path), 10)
    assert results.count(None) == 1
    for result in results:
        if result:
            assert any(result[0] <= began and ended <= result[1] for began, ended in disk.syncs)


def test_a_real_folder_is_synced(tmp_path):
    FolderSync(tmp_path).sync()
    with pytest.raises(FileNotFoundError):
        FolderSync(tmp_path / "absent").sync()
