"""The worker's duties: what fails is paused, not spun on."""

from config.errors import StorageFull
from gateway import worker


def test_uploads_that_fail_count_as_nothing_done(gate, monkeypatch):
    def full(_node, _upload_id):
        raise StorageFull("the disk is full")

    pauses = []
    monkeypatch.setattr(worker, "pending_uploads", lambda _node: ["a" * 32, "b" * 32])
    monkeypatch.setattr(worker, "unpack_upload", full)
    monkeypatch.setattr(worker.time, "sleep", pauses.append)
    assert worker._unpack(gate.node) == 0
    assert len(pauses) == 2
