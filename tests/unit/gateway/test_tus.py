"""Resumable uploads speak tus 1.0.0, keep what came, and become bundles like any other."""

import base64
import errno
import hashlib
import io
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pyzipper
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from config.errors import Conflict, StorageFull
from gateway.http.bundle_password import HEADER
from gateway.http.tus import make_router
from gateway.models import Delivery
from gateway.node import Node
from gateway.upload_models import ResumableUpload
from gateway.uploads import pending_uploads, resumable, unpack_upload
from gateway.uploads.resumable import Busy, Promise, ResumedWriter, begin_upload, sweep_expired
from gateway.uploads.unpacking import unpack_locked
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}
PROMISE = Promise(owner="token me", actor="me", site="north", case_number="", filename="disc.zip", length=10)


@pytest.fixture
def app(node: Node) -> FastAPI:
    app = FastAPI()
    app.include_router(make_router(node))
    install_problem_handlers(app)
    return app


@pytest.fixture
def client(node: Node, app: FastAPI) -> TestClient:
    """Return a coordinator's client."""
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="clerk")
    return TestClient(app, headers={"Authorization": f"Bearer {token}", **TUS})


def encrypted_zip(password: str, **files: bytes) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def create(client: TestClient, length: int, **headers: str) -> str:
    answer = client.post("/intake/tus?site=north", headers={"Upload-Length": str(length), **headers})
    assert answer.status_code == 201
    return answer.headers["Location"]


def append(client: TestClient, location: str, offset: int, data: bytes, **headers: str | bytes):
    return client.patch(location, content=data, headers={**CHUNK, "Upload-Offset": str(offset), **headers})


def small_disk(node: Node, **dicom: int) -> Node:
    return replace(
        node, settings=node.settings.model_copy(update={"dicom": node.settings.dicom.model_copy(update=dicom)})
    )


def test_an_upload_in_two_parts_becomes_a_bundle_with_its_name(node, client):
    name = base64.b64encode("C:\\Fotos\\Süd.zip".encode()).decode()
    location = create(client, 10, **{"Upload-Metadata": f"filename {name},empty"})
    first = append(client, location, 0, b"01234")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "5")
    looked = client.head(location)
    assert (looked.headers["Upload-Offset"], looked.headers["Upload-Length"]) == ("5", "10")
    assert looked.headers["Cache-Control"] == "no-store"
    assert pending_uploads(node) == []
    assert append(client, location, 5, b"56789").headers["Upload-Offset"] == "10"
    [upload_id] = pending_uploads(node)
    assert location.endswith(upload_id)
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == b"0123456789"
    assert '"S\\u00fcd.zip"' in (node.uploads / f"{upload_id}.json").read_text()
    assert client.head(location).headers["Upload-Offset"] == "10"


def test_every_answer_bears_the_version_and_another_version_is_refused(client):
    location = create(client, 10)
    for answer in (client.options("/intake/tus"), client.head(location), append(client, location, 3, b"x")):
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    refused = client.head(location, headers={"Tus-Resumable": "0.2.2"})
    assert (refused.status_code, refused.headers["Tus-Version"]) == (412, "1.0.0")
    offered = client.options("/intake/tus", headers={"Tus-Resumable": ""})
    assert offered.headers["Tus-Extension"] == "creation,termination,expiration,checksum"


def test_an_offset_where_the_node_does_not_stand_is_a_conflict_that_changes_nothing(client):
    location = create(client, 10)
    assert append(client, location, 0, b"012").status_code == 204
    assert append(client, location, 5, b"567").status_code == 409
    assert append(client, location, 0, b"012").status_code == 409
    assert client.head(location).headers["Upload-Offset"] == "3"


def test_more_than_was_announced_another_media_type_and_nothing_at_all_are_refused(client):
    location = create(client, 3)
    assert append(client, location, 0, b"0123").status_code == 413
    assert append(client, location, 0, b"012", **{"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/intake/tus?site=north", headers={"Upload-Length": "0"}).status_code == 400
    assert client.post("/intake/tus?site=north").status_code == 400
    assert client.post("/intake/tus?site=nowhere", headers={"Upload-Length": "3"}).status_code == 404


def test_a_part_that_does_not_fit_its_checksum_is_dropped(client):
    location = create(client, 6)
    right = base64.b64encode(hashlib.sha256(b"abc").digest()).decode()
    wrong = append(client, location, 0, b"abd", **{"Upload-Checksum": f"sha256 {right}"})
    assert (wrong.status_code, client.head(location).headers["Upload-Offset"]) == (460, "0")
    assert append(client, location, 0, b"abc", **{"Upload-Checksum": f"sha256 {right}"}).status_code == 204
    assert append(client, location, 3, b"def", **{"Upload-Checksum": "crc32 AAAA"}).status_code == 400


def test_cancelling_leaves_nothing_and_a_whole_upload_cannot_be_cancelled(node, client):
    location = create(client, 6)
    append(client, location, 0, b"abc")
    assert client.delete(location).status_code == 204
    assert list(node.uploads.iterdir()) == []
    assert client.head(location).status_code == 404
    whole = create(client, 3)
    append(client, whole, 0, b"abc")
    assert client.delete(whole).status_code == 404
    assert len(pending_uploads(node)) == 1


def test_another_persons_upload_is_not_there(node, app, client):
    location = create(client, 6)
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="somebody else")
    other = TestClient(app, headers={"Authorization": f"Bearer {token}", **TUS})
    assert other.head(location).status_code == 404
    assert append(other, location, 0, b"x").status_code == 404
    assert TestClient(app).head(location).status_code == 401


def test_an_upload_that_would_use_up_the_disk_is_refused_before_a_byte_comes(node):
    free = os.statvfs(node.settings.home)
    free_bytes = free.f_bavail * free.f_frsize
    cramped = small_disk(node, reserve_bytes=max(free_bytes - (1 << 30), 0))
    with pytest.raises(StorageFull):
        begin_upload(cramped, replace(PROMISE, length=5 << 30))
    assert list(node.uploads.iterdir()) == []


def test_what_was_promised_before_counts_against_the_room(node):
    free = os.statvfs(node.settings.home)
    cramped = small_disk(node, reserve_bytes=max(free.f_bavail * free.f_frsize - (1 << 30), 0))
    begin_upload(cramped, replace(PROMISE, length=600 << 20))
    with pytest.raises(StorageFull):
        begin_upload(cramped, replace(PROMISE, length=600 << 20))


def test_a_disk_that_fills_meanwhile_refuses_more_and_what_came_stays_resumable(node, client):
    location = create(client, 10)
    assert append(client, location, 0, b"01234").status_code == 204
    full = FastAPI()
    full.include_router(make_router(small_disk(node, reserve_bytes=1 << 60)))
    install_problem_handlers(full)
    crowded = TestClient(full, headers=dict(client.headers))
    refused = append(crowded, location, 5, b"5")
    assert refused.status_code == 507
    assert "dicom.reserve_bytes" in refused.json()["detail"]
    assert crowded.head(location).headers["Upload-Offset"] == "5"
    assert append(client, location, 5, b"56789").status_code == 204
    [upload_id] = pending_uploads(node)
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == b"0123456789"


def test_a_disk_that_is_full_in_the_middle_of_a_write_keeps_what_it_took(node, client, monkeypatch):
    location, real = create(client, 10), os.writev

    def nearly_full(descriptor: int, pieces: list[memoryview]) -> int:
        data = b"".join(pieces)
        if data == b"0123456789":
            return real(descriptor, [data[:4]])
        if data == b"456789":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, pieces)

    monkeypatch.setattr(os, "writev", nearly_full)
    assert append(client, location, 0, b"0123456789").status_code == 507
    assert client.head(location).headers["Upload-Offset"] == "4"
    assert append(client, location, 4, b"4").status_code == 204


def test_one_sender_may_have_so_many_uploads_open_and_no_more(node):
    uploads = node.settings.uploads.model_copy(update={"maximum_open": 1})
    few = replace(node, settings=node.settings.model_copy(update={"uploads": uploads}))
    begun = begin_upload(few, PROMISE)
    with pytest.raises(Conflict, match=r"uploads\.maximum_open"):
        begin_upload(few, PROMISE)
    begin_upload(few, replace(PROMISE, owner="somebody else"))
    with ResumedWriter(few, begun.upload_id, owner=PROMISE.owner, offset=0) as writer:
        writer.write(b"0123456789")
        writer.keep("me")
    begin_upload(few, PROMISE)


def test_a_second_writer_hears_that_another_is_at_it(node):
    upload_id = begin_upload(node, PROMISE).upload_id
    writer = ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0)
    with pytest.raises(Busy):
        ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0)
    writer.close()
    ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0).close()


def test_a_process_killed_before_the_last_step_leaves_an_upload_that_the_next_look_completes(node, client):
    location = create(client, 6)
    upload_id = location.rpartition("/")[2]
    writer = ResumedWriter(node, upload_id, owner="token clerk", offset=0)
    writer.write(b"abcdef")
    writer.close()  # as a kill does: everything came, nothing was renamed
    assert pending_uploads(node) == []
    assert client.head(location).headers["Upload-Offset"] == "6"
    assert pending_uploads(node) == [upload_id]
    with node.identity.read() as session:
        assert session.get_one(Delivery, upload_id).site == "north"


def test_a_process_killed_between_rename_and_row_is_made_good_by_the_worker(node, client, monkeypatch):
    location = create(client, 3)

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(resumable, "open_delivery", die)
    assert append(client, location, 0, b"abc").status_code == 500
    monkeypatch.undo()
    assert pending_uploads(node) == [location.rpartition("/")[2]]
    assert client.head(location).headers["Upload-Offset"] == "3"


def test_a_failure_behind_the_last_part_with_a_checksum_takes_nothing_off_the_bundle(node, client, monkeypatch):
    location = create(client, 10)
    assert append(client, location, 0, b"01234").status_code == 204

    def locked(*_: object) -> None:
        raise RuntimeError("database is locked")

    monkeypatch.setattr(resumable, "open_delivery", locked)
    right = base64.b64encode(hashlib.sha256(b"56789").digest()).decode()
    assert append(client, location, 5, b"56789", **{"Upload-Checksum": f"sha256 {right}"}).status_code == 500
    monkeypatch.undo()
    assert client.head(location).headers["Upload-Offset"] == "10"
    [upload_id] = pending_uploads(node)
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == b"0123456789"


@pytest.mark.parametrize("killed_before_the_last_step", [False, True])
def test_a_password_opens_the_bundle_and_is_written_nowhere(node, client, spooled, killed_before_the_last_step):
    password, bundle = "fünf Wörter", encrypted_zip("fünf Wörter", IM1=b"image")
    headers = {HEADER: password.encode()}
    location = create(client, len(bundle))
    if killed_before_the_last_step:
        with ResumedWriter(node, location.rpartition("/")[2], owner="token clerk", offset=0) as writer:
            writer.write(bundle)
        client.head(location, headers=headers)
    else:
        assert append(client, location, 0, bundle[:20], **headers).status_code == 204
        assert append(client, location, 20, bundle[20:], **headers).status_code == 204
    wait_until(lambda: not list(node.uploads.iterdir()))
    assert [(envelope.path, payload) for envelope, payload in spooled()] == [("IM1", b"image")]
    files = [path for path in node.settings.home.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if password.encode() in path.read_bytes()] == []


def test_nobody_unpacks_a_bundle_while_the_one_who_has_its_password_does(node, client, monkeypatch):
    begun, goes_on = threading.Event(), threading.Event()

    def slow(*arguments, **options):
        begun.set()
        assert goes_on.wait(60)
        return unpack_locked(*arguments, **options)

    monkeypatch.setattr(resumable, "unpack_locked", slow)
    bundle = encrypted_zip("secret", IM1=b"image")
    location = create(client, len(bundle))
    assert append(client, location, 0, bundle, **{HEADER: "secret"}).status_code == 204
    assert begun.wait(60)
    [upload_id] = pending_uploads(node)
    assert unpack_upload(node, upload_id) == 0
    goes_on.set()
    wait_until(lambda: not list(node.uploads.iterdir()))


def test_file_names_of_whole_uploads_go_when_their_time_is_over_and_who_may_have_a_receipt_stays(node, client):
    append(client, create(client, 3, **{"Upload-Metadata": "filename bmFtZQ=="}), 0, b"abc")
    begun = begin_upload(node, replace(PROMISE, owner="link 1", filename="Planted.zip"))
    with ResumedWriter(node, begun.upload_id, owner="link 1", offset=0) as writer:
        writer.write(b"0123456789")
        writer.keep("upload link")

    def rows() -> set[tuple[str, str]]:
        with node.identity.read() as session:
            return {(row.owner, row.filename) for row in session.scalars(select(ResumableUpload))}

    sweep_expired(node)
    assert rows() == {("token clerk", "name"), ("link 1", "Planted.zip")}
    node.clock.advance(timedelta(hours=node.settings.uploads.resumable_hours))
    sweep_expired(node)
    assert rows() == {("link 1", "")}
    assert len(pending_uploads(node)) == 2


def test_an_upload_whose_time_is_over_is_swept(node, client):
    location = create(client, 6)
    assert "GMT" in client.head(location).headers["Upload-Expires"]
    assert sweep_expired(node) == 0
    node.clock.advance(timedelta(hours=node.settings.uploads.resumable_hours))
    assert sweep_expired(node) == 1
    assert client.head(location).status_code == 404
