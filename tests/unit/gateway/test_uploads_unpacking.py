"""An acknowledged upload is unpacked once, whatever crashes and whatever is broken in it."""

import io
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from config.errors import StorageFull
from config.settings import MIB
from gateway import intake
from gateway.models import ReceivedObject
from gateway.uploads import pending_uploads, unpack_upload
from gateway.uploads.waybill import Places
from tests.unit.gateway.bundles_sent import contents, crash, delivery_of, receive, with_settings, zipped


def test_every_file_becomes_one_spool_entry_and_the_bundle_goes(node, spooled, case_number, part10):
    image = part10(1)
    upload_id = receive(
        node, zipped(**{"A/IM1": image, "A/notes.txt": b"text", ".DS_Store": b""}), case_number=case_number
    )
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 3
    assert contents(spooled) == {"A/IM1": image, "A/notes.txt": b"text", ".DS_Store": b""}
    envelopes = [envelope for envelope, _ in spooled()]
    assert {(e.door, e.site, e.delivery, e.case_number) for e in envelopes} == {
        ("upload", "north", upload_id, case_number)
    }
    assert [e.headed for e in envelopes] == [True, False, False]
    delivery = delivery_of(node, upload_id)
    assert (delivery.expected, delivery.failure, delivery.unpacked_at) == (3, None, node.clock())
    assert list(node.uploads.iterdir()) == []
    assert pending_uploads(node) == []


def test_a_single_file_is_one_entry_under_its_file_name(node, spooled, part10):
    image = part10(1)
    unpack_upload(node, receive(node, image, "IM000001"))
    assert contents(spooled) == {"IM000001": image}


def test_names_that_occur_twice_are_numbered(node, spooled):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for data in (b"1", b"2", b"3"):
            archive.writestr("IM1", data)
    unpack_upload(node, receive(node, target.getvalue()))
    assert contents(spooled) == {"IM1": b"1", "IM1#2": b"2", "IM1#3": b"3"}


def test_a_crash_between_the_last_entry_and_the_row_repeats_the_same_paths(node, spooled, monkeypatch):
    upload_id = receive(node, zipped(a=b"1", b=b"2"))
    monkeypatch.setattr("gateway.uploads.unpacking.close_delivery", crash)
    with pytest.raises(KeyboardInterrupt):
        unpack_upload(node, upload_id)
    monkeypatch.undo()
    first = {(e.delivery, e.path, e.received_at) for e, _ in spooled()}
    assert pending_uploads(node) == [upload_id]
    unpack_upload(node, upload_id)
    assert {(e.delivery, e.path, e.received_at) for e, _ in spooled()} == first
    intake.take_in(node, list(node.spool.entries()))
    with node.identity.read() as session:
        assert len(session.scalars(select(ReceivedObject)).all()) == 2


def test_a_crash_between_the_row_and_the_deletion_only_deletes(node, spooled):
    upload_id = receive(node, zipped(a=b"1"))
    bundle = Places(node.uploads, upload_id).bundle
    again = bundle.read_bytes()
    unpack_upload(node, upload_id)
    bundle.write_bytes(again)
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 0
    assert len(spooled()) == 1
    assert not bundle.exists()


def test_a_bundle_whose_row_was_never_written_is_recorded_from_its_waybill(node, monkeypatch):
    monkeypatch.setattr("gateway.uploads.receiving.open_delivery", crash)
    with pytest.raises(KeyboardInterrupt):
        receive(node, zipped(a=b"1"))
    monkeypatch.undo()
    (upload_id,) = pending_uploads(node)
    assert delivery_of(node, upload_id).site == "north"
    assert unpack_upload(node, upload_id) == 1


def test_an_upload_being_unpacked_elsewhere_is_left_alone(node, spooled):
    upload_id = receive(node, zipped(a=b"1"))
    counts: list[int] = []

    def second(_envelope: object) -> None:
        counts.append(unpack_upload(node, upload_id))

    first = replace(node, spool=_Hooked(node.spool, second))
    assert unpack_upload(first, upload_id) == 1
    assert counts == [0]
    assert len(spooled()) == 1


def test_a_damaged_bundle_is_kept_whole_with_what_could_be_read_and_a_reason(node, spooled):
    broken = zipped(a=b"1")[:-10]
    upload_id = receive(node, broken, "cd.zip")
    unpack_upload(node, upload_id)
    ((envelope, payload),) = spooled()
    assert (envelope.path, payload) == ("cd.zip", broken)
    assert "damaged" in envelope.problem
    assert "damaged" in (delivery_of(node, upload_id).failure or "")


def test_a_bundle_with_an_unreadable_file_is_kept_whole_beside_its_other_files(node, spooled):
    bundle = zipped(good=b"fine", bad=b"AAAA" * 50)
    at = bundle.index(b"bad") + 3
    damaged = bundle[:at] + b"\xff\xff\xff" + bundle[at + 3 :]
    upload_id = receive(node, damaged, "bad")
    assert unpack_upload(node, upload_id) == 3
    found = {envelope.path: (envelope.problem, payload) for envelope, payload in spooled()}
    assert found["good"] == ("", b"fine")
    assert found["bad"][1] == b""
    assert "damaged" in found["bad"][0]
    assert found["bad#2"] == ("kept whole, since 1 of its files could not be unpacked", damaged)
    assert delivery_of(node, upload_id).failure is None


def test_a_bomb_is_kept_as_one_entry_with_the_limit_named(node, spooled):
    small = with_settings(node, "uploads", maximum_expanded_bytes=MIB)
    bomb = zipped(a=b"fine", b=bytes(3 * MIB))
    upload_id = receive(node, bomb)
    unpack_upload(small, upload_id)
    assert contents(spooled) == {"a": b"fine", "cd.zip": bomb}
    assert "uploads.maximum_expanded_bytes" in (delivery_of(node, upload_id).failure or "")
    assert not list(node.spool.root.joinpath("tmp").iterdir())


def test_a_full_disk_leaves_the_bundle_for_another_try(node, spooled):
    upload_id = receive(node, zipped(a=b"1"))
    with pytest.raises(StorageFull):
        unpack_upload(with_settings(node, "dicom", reserve_bytes=1 << 60), upload_id)
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 1


def test_parallel_uploads_do_not_disturb_each_other(node, spooled):
    uploads: dict[str, bytes] = {}

    def send(number: int) -> None:
        data = zipped(**{f"f{number}": b"%d" % number * 1000})
        uploads[receive(node, data)] = data

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waiting = pending_uploads(node)
    assert sorted(waiting) == sorted(uploads)
    assert len(waiting) == 12
    for upload_id in waiting:
        unpack_upload(node, upload_id)
    assert contents(spooled) == {f"f{number}": b"%d" % number * 1000 for number in range(12)}


def test_a_killed_unpacking_goes_on_and_doubles_nothing(node):
    files = {f"IM{number}": b"%d" % number for number in range(400)}
    upload_id = receive(node, zipped(**files))
    script = (
        "import sys, time; from itertools import islice; from pathlib import Path;"
        "from config.settings import Settings;"
        "from gateway.node import open_node; from gateway.uploads import spooling, unpack_upload\n"
        "def members(*arguments, **options):\n"
        "    yield from islice(real(*arguments, **options), 300); time.sleep(600)\n"  # never over too soon
        "real, spooling.members = spooling.members, members\n"
        "with open_node(Settings.load(Path(sys.argv[1]))) as node: unpack_upload(node, sys.argv[2])"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(node.settings.home), upload_id])
    deadline = time.monotonic() + 240
    while node.spool.count() < 20:
        assert child.poll() is None or node.spool.count()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.kill()
    child.wait()
    assert pending_uploads(node) == [upload_id]
    intake.take_in(node, list(node.spool.entries()))
    assert unpack_upload(node, upload_id) == len(files)
    intake.take_in(node, list(node.spool.entries()))
    with node.identity.read() as session:
        paths = session.scalars(select(ReceivedObject.path)).all()
    assert sorted(paths) == sorted(files)


class _Hooked:
    """A spool that calls somebody before each object."""

    def __init__(self, spool: object, hook: Callable[..., None]) -> None:
        self._spool, self._hook = spool, hook

    def create(self, envelope: object) -> object:
        self._hook(envelope)
        return self._spool.create(envelope)

    def free_bytes(self) -> int:
        return self._spool.free_bytes()
