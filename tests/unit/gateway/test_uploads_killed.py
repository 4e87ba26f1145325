"""A bundle that ends the process that unpacks it is tried a few times, then kept whole, and nothing of it is lost."""

import io
import subprocess
import sys
import zipfile

import pytest

from config.errors import StorageFull
from gateway.intake import take_in
from gateway.node import Node
from gateway.uploads import pending_uploads, receive_upload, unpack_upload, upload_report
from gateway.uploads import unpacking as unpacking_module
from gateway.uploads.attempts import MOST_KILLED, attempt, forgive_attempts, is_given_up
from gateway.uploads.strays import sweep_strays
from gateway.uploads.waybill import Places
from scp.spool import Envelope

_KILLED = """
import os, signal, sys
from pathlib import Path
from config.settings import Settings
from gateway.node import open_node
from gateway.uploads import spooling, unpack_upload

def members(*arguments, **options):
    yield from real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

real, spooling.members = spooling.members, members
for _ in range(int(sys.argv[3])):
    child = os.fork()
    if child == 0:
        with open_node(Settings.load(Path(sys.argv[1]))) as node:
            unpack_upload(node, sys.argv[2])
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
        sys.exit("a child was not killed")
"""


def _received(node: Node, files: dict[str, bytes], name: str = "cd.zip") -> tuple[str, bytes]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    with receive_upload(node, site="north", case_number=None) as sink:
        sink.write(target.getvalue())
        return sink.finish(name), target.getvalue()


def _report(node: Node, upload_id: str) -> dict:
    with node.identity.read() as session:
        return upload_report(session, upload_id)


def test_a_bundle_that_kills_its_process_is_kept_whole_after_three_times_and_nothing_is_lost(node, spooled):
    upload_id, bundle = _received(node, {"cd.zip": b"a file of the bundle's own name"})
    command = [sys.executable, "-c", _KILLED, str(node.settings.home), upload_id, str(MOST_KILLED)]
    subprocess.run(command, check=True, timeout=300)
    assert pending_uploads(node) == [upload_id]
    take_in(node, list(node.spool.entries()))
    assert unpack_upload(node, upload_id) == 1
    ((envelope, payload),) = spooled()
    assert (envelope.path, payload) == ("cd.zip (whole)", bundle)
    take_in(node, list(node.spool.entries()))
    report = _report(node, upload_id)
    assert (report["state"], report["failure"]) == ("failed", unpacking_module.GIVEN_UP)
    assert {each["path"]: each["disposition"] for each in report["files"]} == {
        "cd.zip": "kept",
        "cd.zip (whole)": "quarantined",
    }
    assert pending_uploads(node) == []
    assert list(node.uploads.iterdir()) == []


def test_what_earlier_attempts_laid_into_the_spool_is_awaited_when_a_bundle_is_given_up(node):
    upload_id, _ = _received(node, {"IM1": b"1"})
    circumstances = {"door": "upload", "site": "north", "delivery": upload_id, "received_at": node.clock()}
    with node.spool.create(Envelope(**circumstances, path="IM1")) as writer:
        writer.write(b"1")
        writer.commit()
    Places(node.uploads, upload_id).attempts.write_bytes(b"." * MOST_KILLED)
    assert unpack_upload(node, upload_id) == 1
    entries = list(node.spool.entries())
    assert len(entries) == 2
    take_in(node, entries[:1])
    assert _report(node, upload_id)["counts"] == {"kept": 1, "pending": 1}


def test_an_attempt_that_fails_alive_is_not_counted(node, monkeypatch):
    upload_id, _ = _received(node, {"IM1": b"1"})

    def full(*_arguments, **_options):
        raise StorageFull("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(unpacking_module.MemberSpooler, "lay_down_bundle", full)
        for _ in range(MOST_KILLED + 1):
            with pytest.raises(StorageFull):
                unpack_upload(node, upload_id)
    assert unpack_upload(node, upload_id) == 1
    assert _report(node, upload_id)["failure"] is None
    assert list(node.uploads.iterdir()) == []


def test_an_attempt_that_runs_out_of_memory_is_counted(node, monkeypatch):
    upload_id, _ = _received(node, {"IM1": b"1"})

    def hungry(*_arguments, **_options):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(unpacking_module.MemberSpooler, "lay_down_bundle", hungry)
        for _ in range(MOST_KILLED):
            with pytest.raises(MemoryError):
                unpack_upload(node, upload_id)
        assert is_given_up(Places(node.uploads, upload_id))
        assert unpack_upload(node, upload_id) == 1


def test_a_node_that_is_told_to_stop_forgives_what_is_under_way_and_nothing_else(node, monkeypatch):
    busy, _ = _received(node, {"IM1": b"1"})
    waiting, _ = _received(node, {"IM2": b"2"})
    seen = []

    def stopped(*_arguments, **_options):
        forgive_attempts(node)
        seen.extend(Places(node.uploads, each).attempts.stat().st_size for each in (busy, waiting))

    with pytest.raises(MemoryError), attempt(Places(node.uploads, waiting)):
        raise MemoryError
    monkeypatch.setattr(unpacking_module.MemberSpooler, "lay_down_bundle", stopped)
    unpack_upload(node, busy)
    assert seen == [0, 1]


def test_a_count_whose_bundle_is_gone_is_swept(node):
    upload_id, _ = _received(node, {"IM1": b"1"})
    places = Places(node.uploads, upload_id)
    places.attempts.write_bytes(b".")
    assert sweep_strays(node) == 0
    places.bundle.unlink()
    assert sweep_strays(node) == 2
    assert list(node.uploads.iterdir()) == []
