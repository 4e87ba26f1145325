"""The maildir: complete or not there, named by no received string, and never littered."""

import hashlib
import io
import os
import resource
import signal
import stat
import threading
from datetime import UTC, datetime

import pytest

from config.errors import Malformed, NotFound, StorageFull
from scp import spool as spool_module
from scp.spool import Entry, Envelope, Spool


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


def envelope(**changes):
    values = {"door": "upload", "site": "north", "delivery": "d" * 32, "received_at": datetime(2026, 1, 2, tzinfo=UTC)}
    return Envelope(**(values | changes))


def put(spool, payload=b"payload", **changes):
    with spool.create(envelope(**changes)) as writer:
        writer.write(payload)
        return writer.commit()


def files(spool):
    return sorted(path.name for path in spool.root.rglob("*") if path.is_file())


def test_what_was_committed_comes_back_with_its_envelope(spool):
    entry = put(spool, b"abc" * 1000, path="CD/IM1")
    found, stream = spool.open(entry)
    with stream:
        assert found == envelope(path="CD/IM1")
        assert stream.read() == b"abc" * 1000


def test_the_digest_is_that_of_the_payload_alone_and_in_the_name(spool):
    entry = put(spool, b"abc")
    assert entry.digest == hashlib.sha256(b"abc").hexdigest()
    assert entry.name.endswith("." + entry.digest)
    assert list(spool.entries()) == [entry]


def test_a_payload_may_come_in_pieces_of_any_kind(spool):
    with spool.create(envelope()) as writer:
        for piece in (b"ab", bytearray(b"cd"), memoryview(b"xefx")[1:3], b""):
            writer.write(piece)
        assert writer.payload_bytes == 6
        entry = writer.commit()
    with spool.open(entry)[1] as stream:
        assert stream.read() == b"abcdef"
    assert entry.digest == hashlib.sha256(b"abcdef").hexdigest()


def test_an_empty_payload_is_an_object_too(spool):
    with spool.open(put(spool, b""))[1] as stream:
        assert stream.read() == b""


def test_the_payload_stream_seeks_from_the_start_of_the_payload(spool):
    _, stream = spool.open(put(spool, b"0123456789"))
    with stream:
        assert stream.tell() == 0
        assert stream.seek(4) == 4
        assert stream.read(3) == b"456"
        assert stream.tell() == 7
        assert stream.seek(-2, os.SEEK_END) == 8
        assert stream.read() == b"89"
        assert stream.seek(-10, os.SEEK_CUR) == 0
        assert stream.read(2) == b"01"
        assert stream.seek(2, os.SEEK_CUR) == 4
        assert stream.read(1) == b"4"
        with pytest.raises(ValueError, match="before its start"):
            stream.seek(-1)


def test_a_read_without_end_is_bounded_by_the_reader(spool):
    _, stream = spool.open(put(spool, bytes(5_000_000)))
    with stream:
        assert isinstance(stream, io.BufferedReader)
        assert sum(len(piece) for piece in iter(lambda: stream.read(65536), b"")) == 5_000_000


def test_nothing_is_visible_before_the_commit(spool):
    with spool.create(envelope()) as writer:
        writer.write(b"half")
        assert spool.count() == 0
        assert list(spool.entries()) == []
        writer.commit()
    assert spool.count() == 1


def test_an_aborted_object_leaves_no_file(spool):
    writer = spool.create(envelope())
    writer.write(b"half")
    writer.abort()
    writer.abort()
    assert files(spool) == []


def test_an_exception_inside_the_block_aborts(spool):
    with pytest.raises(RuntimeError), spool.create(envelope()) as writer:
        writer.write(b"half")
        raise RuntimeError
    assert files(spool) == []


def test_a_closed_writer_takes_nothing_more(spool):
    with spool.create(envelope()) as writer:
        writer.commit()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
    with pytest.raises(ValueError, match="closed"):
        writer.commit()


def test_entries_come_oldest_first_and_pass_over_foreign_files(spool):
    entries = [put(spool, str(number).encode()) for number in range(20)]
    (spool.root / "new" / "README").write_text("what is this")
    (spool.root / "new" / ".hidden").write_text("")
    assert [entry.name for entry in spool.entries()] == [entry.name for entry in entries]
    assert spool.count() == 20


def test_the_same_payload_twice_is_two_entries(spool):
    assert put(spool).name != put(spool).name
    assert spool.count() == 2


def test_removing_is_for_good_and_may_be_repeated(spool):
    entry = put(spool)
    spool.remove(entry)
    spool.remove(entry)
    assert spool.count() == 0
    with pytest.raises(NotFound):
        spool.open(entry)


def test_files_and_folders_are_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        spool = Spool(tmp_path / "spool")
        entry = put(spool)
    finally:
        os.umask(before)
    assert stat.S_IMODE(entry.path.stat().st_mode) == 0o600
    for folder in (spool.root, spool.root / "tmp", spool.root / "new"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_received_string_is_part_of_a_name(spool):
    put(spool, path="../../etc/passwd", sop_instance_uid="1.2.3/4", calling_ae="../X")
    assert len(files(spool)) == 1
    assert all(set(name) <= set("0123456789abcdef-.") for name in files(spool))


@pytest.mark.parametrize("content", [b"", b"no envelope at all", b"{}\npayload", b"x" * 100_000])
def test_a_file_that_does_not_begin_with_an_envelope_is_malformed(spool, content):
    entry = put(spool)
    entry.path.write_bytes(content)
    with pytest.raises(Malformed):
        spool.open(entry)


def test_a_sweep_removes_what_the_dead_left_and_not_what_the_living_write(spool):
    (spool.root / "tmp" / "00000000000000000001-0123456789abcdef").write_bytes(b"half")
    with spool.create(envelope()) as living:
        assert spool.sweep() == 1
        living.write(b"goes on")
        entry = living.commit()
    assert files(spool) == [entry.name]
    assert spool.sweep() == 0


def test_a_writer_whose_process_was_killed_is_swept(spool):
    child = os.fork()
    if child == 0:
        writer = spool.create(envelope())
        writer.write(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(files(spool)) == 1
    assert spool.sweep() == 1
    assert files(spool) == []


def test_a_full_disk_is_storage_full_and_leaves_nothing(spool):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = spool.create(envelope())
    real_write = os.writev

    def write(descriptor, pieces):
        if sum(map(len, pieces)) > 10:
            raise OSError(28, "No space left on device")
        return real_write(descriptor, pieces)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module.os, "writev", write)
        with pytest.raises(StorageFull):
            writer.write(bytes(100))
    assert files(spool) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == limits


@pytest.mark.parametrize("step", ["fsync", "open"])
def test_a_disk_that_is_full_at_the_commit_leaves_nothing(spool, monkeypatch, step):
    writer = spool.create(envelope())
    writer.write(b"payload")

    def fail(*_args, **_kwargs):
        raise OSError(122, "Disk quota exceeded")

    monkeypatch.setattr(spool_module.os, step, fail)
    with pytest.raises(StorageFull):
        writer.commit()
    monkeypatch.undo()
    assert files(spool) == []


def test_another_fault_of_the_disk_is_not_called_full(spool, monkeypatch):
    writer = spool.create(envelope())
    monkeypatch.setattr(spool_module.os, "writev", lambda *_: (_ for _ in ()).throw(OSError(5, "I/O error")))
    with pytest.raises(OSError, match="I/O error"):
        writer.write(b"x")
    monkeypatch.undo()
    assert files(spool) == []


def test_a_short_write_is_continued(spool, monkeypatch):
    real_write = os.writev
    monkeypatch.setattr(spool_module.os, "writev", lambda descriptor, pieces: real_write(descriptor, [pieces[0][:7]]))
    entry = put(spool, bytes(range(256)))
    monkeypatch.undo()
    with spool.open(entry)[1] as stream:
        assert stream.read() == bytes(range(256))


def test_file_is_synced_before_it_is_renamed_and_the_folder_after(spool, monkeypatch):
    steps = []
    real_fsync, real_rename = os.fsync, spool_module.Path.rename

    def fsync(descriptor):
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def rename(path, target):
        steps.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(spool_module.os, "fsync", fsync)
    monkeypatch.setattr(spool_module.Path, "rename", rename)
    put(spool)
    assert steps == ["file", "rename", "folder"]


def test_many_threads_write_at_once(spool):
    threads = [threading.Thread(target=put, args=(spool, str(number).encode())) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spool.count() == 16
    assert len({entry.digest for entry in spool.entries()}) == 16


def test_free_bytes_is_what_the_disk_has(spool):
    assert 0 < spool.free_bytes() <= os.statvfs(spool.root).f_bfree * os.statvfs(spool.root).f_frsize


def test_an_entry_is_a_value(spool):
    entry = put(spool)
    assert entry == Entry(entry.name, entry.digest, entry.path)
