"""What a dead worker left behind is removed at the start of the next; what somebody owns stays."""

import io
import os
import signal
import subprocess
import sys

import pytest

from gateway.housekeeping import Housekeeping, clean_up
from gateway.intake import take_in
from gateway.receipts.statement import state_receipt
from gateway.uploads import upload_report
from gateway.uploads.held import HeldDelivery, end_abandoned
from gateway.uploads.resumable import Promise, begin_upload
from gateway.uploads.strays import sweep_strays
from gateway.uploads.waybill import Waybill
from tests.unit.gateway.conftest import NOW


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


def test_an_upload_whose_time_is_over_goes_by_itself_and_is_looked_for_now_and_then(gate):
    node, now = gate.node, [0.0]
    duty = Housekeeping(node, monotonic=lambda: now[0])
    late = begin_upload(node, Promise("me", "me", "north", "", "disc.zip", 10)).upload_id
    assert duty() == 0
    gate.pass_time(hours=node.settings.uploads.resumable_hours)
    fresh = begin_upload(node, Promise("me", "me", "south", "", "disc.zip", 10)).upload_id
    (node.uploads / f"{late}.growing").touch()  # as if the sweep of the new upload had not been
    assert duty() == 0
    assert (node.uploads / f"{late}.growing").exists()
    now[0] = 3600.0
    assert duty() == 0
    assert [path.name for path in node.uploads.iterdir()] == [f"{fresh}.growing"]


@pytest.mark.parametrize("door", ["cli", "stow"])
def test_a_delivery_whose_process_was_killed_comes_to_an_end_and_one_that_lives_stays_open(gate, door):
    node = gate.node
    dead, alive = "d" * 32, "a" * 32
    waybill = Waybill(site="north", case_number="", filename="", received_at=NOW, actor="test", bundle_bytes=0)
    script = (
        "import os, signal, sys; from pathlib import Path; from config.settings import Settings;"
        "from gateway.node import open_node; from gateway.uploads.held import HeldDelivery;"
        "from gateway.uploads.waybill import Waybill; from datetime import UTC, datetime\n"
        "node = open_node(Settings.load(Path(sys.argv[1]))).__enter__()\n"
        "waybill = Waybill(site='north', case_number='', filename='', received_at=datetime.now(UTC), actor='test',"
        " bundle_bytes=0)\n"
        "held = HeldDelivery(node, sys.argv[2], sys.argv[3], waybill); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(node.settings.home), dead, door], check=False)
    assert killed.returncode == -signal.SIGKILL
    held = HeldDelivery(node, alive, door, waybill)
    gate.receive(gate.part10(1), delivery=dead, door=door, path="part 1")
    gate.spool(gate.part10(2), delivery=dead, door=door, path="part 2")
    Housekeeping(node)()
    report = _report(node, dead)
    assert (report["state"], report["counts"]["pending"]) == ("processing", 2)
    assert "ended before it was done" in report["failure"]
    assert _report(node, alive)["state"] == "unpacking"
    held.close(expected=0, failure=None)
    assert end_abandoned(node) == 0
    assert _report(node, alive)["state"] == "done"
    assert list((node.settings.home / "run").glob("*.delivery")) == []
    take_in(node, list(node.spool.entries()))
    gate.case()
    for number in range(1, len(gate.studies()) + 1):
        gate.run(number)
    assert _report(node, dead)["state"] == "failed"
    with node.identity.read() as session:
        assert state_receipt(node, session, dead, b"0" * 32)["complete"]


def _report(node, delivery):
    with node.identity.read() as session:
        return upload_report(session, delivery)


def test_what_crashes_left_of_uploads_goes_and_what_waits_stays(gate):
    node = gate.node
    waiting = "a" * 32
    for name in (f"{waiting}.bundle", f"{waiting}.json", f"{'b' * 32}.growing", f"{'c' * 32}.json"):
        (node.uploads / name).write_bytes(b"{}")
    begun = begin_upload(node, Promise("me", "me", "north", "", "disc.zip", 10)).upload_id
    assert sweep_strays(node) == 2
    assert {path.name for path in node.uploads.iterdir()} == {
        f"{waiting}.bundle",
        f"{waiting}.json",
        f"{begun}.growing",
    }
