"""Acknowledged means durable: kill -9 of any process loses nothing that was acknowledged and doubles nothing.

The tests go on with one node in their order: what one of them leaves behind is part of what the next one finds.
"""

import io
import os
import random
import shutil
import socket
import threading
import time
import zipfile
from contextlib import contextmanager

import pytest
from pydicom import dcmread

from config.blobs import LocalFolder
from gateway.sender import send_files
from sample_studies import ct_series

ROUNDS = int(os.environ.get("OVERREAD_ROUNDS", "5"))
"""How many processes are killed during the push."""
SENDERS, EACH_ROUND, AHEAD = 4, 60, 70
COUNT = ROUNDS * EACH_ROUND + 2 * AHEAD

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900 + 40 * ROUNDS)]


class Senders:
    """Modalities that push a series together, each its share, and go on after every broken association.

    They pause, in the middle of their associations, once they got `pause_at` acknowledgments between them.
    """

    def __init__(self, node, files):
        self._node, self._left = node, dict(files)
        self.pause_at, self.acknowledged, self.broken = 0, [], 0
        self._halt = threading.Event()
        shares = [list(self._left)[number::SENDERS] for number in range(SENDERS)]
        self._threads = [threading.Thread(target=self._send, args=(share,), daemon=True) for share in shares]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._halt.set()
        for thread in self._threads:
            thread.join(60)

    def reached(self, count):
        return len(self.acknowledged) >= count

    def finish(self):
        """Wait until everything was acknowledged."""
        self.pause_at = COUNT + 1
        for thread in self._threads:
            thread.join(240)
        assert not self._left

    def _send(self, share):
        while (files := [self._left[uid] for uid in share if uid in self._left]) and not self._halt.is_set():
            ports = [self._node.current_port(name) for name in self._node.pids() if name.startswith("scp")]
            if not any(ports):
                self._halt.wait(0.1)
                continue
            port = next(filter(None, ports))  # all receivers listen on one
            done = send_files("127.0.0.1", port, called_ae="OVERREAD", calling_ae="NORTHFIELD", files=files,
                              timeout=10, on_progress=self._hear)  # fmt: skip
            self.broken += not done.ok

    def _hear(self, result):
        if result.status == 0x0000:
            self.acknowledged.append(result.sop_instance_uid)
            self._left.pop(result.sop_instance_uid, None)
        while len(self.acknowledged) >= self.pause_at and not self._halt.wait(0.01):
            pass


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Return the files of a series by their SOP Instance UIDs."""
    paths = ct_series(tmp_path_factory.mktemp("series"), count=COUNT, rows=64, seed=9)
    return {str(dcmread(path, stop_before_pixels=True).SOPInstanceUID): path for path in paths}


@pytest.fixture(scope="module")
def open_node(live_node):
    live_node.do("site", "set", "northfield", "--require-case", "no")
    return live_node


def test_kill_9_of_every_process_while_four_push_loses_no_acknowledged_instance(open_node, series):
    node, chance, victims = open_node, random.Random(ROUNDS), []
    everybody = [*sorted(node.pids()), "supervisor"]
    with Senders(node, series) as senders:
        for turn in range(ROUNDS):
            senders.pause_at = (turn + 1) * EACH_ROUND + AHEAD  # so that the push is never over before the last kill
            instant = turn * EACH_ROUND + chance.randrange(1, EACH_ROUND)
            node.wait_until(lambda instant=instant: senders.reached(instant), "the next victim's time has come")
            if not victims:
                victims = chance.sample(everybody, len(everybody))
            victim = victims.pop()
            node.wait_until(lambda victim=victim: victim in {*node.pids(), "supervisor"}, f"{victim} is up")
            time.sleep(chance.random() / 50)  # anywhere within an instance
            node.kill9(victim)
            if victim == "supervisor":
                node.restart()
        senders.finish()
    assert senders.broken, "a kill was felt by the senders"
    node.wait_idle()
    _everything_is_published_once(node, series)
    node.wait_until(lambda: len(node.processes()) == len(everybody), "no orphan is left")


def test_a_role_whose_supervisor_died_before_it_was_up_ends_by_itself(prepared, overread_process, tmp_path):
    home = shutil.copytree(prepared.home, tmp_path / "home")
    orphan = overread_process(home, "serve", "--role", "worker", OVERREAD_SUPERVISED="1")
    assert orphan.wait(240) == 0


def test_kill_9_of_the_worker_in_the_pipeline_publishes_everything_once(open_node, tmp_path):
    node, late = open_node, {}

    def push():
        paths = ct_series(tmp_path / str(len(late)), count=120, rows=64, seed=1000 + len(late))
        result = send_files("127.0.0.1", node.port("scp"), called_ae="OVERREAD", calling_ae="NORTHFIELD", files=paths)
        assert result.ok
        late.update({str(dcmread(path, stop_before_pixels=True).SOPInstanceUID): path for path in paths})

    push()
    for query in (
        "select 1 from study where started_revision > finished_revision",
        "select 1 from received_object where derived_blob is not null and disposition is null",
    ):
        while not _is_met(node, query):
            push()
        node.kill9("worker")
        node.wait_until(lambda: "worker" in node.pids(), "the worker is back")
    node.wait_idle()
    _everything_is_published_once(node, late)


def test_kill_9_of_the_http_door_in_the_middle_of_a_resumable_upload_loses_and_doubles_nothing(open_node, tmp_path):
    node = open_node
    paths = ct_series(tmp_path / "disc", count=24, rows=256, seed=11)
    bundle = _stored_zip(paths)
    with node.http("coordinator") as desk:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(bundle))}
        location = desk.post("/intake/tus?site=northfield", headers=headers).headers["Location"]
    growing = node.home / "uploads" / f"{location.rpartition('/')[2]}.growing"
    for sixths in (2, 5):  # parts of more than a MiB, which is written at once; the kill is in the middle of a request
        offset = _offset(node, location)
        some = bundle[offset : len(bundle) * sixths // 6]
        with _sending(node, location, offset, some, announced=len(bundle) - offset):
            node.wait_until(lambda before=offset: growing.stat().st_size > before, "some of it is on disk")
            node.kill9("http")
    offset = _offset(node, location)
    assert len(bundle) // 3 - (1 << 20) < offset < len(bundle)
    with node.http("coordinator") as desk:
        rest = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset)}
        rest["Content-Type"] = "application/offset+octet-stream"
        assert desk.patch(location, content=bundle[offset:], headers=rest).status_code == 204
    node.kill9("http")
    node.wait_until(lambda: "http" in node.pids(), "the door is back")
    assert _offset(node, location) == len(bundle)
    report = f"/intake/uploads/{location.rpartition('/')[2]}"
    with node.http("coordinator") as desk:
        node.wait_until(lambda: desk.get(report).json()["state"] == "done", "every file has its verdict")
        files = desk.get(report).json()["files"]
    assert sorted(each["path"] for each in files) == sorted(path.name for path in paths)
    _everything_is_published_once(node, {str(dcmread(p, stop_before_pixels=True).SOPInstanceUID): p for p in paths})
    assert list((node.home / "uploads").iterdir()) == []


def test_a_read_signed_just_before_a_kill_9_is_charged_once_and_answered_once(open_node, hospital, series):
    node = open_node
    original = str(dcmread(next(iter(series.values())), stop_before_pixels=True).StudyInstanceUID)
    ((study_uid,),) = node.rows("identity", "select study_uid from study where study_instance_uid = ?", original)
    with node.http("reader") as reader:
        items = reader.get("/api/worklist", params={"limit": 100}).json()["items"]
        (item,) = [each for each in items if each["study_uid"] == study_uid]
        address = f"/api/worklist/{item['id']}"
        reader.post(f"{address}/claim").raise_for_status()
        reader.post(f"{address}/read", json={"findings": "None.", "impression": "Normal."}).raise_for_status()
        reader.post(f"{address}/sign").raise_for_status()
        node.kill9("worker")
        assert reader.post(f"{address}/sign").status_code == 409, "a read is signed once"
    node.wait_until(lambda: len(hospital.received(original)) >= 2, "the answer arrives")
    node.wait_until(lambda: node.rows("identity", "select 1 from return_job where state = 'sent'"), "it is recorded")
    assert node.rows("reading", "select count(*), sum(amount_minor) from charge") == [(1, 30000)]
    received = {(each.Modality, str(each.SOPInstanceUID)) for each in hospital.received(original)}
    assert sorted(modality for modality, _ in received) == ["DOC", "SR"]


def _is_met(node, query):
    """Wait for a state of the work; False when all was done before it was seen."""
    while not node.rows("identity", query):
        if node.is_idle():
            return False
        time.sleep(0.01)
    return True


def _stored_zip(paths):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in paths:
            archive.write(path, path.name)
    return target.getvalue()


def _offset(node, location):
    """Return where an upload stands, asked of the door that runs now."""
    with node.http("coordinator") as desk:
        answer = desk.head(location, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


@contextmanager
def _sending(node, location, offset, some, *, announced):
    """Begin a request that appends `announced` bytes and send `some` of them; it never ends by itself."""
    lines = [
        f"PATCH {location} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {node.tokens['coordinator']}",
        "Tus-Resumable: 1.0.0",
        f"Upload-Offset: {offset}",
        "Content-Type: application/offset+octet-stream",
        f"Content-Length: {announced}",
    ]
    with socket.create_connection(("127.0.0.1", node.port("http"))) as sender:
        sender.sendall("\r\n".join([*lines, "", ""]).encode() + some)
        yield


def _everything_is_published_once(node, series):
    uids = sorted(series)
    marks = ",".join("?" * len(uids))
    rows = node.rows(
        "identity",
        f"select sop_instance_uid, disposition, derived_uid, derived_blob from received_object "
        f"where sop_instance_uid in ({marks})",
        *uids,
    )
    published = [row for row in rows if row[1] == "published"]
    assert sorted(row[0] for row in published) == uids
    assert {row[1] for row in rows} <= {"published", "duplicate"}
    derived = sorted(row[2] for row in published)
    assert len(set(derived)) == len(derived)
    marks = ",".join("?" * len(derived))
    served = node.rows(
        "reading", f"select sop_instance_uid, blob, bytes from published_instance where sop_instance_uid in ({marks})",
        *derived,
    )  # fmt: skip
    assert sorted(row[0] for row in served) == derived
    published_blobs = LocalFolder(node.home / "published")
    for _, blob, size in served:
        assert published_blobs.path(blob).stat().st_size == size
    for folder in ("new", "tmp"):
        assert list((node.home / "spool" / folder).iterdir()) == []
    assert [path for path in (node.home / "staging").rglob("*") if path.is_file()] == []
