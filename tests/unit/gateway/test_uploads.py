"""An acknowledged upload is durable, is unpacked once whatever crashes, and accounts for every file."""

import io
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from config.errors import Conflict, Malformed, NotFound, StorageFull, TooLarge
from config.settings import MIB
from gateway import intake
from gateway.cases import close_case
from gateway.models import Delivery, IdentityAudit, ReceivedObject, Study
from gateway.node import Node
from gateway.sites import remove_site
from gateway.uploads import import_paths, pending_uploads, receive_upload, unpack_upload, upload_report
from gateway.uploads.waybill import Places


def _zip(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def _receive(node: Node, data: bytes, filename: str = "cd.zip", case_number: str | None = None) -> str:
    with receive_upload(node, site="north", case_number=case_number) as sink:
        sink.write(data)
        return sink.finish(filename)


def _delivery(node: Node, delivery_id: str) -> Delivery:
    with node.identity.read() as session:
        return session.get_one(Delivery, delivery_id)


def _with(node: Node, section: str, **values: object) -> Node:
    changed = getattr(node.settings, section).model_copy(update=values)
    return replace(node, settings=node.settings.model_copy(update={section: changed}))


def _contents(spooled: Callable) -> dict[str, bytes]:
    return {envelope.path: payload for envelope, payload in spooled()}


def test_a_finished_upload_is_a_private_file_a_row_and_an_audit_entry(node, case_number):
    upload_id = _receive(node, b"bundle", "Planted^Identity.zip", case_number)
    files = {path.name: path for path in node.uploads.iterdir()}
    assert set(files) == {f"{upload_id}.bundle", f"{upload_id}.json"}
    assert files[f"{upload_id}.bundle"].read_bytes() == b"bundle"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    delivery = _delivery(node, upload_id)
    assert (delivery.site, delivery.door, delivery.case_number) == ("north", "upload", case_number)
    assert (delivery.unpacked_at, delivery.expected) == (None, None)
    with node.identity.read() as session:
        entry = session.scalars(select(IdentityAudit).where(IdentityAudit.subject == upload_id)).one()
    assert entry.action == "delivery-opened"
    assert "Planted" not in entry.detail


def test_an_upload_that_is_not_finished_leaves_no_trace(node):
    with pytest.raises(RuntimeError), receive_upload(node, site="north", case_number=None) as sink:
        sink.write(b"half")
        raise RuntimeError
    assert list(node.uploads.iterdir()) == []


def test_an_empty_upload_is_malformed(node):
    with pytest.raises(Malformed, match="empty"):
        _receive(node, b"")
    assert list(node.uploads.iterdir()) == []


def test_only_a_site_that_is_there_and_an_open_case_of_its_own_can_be_addressed(node, case_number):
    with pytest.raises(NotFound):
        receive_upload(node, site="nowhere", case_number=None)
    with pytest.raises(NotFound):
        receive_upload(node, site="south", case_number=case_number)
    with pytest.raises(Malformed):
        receive_upload(node, site="north", case_number="123")
    remove_site(node, "south", actor="test")
    with pytest.raises(NotFound):
        receive_upload(node, site="south", case_number=None)
    close_case(node, case_number, actor="test")
    with pytest.raises(Conflict, match="closed"):
        receive_upload(node, site="north", case_number=case_number)
    assert not node.uploads.is_dir() or not list(node.uploads.iterdir())


def test_an_upload_that_grows_over_the_limit_stops_and_leaves_nothing(node):
    small = _with(node, "uploads", maximum_bytes=MIB)
    with (
        pytest.raises(TooLarge, match=r"uploads\.maximum_bytes"),
        receive_upload(small, site="north", case_number=None) as sink,
    ):
        sink.write(bytes(MIB))
        sink.write(b"x")
    assert list(node.uploads.iterdir()) == []


def test_a_disk_with_nothing_but_the_reserve_takes_no_upload(node):
    full = _with(node, "dicom", reserve_bytes=1 << 60)
    with pytest.raises(StorageFull):
        receive_upload(full, site="north", case_number=None)


def test_every_file_becomes_one_spool_entry_and_the_bundle_goes(node, spooled, case_number, part10):
    image = part10(1)
    upload_id = _receive(
        node, _zip(**{"A/IM1": image, "A/notes.txt": b"text", ".DS_Store": b""}), case_number=case_number
    )
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 3
    assert _contents(spooled) == {"A/IM1": image, "A/notes.txt": b"text", ".DS_Store": b""}
    envelopes = [envelope for envelope, _ in spooled()]
    assert {(e.door, e.site, e.delivery, e.case_number) for e in envelopes} == {
        ("upload", "north", upload_id, case_number)
    }
    assert [e.headed for e in envelopes] == [True, False, False]
    delivery = _delivery(node, upload_id)
    assert (delivery.expected, delivery.failure, delivery.unpacked_at) == (3, None, node.clock())
    assert list(node.uploads.iterdir()) == []
    assert pending_uploads(node) == []


def test_a_single_file_is_one_entry_under_its_file_name(node, spooled, part10):
    image = part10(1)
    unpack_upload(node, _receive(node, image, "IM000001"))
    assert _contents(spooled) == {"IM000001": image}


def test_names_that_occur_twice_are_numbered(node, spooled):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for data in (b"1", b"2", b"3"):
            archive.writestr("IM1", data)
    unpack_upload(node, _receive(node, target.getvalue()))
    assert _contents(spooled) == {"IM1": b"1", "IM1#2": b"2", "IM1#3": b"3"}


def test_a_crash_between_the_last_entry_and_the_row_repeats_the_same_paths(node, spooled, monkeypatch):
    upload_id = _receive(node, _zip(a=b"1", b=b"2"))
    monkeypatch.setattr("gateway.uploads.unpacking.close_delivery", _crash)
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
    upload_id = _receive(node, _zip(a=b"1"))
    bundle = Places(node.uploads, upload_id).bundle
    again = bundle.read_bytes()
    unpack_upload(node, upload_id)
    bundle.write_bytes(again)
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 0
    assert len(spooled()) == 1
    assert not bundle.exists()


def test_a_bundle_whose_row_was_never_written_is_recorded_from_its_waybill(node, monkeypatch):
    monkeypatch.setattr("gateway.uploads.receiving.open_delivery", _crash)
    with pytest.raises(KeyboardInterrupt):
        _receive(node, _zip(a=b"1"))
    monkeypatch.undo()
    (upload_id,) = pending_uploads(node)
    assert _delivery(node, upload_id).site == "north"
    assert unpack_upload(node, upload_id) == 1


def test_what_a_dead_process_was_receiving_is_swept_and_a_live_upload_is_not(node):
    with receive_upload(node, site="north", case_number=None) as sink:
        sink.write(b"live")
        dead = node.uploads / f"{'0' * 32}.part"
        dead.write_bytes(b"half")
        assert pending_uploads(node) == []
        assert not dead.exists()
        assert [path.suffix for path in node.uploads.iterdir()] == [".part"]
        sink.finish("a")


def test_an_upload_being_unpacked_elsewhere_is_left_alone(node, spooled):
    upload_id = _receive(node, _zip(a=b"1"))
    counts: list[int] = []

    def second(_envelope: object) -> None:
        counts.append(unpack_upload(node, upload_id))

    first = replace(node, spool=_Hooked(node.spool, second))
    assert unpack_upload(first, upload_id) == 1
    assert counts == [0]
    assert len(spooled()) == 1


def test_a_damaged_bundle_is_kept_whole_with_what_could_be_read_and_a_reason(node, spooled):
    broken = _zip(a=b"1")[:-10]
    upload_id = _receive(node, broken, "cd.zip")
    unpack_upload(node, upload_id)
    ((envelope, payload),) = spooled()
    assert (envelope.path, payload) == ("cd.zip", broken)
    assert "damaged" in envelope.problem
    assert "damaged" in (_delivery(node, upload_id).failure or "")


def test_a_bundle_with_an_unreadable_file_is_kept_whole_beside_its_other_files(node, spooled):
    bundle = _zip(good=b"fine", bad=b"AAAA" * 50)
    at = bundle.index(b"bad") + 3
    damaged = bundle[:at] + b"\xff\xff\xff" + bundle[at + 3 :]
    upload_id = _receive(node, damaged, "bad")
    assert unpack_upload(node, upload_id) == 3
    found = {envelope.path: (envelope.problem, payload) for envelope, payload in spooled()}
    assert found["good"] == ("", b"fine")
    assert found["bad"][1] == b""
    assert "damaged" in found["bad"][0]
    assert found["bad#2"] == ("kept whole, since 1 of its files could not be unpacked", damaged)
    assert _delivery(node, upload_id).failure is None


def test_a_bomb_is_kept_as_one_entry_with_the_limit_named(node, spooled):
    small = _with(node, "uploads", maximum_expanded_bytes=MIB)
    bomb = _zip(a=b"fine", b=bytes(3 * MIB))
    upload_id = _receive(node, bomb)
    unpack_upload(small, upload_id)
    assert _contents(spooled) == {"a": b"fine", "cd.zip": bomb}
    assert "uploads.maximum_expanded_bytes" in (_delivery(node, upload_id).failure or "")
    assert not list(node.spool.root.joinpath("tmp").iterdir())


def test_a_full_disk_leaves_the_bundle_for_another_try(node, spooled):
    upload_id = _receive(node, _zip(a=b"1"))
    with pytest.raises(StorageFull):
        unpack_upload(_with(node, "dicom", reserve_bytes=1 << 60), upload_id)
    assert pending_uploads(node) == [upload_id]
    assert unpack_upload(node, upload_id) == 1


def test_an_identifier_that_is_none_names_no_file(node):
    for upload_id in ("../../etc/passwd", "0" * 31, "0" * 32):
        with pytest.raises(NotFound):
            unpack_upload(node, upload_id)


def test_parallel_uploads_do_not_disturb_each_other(node, spooled):
    uploads: dict[str, bytes] = {}

    def send(number: int) -> None:
        data = _zip(**{f"f{number}": b"%d" % number * 1000})
        uploads[_receive(node, data)] = data

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
    assert _contents(spooled) == {f"f{number}": b"%d" % number * 1000 for number in range(12)}


def test_the_report_follows_an_upload_to_its_end(node, part10):
    image = part10(1, StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4")
    upload_id = _receive(node, _zip(IM1=image, notes=b"text"))
    nothing_yet = {"state": "unpacking", "failure": None, "files": [], "counts": {}, "promised": None}
    assert _report(node, upload_id) == nothing_yet
    unpack_upload(node, upload_id)
    assert _report(node, upload_id)["state"] == "processing"
    assert _report(node, upload_id)["counts"] == {"pending": 2}
    intake.take_in(node, list(node.spool.entries()))
    report = _report(node, upload_id)
    with node.identity.read() as session:
        study_uid = session.scalars(select(Study.study_uid)).one()
    assert report["files"] == [
        {"path": "IM1", "disposition": None, "reason": "on its way", "study_uid": study_uid},
        {"path": "notes", "disposition": "kept", "reason": "not a DICOM object", "study_uid": None},
    ]
    assert (report["state"], report["counts"]) == ("processing", {"pending": 1, "kept": 1})
    with node.identity.write() as session:
        study = session.scalars(select(Study)).one()
        study.state, study.finished_revision = "unmatched", study.wanted_revision
    report = _report(node, upload_id)
    assert (report["state"], report["files"][0]["reason"]) == ("done", "waiting for a case")
    with node.identity.write() as session:
        session.scalars(select(ReceivedObject).where(ReceivedObject.path == "IM1")).one().disposition = "published"
    assert _report(node, upload_id)["counts"] == {"published": 1, "kept": 1}


def test_the_report_of_a_broken_bundle_fails_with_its_reason_once_all_is_settled(node):
    upload_id = _receive(node, b"Rar!\x1a\x07\x01\x00", "cd.rar")
    unpack_upload(node, upload_id)
    assert _report(node, upload_id)["state"] == "processing"
    intake.take_in(node, list(node.spool.entries()))
    report = _report(node, upload_id)
    assert report["state"] == "failed"
    assert "RAR archives are not read" in report["failure"]
    assert [file["path"] for file in report["files"]] == ["cd.rar"]


def test_there_is_no_report_of_what_was_never_delivered(node):
    with node.identity.read() as session, pytest.raises(NotFound):
        upload_report(session, "0" * 32)


def test_an_import_takes_folders_files_and_archives_and_leaves_the_sources(node, spooled, tmp_path):
    (tmp_path / "disc" / "CT").mkdir(parents=True)
    (tmp_path / "disc" / "CT" / "IM1").write_bytes(b"1")
    (tmp_path / "more.zip").write_bytes(_zip(IM2=b"2"))
    (tmp_path / "IM3").write_bytes(b"3")
    seen: list[str] = []
    paths = [tmp_path / "disc", tmp_path / "more.zip", tmp_path / "IM3"]
    delivery_id = import_paths(node, paths, site="north", case_number=None, on_member=lambda m: seen.append(m.path))
    assert _contents(spooled) == {"disc/CT/IM1": b"1", "IM2": b"2", "IM3": b"3"}
    assert seen == ["disc/CT/IM1", "IM2", "IM3"]
    assert {envelope.door for envelope, _ in spooled()} == {"cli"}
    delivery = _delivery(node, delivery_id)
    assert (delivery.door, delivery.expected, delivery.failure) == ("cli", 3, None)
    assert all(path.exists() for path in paths)


def test_two_imported_folders_of_one_name_keep_their_files_apart(node, spooled, tmp_path):
    for parent in ("a", "b"):
        (tmp_path / parent / "DICOM").mkdir(parents=True)
        (tmp_path / parent / "DICOM" / "IM1").write_bytes(parent.encode())
    import_paths(node, [tmp_path / "a" / "DICOM", tmp_path / "b" / "DICOM"], site="north", case_number=None)
    assert _contents(spooled) == {"DICOM/IM1": b"a", "DICOM/IM1#2": b"b"}


def test_a_broken_off_import_says_so_and_keeps_what_came(node, spooled, tmp_path):
    (tmp_path / "IM1").write_bytes(b"1")
    (tmp_path / "IM2").write_bytes(b"2")
    with pytest.raises(KeyboardInterrupt):
        import_paths(node, [tmp_path / "IM1", tmp_path / "IM2"], site="north", case_number=None, on_member=_crash)
    with node.identity.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.expected, "run it again" in (delivery.failure or "")) == (1, True)
    assert len(spooled()) == 1


def test_an_import_of_nothing_that_is_there_begins_nothing(node, tmp_path):
    with pytest.raises(NotFound, match="no file or folder"):
        import_paths(node, [tmp_path / "absent"], site="north", case_number=None)
    with node.identity.read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_a_killed_unpacking_goes_on_and_doubles_nothing(node):
    files = {f"IM{number}": b"%d" % number for number in range(400)}
    upload_id = _receive(node, _zip(**files))
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


@pytest.mark.parametrize("name", ["zips", "tool-written-cds"])
def test_every_file_of_a_real_disc_or_zip_is_one_entry_with_its_bytes(node, spooled, shared_corpus, name):
    for bundle in sorted((shared_corpus / name).iterdir()):
        import_paths(node, [bundle], site="north", case_number=None)
        found = {envelope.path: (payload, envelope.problem) for envelope, payload in spooled()}
        assert found == {path: (data, "") for path, data in _plainly_read(bundle).items()}
        for entry in node.spool.entries():
            node.spool.remove(entry)


def _plainly_read(bundle: Path) -> dict[str, bytes]:
    if bundle.is_dir():
        return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    with zipfile.ZipFile(bundle) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}


def _report(node: Node, upload_id: str) -> dict:
    with node.identity.read() as session:
        report = upload_report(session, upload_id)
    assert (report.pop("delivery"), report.pop("site"), report.pop("door")) == (upload_id, "north", "upload")
    return report


def _crash(*_args: object, **_kwargs: object) -> None:
    raise KeyboardInterrupt


class _Hooked:
    """A spool that calls somebody before each object."""

    def __init__(self, spool: object, hook: Callable[..., None]) -> None:
        self._spool, self._hook = spool, hook

    def create(self, envelope: object) -> object:
        self._hook(envelope)
        return self._spool.create(envelope)

    def free_bytes(self) -> int:
        return self._spool.free_bytes()
