"""Blob stores: durable, private, and no name but a digest."""

import io
import os
import stat
from pathlib import Path

import pytest

from config import blob_batch
from config.blobs import LocalFolder, blob_folder, open_blob_store
from config.errors import Misconfigured, NotFound, StorageFull

KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def store(tmp_path):
    return LocalFolder(tmp_path / "vault")


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def litter(tmp_path):
    return list((tmp_path / "vault" / "tmp").iterdir())


def test_what_was_put_comes_back(store):
    store.put(KEY, io.BytesIO(b"content"))
    with store.open(KEY) as stream:
        assert stream.read() == b"content"
        assert stream.seek(3) == 3
        assert stream.read() == b"tent"
    assert store.exists(KEY)
    assert list(store.keys()) == [KEY]


def test_putting_again_changes_nothing(store):
    store.put(KEY, io.BytesIO(b"first"))
    store.put(KEY, io.BytesIO(b"second"))
    assert store.open(KEY).read() == b"first"


def test_a_batch_becomes_visible_and_durable_as_a_whole(store, tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(blob_batch, "sync_folder", synced.append)
    with store.batch() as batch:
        batch.put(KEY, io.BytesIO(b"one"))
        batch.put(OTHER, io.BytesIO(b"other"))
        batch.put(OTHER, io.BytesIO(b"of a second thread"))
        assert batch.has(KEY)
        assert list(store.keys()) == []
    assert sorted(store.keys()) == sorted([KEY, OTHER])
    assert store.open(OTHER).read() == b"other"
    assert {store.path(KEY).parent, store.path(OTHER).parent} <= set(synced)
    assert litter(tmp_path) == []


def test_a_large_batch_holds_few_files_open(store, tmp_path):
    keys = [f"{number:064x}" for number in range(100)]
    before = open_files()
    most = 0
    with store.batch() as batch:
        for key in keys:
            batch.put(key, io.BytesIO(key.encode()))
            most = max(most, open_files() - before)
    assert 0 < most <= 40
    assert sorted(store.keys()) == keys
    assert open_files() <= before
    assert litter(tmp_path) == []


def test_a_batch_that_breaks_leaves_nothing(store, tmp_path):
    with pytest.raises(ConnectionError), store.batch() as batch:
        batch.put(KEY, io.BytesIO(b"one"))
        raise ConnectionError
    assert list(store.keys()) == []
    assert litter(tmp_path) == []


def test_what_a_batch_finds_is_synced_with_the_others_and_never_made(store, monkeypatch):
    with store.batch() as batch:
        assert not batch.has(KEY)
    assert not store.exists(KEY)
    store.put(KEY, io.BytesIO(b"first"))
    synced = []
    monkeypatch.setattr(blob_batch, "sync_folder", synced.append)
    with store.batch() as batch:
        assert batch.has(KEY)
    assert synced == [store.path(KEY).parent]


def test_many_blobs_share_a_folder_so_that_few_are_made_and_synced(store):
    for number in range(32):
        store.put(f"{number % 2:02x}{number:062x}", io.BytesIO(b"x"))
    paths = list(map(store.path, store.keys()))
    assert len(paths) == 32
    assert {path.parent for path in paths} == {paths[0].parents[1] / name for name in ("00", "01")}


def test_only_the_rest_of_the_source_is_stored(store):
    source = io.BytesIO(b"skipped kept")
    source.seek(8)
    store.put(KEY, source)
    assert store.open(KEY).read() == b"kept"


def test_an_absent_blob_is_not_found_and_may_be_deleted(store):
    assert not store.exists(KEY)
    with pytest.raises(NotFound):
        store.open(KEY)
    store.delete(KEY)


def test_a_deleted_blob_is_gone(store):
    store.put(KEY, io.BytesIO(b"x"))
    store.put(OTHER, io.BytesIO(b"y"))
    store.delete(KEY)
    assert list(store.keys()) == [OTHER]


@pytest.mark.parametrize("key", ["", "ab", "../../etc/passwd", "AB" * 32, "ab" * 31 + "/x", "ab" * 32 + "\n", "é" * 64])
def test_what_is_no_digest_never_becomes_a_path(store, key):
    for ask in (store.open, store.exists, store.delete, store.path, lambda key: store.put(key, io.BytesIO())):
        with pytest.raises(NotFound):
            ask(key)


def test_files_and_folders_are_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        store = LocalFolder(tmp_path / "a" / "vault")
        store.put(KEY, io.BytesIO(b"x"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path(KEY).stat().st_mode) == 0o600
    for folder in (store.path(KEY).parent, tmp_path / "a" / "vault"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_source_that_breaks_leaves_nothing(store, tmp_path):
    class Broken(io.BytesIO):
        def read(self, *_):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(KEY, Broken())
    assert not store.exists(KEY)
    assert litter(tmp_path) == []


@pytest.mark.parametrize(("number", "kind"), [(28, StorageFull), (122, StorageFull), (5, OSError)])
def test_a_full_disk_is_storage_full_and_leaves_nothing(store, tmp_path, monkeypatch, number, kind):
    def fail(*_):
        raise OSError(number, "no")

    monkeypatch.setattr(blob_batch.os, "fsync", fail)
    with pytest.raises(kind):
        store.put(KEY, io.BytesIO(b"x"))
    assert not store.exists(KEY)
    assert litter(tmp_path) == []


def test_file_is_synced_before_it_has_its_name_and_the_folders_after(store, monkeypatch):
    steps = []
    real_fsync = os.fsync

    def fsync(descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(("folder" if folder else "file", store.exists(KEY)))
        real_fsync(descriptor)

    monkeypatch.setattr(blob_batch.os, "fsync", fsync)
    store.put(KEY, io.BytesIO(b"x"))
    assert steps == [("file", False)] + [("folder", True)] * 2


def test_a_store_is_opened_by_its_url_also_with_blanks(tmp_path):
    folder = tmp_path / "a b"
    open_blob_store(folder.as_uri()).put(KEY, io.BytesIO(b"x"))
    assert folder.is_dir()
    with pytest.raises(Misconfigured):
        open_blob_store("s3://bucket")


def test_naming_a_store_s_folder_makes_nothing(tmp_path):
    assert blob_folder((tmp_path / "a b").as_uri()) == tmp_path / "a b"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "vault", "file:vault", "file://vault", "file://", "s3://bucket", "file://[x/y"])
def test_what_names_no_folder_of_this_machine_is_misconfigured(url):
    with pytest.raises(Misconfigured):
        blob_folder(url)


@pytest.mark.parametrize("links", [True, False], ids=["one disk", "two disks"])
def test_a_blob_is_taken_over_whole_and_outlives_its_first_name(store, tmp_path, monkeypatch, links):
    other = LocalFolder(tmp_path / "staging")
    other.put(KEY, io.BytesIO(b"payload"))
    if not links:
        monkeypatch.setattr(
            blob_batch.os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link"))
        )
    for _ in range(2):
        store.take_over(KEY, other)
    assert store.path(KEY).samefile(other.path(KEY)) == links
    other.delete(KEY)
    with store.open(KEY) as stream:
        assert stream.read() == b"payload"
    with pytest.raises(NotFound):
        store.take_over("0" * 64, other)
    store.take_over(KEY, other)
    store.take_over(KEY, store)


def test_the_name_of_a_new_folder_is_synced_once_and_of_every_blob_each_time(store, monkeypatch):
    synced = []
    monkeypatch.setattr(blob_batch, "sync_folder", synced.append)
    first, second = "ab" * 32, "abab" + "cd" * 30
    for key in (first, second, second):
        store.put(key, io.BytesIO(b"x"))
    inner = store.path(first).parent
    assert set(synced[:2]) == {inner, inner.parent}
    assert synced[2:] == [inner, inner]
