"""What a killed process or a cancelled request leaves of a resumable upload is neither lost nor spoilt."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from config.errors import Conflict, Forbidden
from gateway.portal.links import make_link
from gateway.uploads import pending_uploads, resumable
from gateway.uploads.owners import use_link
from gateway.uploads.resumable import Promise, ResumedWriter, begin_upload, sweep_expired

PROMISE = Promise(owner="token me", actor="me", site="north", case_number="", filename="disc.zip", length=10)


@pytest.mark.parametrize("is_late", [True, False])
def test_a_whole_upload_that_a_killed_process_left_becomes_a_bundle_and_is_not_swept(node, is_late):
    upload_id = begin_upload(node, PROMISE).upload_id
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0) as writer:
        writer.write(b"0123456789")
    growing = node.uploads / f"{upload_id}.growing"
    os.utime(growing, (node.clock().timestamp(),) * 2)
    assert (sweep_expired(node), pending_uploads(node)) == (0, []), "its sender may still end it, with its password"
    if is_late:
        os.utime(growing)
        node.clock.advance(timedelta(hours=node.settings.uploads.resumable_hours))
    else:
        node.clock.advance(timedelta(hours=1))
    assert (sweep_expired(node), pending_uploads(node)) == (0, [upload_id])
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == b"0123456789"


def cancelled(writer: ResumedWriter, work: Callable[[], object], begun: threading.Event, goes_on: threading.Event):
    """Let a request end while a thread of it is still at work in its writer; a stranger's file is opened behind it."""
    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)

    def end() -> None:
        writer.take_back()
        writer.close()

    ending = threading.Thread(target=end)
    ending.start()
    ending.join(0.5)  # it waits for the thread that is at work
    stranger = os.memfd_create("stranger")
    goes_on.set()
    for each in (thread, ending):
        each.join(60)
        assert not each.is_alive()
    size = os.fstat(stranger).st_size
    os.close(stranger)
    return size


def test_a_request_that_is_cancelled_while_its_bundle_is_made_takes_nothing_off_it(node):
    upload_id, begun, goes_on = begin_upload(node, PROMISE).upload_id, threading.Event(), threading.Event()
    writer = ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0)
    writer.write(b"0123456789")

    def slow(_: str) -> None:
        begun.set()
        assert goes_on.wait(60)

    cancelled(writer, lambda: writer.keep("me", slow), begun, goes_on)
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == b"0123456789"


def test_a_request_that_is_cancelled_while_it_writes_writes_into_no_other_file_and_nothing_after_its_end(
    node, monkeypatch
):
    upload_id, begun, goes_on = begin_upload(node, PROMISE).upload_id, threading.Event(), threading.Event()
    writer, write_all = ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0), resumable.write_all

    def slow(descriptor: int, data: bytes) -> None:
        begun.set()
        assert goes_on.wait(60)
        write_all(descriptor, data)

    monkeypatch.setattr(resumable, "write_all", slow)
    assert cancelled(writer, lambda: writer.write(b"01234"), begun, goes_on) == 0
    assert (node.uploads / f"{upload_id}.growing").read_bytes() == b""
    for late in (lambda: writer.write(b"56789"), lambda: writer.keep("me")):
        with pytest.raises(Conflict):
            late()
    ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0).close()


def test_an_upload_that_took_the_links_use_and_was_killed_is_kept_and_one_that_came_after_it_goes(
    node, case_number, monkeypatch
):
    made = make_link(node, case_number, days=14, single_use=True, actor="test")
    link_id = made["url"].rpartition("/")[2].partition("-")[0]
    promise = replace(PROMISE, owner=f"link {link_id}", case_number=case_number)
    first, second = (begin_upload(node, promise).upload_id for _ in range(2))

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    def send(upload_id: str) -> None:
        with ResumedWriter(node, upload_id, owner=promise.owner, offset=0) as writer:
            writer.write(b"0123456789")
            writer.keep("upload link", lambda whole: use_link(node, link_id, whole))

    with monkeypatch.context() as patched:
        patched.setattr(resumable, "_make_bundle", die)
        with pytest.raises(RuntimeError):
            send(first)
    with pytest.raises(Forbidden):
        send(second)
    node.clock.advance(timedelta(hours=node.settings.uploads.resumable_hours))
    assert sweep_expired(node) == 1
    assert pending_uploads(node) == [first]
    assert list(node.uploads.glob("*.growing")) == []
