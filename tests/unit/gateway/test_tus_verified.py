"""What a process that is killed within a checksummed PATCH leaves was never verified, and never counts."""

import base64
import errno
import hashlib
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.http import tus
from gateway.uploads import pending_uploads, resumable
from gateway.uploads.resumable import (
    Promise,
    ResumedWriter,
    begin_upload,
    cancel_upload,
    sweep_expired,
    upload_progress,
)
from gateway.uploads.strays import sweep_strays
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

PROMISE = Promise(owner="token me", actor="me", site="north", case_number="", filename="disc.zip", length=10)
ROOT = Path(__file__).resolve().parents[3]
DIES = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
from config.settings import Settings
from gateway.node import open_node
from gateway.uploads.resumable import ResumedWriter

with open_node(Settings.load(Path(sys.argv[1]))) as node:
    asked = {"owner": "token me", "offset": int(sys.argv[3]), "is_doubted": sys.argv[4] == "checked"}
    writer = ResumedWriter(node, sys.argv[2], **asked)
    writer.write(sys.argv[5].encode())
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(node, upload_id: str, offset: int, how: str, data: str) -> None:
    """Let another process append to an upload and be killed before its request ends."""
    words = [sys.executable, "-c", DIES, str(node.settings.home), upload_id, str(offset), how, data]
    assert subprocess.run(words, cwd=ROOT, timeout=120, check=False).returncode == -signal.SIGKILL


def dropped(node, upload_id: str, offset: int, how: str, data: str) -> None:
    """Append to an upload and let go of its file as a process that ends does: nothing else is done any more."""
    asked = {"owner": PROMISE.owner, "offset": offset, "is_doubted": how == "checked"}
    writer = ResumedWriter(node, upload_id, **asked)
    writer.write(data.encode())
    writer._lock.close()


def stands_at(node, upload_id: str) -> int:
    return upload_progress(node, upload_id, owner=PROMISE.owner).offset


@pytest.mark.parametrize(("end", "how", "place"), [(killed, "checked", 4), (dropped, "unchecked", 7)])
def test_after_a_kill_an_upload_stands_where_it_was_verified(node, end, how, place):
    upload_id = begin_upload(node, PROMISE).upload_id
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0) as writer:
        writer.write(b"0123")
    end(node, upload_id, 4, how, "xyz")
    assert stands_at(node, upload_id) == place
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=place) as writer:
        writer.write(b"456789"[place - 4 :])
        writer.keep("me")
    assert pending_uploads(node) == [upload_id]
    assert (node.uploads / f"{upload_id}.bundle").read_bytes() == (b"0123456789" if place == 4 else b"0123xyz789")
    assert list(node.uploads.glob("*.verified")) == []


def test_an_upload_that_is_whole_but_not_verified_becomes_no_bundle_and_goes_when_its_time_is_over(node):
    upload_id = begin_upload(node, PROMISE).upload_id
    dropped(node, upload_id, 0, "checked", "0123456789")
    assert stands_at(node, upload_id) == 0
    node.clock.advance(timedelta(hours=node.settings.uploads.resumable_hours))
    assert sweep_expired(node) == 1
    assert pending_uploads(node) == []
    assert list(node.uploads.iterdir()) == []


def test_a_mark_goes_with_its_upload_and_one_without_an_upload_is_swept(node):
    upload_id = begin_upload(node, PROMISE).upload_id
    dropped(node, upload_id, 0, "checked", "01")
    cancel_upload(node, upload_id, owner=PROMISE.owner)
    assert list(node.uploads.iterdir()) == []
    (node.uploads / f"{'a' * 32}.verified").write_text("3\n")
    assert sweep_strays(node) == 1


def test_a_mark_that_is_not_whole_says_nothing(node):
    upload_id = begin_upload(node, PROMISE).upload_id
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0) as writer:
        writer.write(b"0123")
    for text in ("", "2", "two\n"):
        (node.uploads / f"{upload_id}.verified").write_text(text)
        assert stands_at(node, upload_id) == 4


def test_over_http_a_checksum_that_holds_counts_and_one_that_does_not_leaves_nothing(node):
    app = FastAPI()
    app.include_router(tus.make_router(node))
    install_problem_handlers(app)
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="clerk")
    client = TestClient(app, headers={"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"})
    begun = client.post("/intake/tus?site=north", headers={"Upload-Length": "10"})
    place = begun.headers["Location"]

    def append(data: bytes, at: int, meant: bytes) -> int:
        checksum = base64.b64encode(hashlib.sha256(meant).digest()).decode()
        chunk = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
        return client.patch(place, content=data, headers={**chunk, "Upload-Checksum": f"sha256 {checksum}"}).status_code

    assert append(b"0123", 0, b"0123") == 204
    assert append(b"45", 4, b"other") == 460
    assert client.head(place).headers["Upload-Offset"] == "4"
    assert list(node.uploads.glob("*.verified")) == []
    assert append(b"456789", 4, b"456789") == 204
    assert len(pending_uploads(node)) == 1


@pytest.mark.parametrize("step", ["cut_unverified", "mark_verified"])
def test_an_upload_that_could_not_be_marked_for_want_of_room_is_not_busy_afterwards(node, monkeypatch, step):
    upload_id = begin_upload(node, PROMISE).upload_id

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(resumable, step, full)
        with pytest.raises(OSError, match="no room") as failed:
            ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0, is_doubted=True)
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0, is_doubted=True) as writer:
        writer.write(b"0")
    assert failed.value.errno == errno.ENOSPC


def test_what_is_taken_back_is_off_the_disk_before_the_mark_is(node, monkeypatch):
    upload_id = begin_upload(node, PROMISE).upload_id
    done: list[str] = []
    for module, name in ((os, "ftruncate"), (os, "fsync"), (resumable, "forget_mark")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, real=real, name=name: (done.append(name), real(*args))[1])
    with ResumedWriter(node, upload_id, owner=PROMISE.owner, offset=0, is_doubted=True) as writer:
        writer.write(b"bad")
        done.clear()
        writer.take_back()
        assert done[:3] == ["ftruncate", "fsync", "forget_mark"]
