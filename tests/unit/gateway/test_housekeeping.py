"""What a dead worker left behind is removed at the start of the next; what somebody owns stays."""

import io
import os

from gateway.housekeeping import clean_up


def test_a_staged_object_that_no_row_names_is_removed(gate):
    gate.node.staging.put("ab" * 32, io.BytesIO(b"left behind"))
    clean_up(gate.node)
    assert not gate.node.staging.exists("ab" * 32)


def test_unfinished_blobs_of_dead_writers_are_removed_and_fresh_ones_stay(gate):
    folder = gate.node.settings.home / "published" / "tmp"
    old, fresh = folder / "old", folder / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"unfinished")
    os.utime(old, (1, 1))
    clean_up(gate.node)
    assert not old.exists()
    assert fresh.exists()
