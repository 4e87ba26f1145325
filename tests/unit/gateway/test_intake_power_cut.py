"""The hand-over from the spool to the vault: at no moment would a power cut leave an object in neither of them.

A row is durable when its transaction ends (`synchronous=FULL`, tests/unit/config/test_database.py).
"""

import pytest
from sqlalchemy import select

from gateway.intake import take_in
from gateway.models import ReceivedObject
from scp.spool import Spool
from tests.unit.scp.synced_disk import SyncedDisk


def survives(disk, root, digest):
    """Say whether a blob is there, whole and under its name, after a power cut."""
    if digest[:2] not in disk.names(root):
        return False
    folder = root / digest[:2]
    return disk.content(disk.names(folder).get(digest, 0)) == (folder / digest).read_bytes()


@pytest.fixture
def erased(gate, part10, monkeypatch):
    """Return a function that takes in objects on a disk; for each: is its row there, does its original survive."""

    def run(**disk_arguments):
        entries = [gate.spool(part10(number)) for number in range(6)]
        disk, real, found = SyncedDisk(monkeypatch, **disk_arguments), Spool.remove_all, []

        def remove_all(spool, going):
            going = list(going)
            with gate.node.identity.read() as session:
                rows = set(session.scalars(select(ReceivedObject.blob)))
            vault = gate.node.settings.home / "vault"
            found.extend((entry.digest in rows, survives(disk, vault, entry.digest)) for entry in going)
            real(spool, going)

        monkeypatch.setattr(Spool, "remove_all", remove_all)
        assert take_in(gate.node, entries) == 6
        return found

    return run


def test_an_entry_is_erased_only_when_its_original_and_its_row_survive(erased):
    assert erased() == [(True, True)] * 6


@pytest.mark.parametrize("forgets", ["files", "folders"])
def test_an_original_that_was_not_synced_would_be_found_missing(erased, forgets):
    assert not any(original for _, original in erased(forgets=forgets))
