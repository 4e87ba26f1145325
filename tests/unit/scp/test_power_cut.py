"""Acknowledged means durable: what is lost when the power goes is only what nobody was told is safe.

The last tests leave syncs out, to show that the loss would be seen.
"""

import hashlib
import os
import threading
from datetime import UTC, datetime

import pytest

from scp.commitment_box import CommitmentBox, CommitmentRequest
from scp.spool import Spool

from .synced_disk import SyncedDisk

SENDERS, EACH = 4, 8


@pytest.fixture
def push(scp_node, raw_peer, part10):
    """Return a function that lets several senders push at once; it calls back after each acknowledgment."""
    node = scp_node()

    def send(acknowledged):
        def one(sender):
            peer = raw_peer(node.port)
            peer.associate()
            for number in range(sender * EACH, sender * EACH + EACH):
                whole = part10(number, PixelData=os.urandom(20_000))
                data = whole[whole.index(b"\x08\x00\x16\x00UI") :]
                assert peer.store(data, f"1.2.826.0.1.3680043.10.1.{number}") == 0x0000
                acknowledged(data)
            peer.release()

        threads = [threading.Thread(target=one, args=(sender,)) for sender in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(180)

    return node.spool, send


def survivors(spool, disk, names):
    """Return the data that survives under names in `new/`, by name; the content of each may be cut off."""
    return {name: disk.content(file) for name, file in names.items()}


def torn(kept):
    """Return the names whose content is not what their digest says."""
    payload = {name: content.partition(b"\n")[2] for name, content in kept.items()}
    return [name for name, data in payload.items() if hashlib.sha256(data).hexdigest() != name.rpartition(".")[2]]


def lost_by_power_cuts(push, disk):
    """Cut the power after each acknowledgment; return (how many acknowledged objects were lost, torn entries)."""
    spool, send = push
    safe, faults, lock = [], [], threading.Lock()

    def acknowledged(data):
        with lock:
            safe.append(data)
            told = list(safe)
        kept = survivors(spool, disk, disk.names(spool.root / "new"))
        faults.extend("lost" for data in told if not any(content.endswith(data) for content in kept.values()))
        with os.scandir(spool.root / "new") as found:  # a disk may keep names that nobody synced
            names = {entry.name: entry.inode() for entry in found}
        faults.extend("torn" for _ in torn(kept) + torn(survivors(spool, disk, names)))

    send(acknowledged)
    assert len(safe) == SENDERS * EACH
    return faults


def test_whatever_was_acknowledged_survives_a_power_cut_at_any_moment(push, monkeypatch):
    assert lost_by_power_cuts(push, SyncedDisk(monkeypatch)) == []


def test_a_file_that_was_not_synced_would_be_found_torn(push, monkeypatch):
    assert "torn" in lost_by_power_cuts(push, SyncedDisk(monkeypatch, forgets="files"))


def test_a_name_that_was_not_synced_would_be_found_lost(push, monkeypatch):
    assert "lost" in lost_by_power_cuts(push, SyncedDisk(monkeypatch, forgets="folders"))


@pytest.mark.parametrize(("forgets", "survives"), [(None, True), ("files", False), ("folders", False)])
def test_a_request_for_storage_commitment_survives_once_it_is_acknowledged(tmp_path, monkeypatch, forgets, survives):
    box = CommitmentBox(tmp_path)
    disk = SyncedDisk(monkeypatch, forgets=forgets)
    request = CommitmentRequest(
        transaction_uid="1.2.3",
        site="north",
        delivery="d" * 32,
        calling_ae="NORTH",
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
        references=(("1.2.840.10008.5.1.4.1.1.2", "1.2.3.4"),),
    )
    box.ask(request)
    ((path, asked),) = box.asked()
    kept = disk.content(disk.names(path.parent).get(path.name, 0))
    assert asked == request
    assert (kept == path.read_bytes()) is survives


@pytest.mark.parametrize(("kind", "within"), [(Spool, {"new", "tmp"}), (CommitmentBox, {"asked", "answers", "tmp"})])
def test_folders_made_when_they_are_first_opened_survive(tmp_path, monkeypatch, kind, within):
    disk = SyncedDisk(monkeypatch)
    kind(tmp_path / "made")
    assert "made" in disk.names(tmp_path)
    assert within <= set(disk.names(tmp_path / "made"))
