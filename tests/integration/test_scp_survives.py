"""Acknowledged means durable: kill -9 at any instant, a full disk, an object larger than may be held in memory."""

import hashlib
import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import encode

from config.identifiers import AETitle
from config.settings import Dicom, Settings
from gateway.outgoing import read_outgoing
from gateway.sender import send_files
from scp.peers import SiteRule, write_peers
from scp.server import run_scp
from scp.spool import Spool

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["-aet", "NORTH", "-aec", "OVERREAD"]


@pytest.fixture
def door(tmp_path):
    """Return a starter of the door as a process; it gives the process and its port."""
    running = []

    def start(*arguments, home=tmp_path / "home"):
        home.mkdir(exist_ok=True)
        program = str(Path(__file__).with_name("run_scp_process.py"))
        process = subprocess.Popen(
            [sys.executable, program, str(home), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        running.append(process)
        line = process.stdout.readline()
        assert line, "the door did not open"
        return process, int(line)

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def instances(spool):
    return [spool.open(entry)[0].sop_instance_uid for entry in spool.entries()]


def acknowledged(output):
    """Return the files that storescu saw acknowledged, in its verbose output."""
    sent, found = None, []
    for line in output.splitlines():
        if match := re.search(r"Sending file: (.*)", line):
            sent = match.group(1).strip()
        elif "Received Store Response (Success)" in line and sent:
            found.append(sent)
            sent = None
    return found


@pytest.fixture
def series(tmp_path, part10):
    """Return a folder of 300 objects, alike but for their UIDs."""
    folder = tmp_path / "series"
    folder.mkdir()
    first = part10(100, PixelData=bytes(60_000))
    uid = str(dcmread(BytesIO(first)).SOPInstanceUID)
    for number in range(100, 400):
        (folder / f"{number}.dcm").write_bytes(first.replace(uid.encode(), f"{uid[:-3]}{number}".encode()))
    return folder


@pytest.mark.foreign
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_acknowledged_instance_survives_kill_9_once(door, foreign_program, tmp_path, series, seed):
    threshold = random.Random(seed).randrange(5, 120)
    process, port = door(threshold)
    done = subprocess.run(
        [foreign_program("storescu"), "-v", *NAMES, "127.0.0.1", str(port), "+sd", str(series)],
        stderr=subprocess.STDOUT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TCP_NODELAY": "1"},
        timeout=240,
        check=False,
    )
    assert process.wait(60) == -signal.SIGKILL
    spool = Spool(tmp_path / "home" / "spool")
    seen = [read_outgoing(Path(path)).sop_instance_uid for path in acknowledged(done.stdout)]
    assert len(seen) >= threshold - 1, done.stdout[-500:]
    assert len(seen) < 300
    again, _ = door()
    kept = instances(spool)
    assert len(kept) == len(set(kept))
    assert set(seen) <= set(kept)
    assert len(kept) - len(seen) <= 1  # the one whose response was on its way
    assert list((spool.root / "tmp").iterdir()) == []
    for entry in spool.entries():
        with spool.open(entry)[1] as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == entry.digest
    again.terminate()
    assert again.wait(60) == 0


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 2 MiB."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not permitted here")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


@pytest.mark.parametrize("reserve", [0, 800_000])
def test_a_full_disk_answers_out_of_resources_and_the_association_lives_on(small_disk, part10, reserve):
    settings = Settings(home=small_disk, dicom=Dicom(port=0, reserve_bytes=reserve))
    write_peers(settings.peers_file, [SiteRule("north", (AETitle("NORTH"),))])
    stop, up, ports = threading.Event(), threading.Event(), []
    thread = threading.Thread(
        target=run_scp,
        args=(settings,),
        kwargs={"stop": stop, "ready": lambda port: (ports.append(port), up.set())},
        daemon=True,
    )
    thread.start()
    assert up.wait(60)
    files = [part10(number, PixelData=bytes(400_000)) for number in range(8)] + [part10(99)]
    result = send_files("127.0.0.1", ports[0], called_ae="OVERREAD", calling_ae="NORTH", files=files)
    statuses = [item.status for item in result.objects]
    spool = Spool(settings.spool)
    assert result.reason == "", "the association lives on"
    assert statuses[0] == 0x0000
    assert 0xA700 in statuses
    assert spool.count() == statuses.count(0x0000)
    assert list((spool.root / "tmp").iterdir()) == []
    if reserve:
        assert spool.free_bytes() > reserve - 410_000, "it is told before the disk is full"
    else:
        assert statuses[-1] == 0x0000, "a small one still fits"
    assert len({spool.open(entry)[0].delivery for entry in spool.entries()}) == 1
    stop.set()
    thread.join(60)


def resident(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


@pytest.mark.slow
def test_a_large_object_is_received_in_constant_memory(door, tmp_path, part10):
    process, port = door()
    ae = AE("NORTH")
    ae.dimse_timeout = ae.network_timeout = 240
    ae.add_requested_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")
    association = ae.associate("127.0.0.1", port, ae_title="OVERREAD")
    before = resident(process)
    whole = part10(1)
    head = whole[read_outgoing(whole).offset :]
    head = head[: head.index(b"\xe0\x7f\x10\x00")]
    pixels = 160 * 1024 * 1024
    request = C_STORE()
    request.MessageID, request.Priority = 1, 2
    request.AffectedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    request.AffectedSOPInstanceUID = "1.2.826.0.1.3680043.10.1.1"
    request.DataSet = BytesIO(b"x")
    message = C_STORE_RQ()
    message.primitive_to_message(request)
    command = encode(message.command_set, True, True)
    context = association.accepted_contexts[0].context_id
    peer = association.dul.socket.socket

    def send(control, body):
        item = struct.pack(">LBB", len(body) + 2, context, control) + body
        peer.sendall(b"\x04\x00" + struct.pack(">L", len(item)) + item)

    association._reactor_checkpoint.clear()
    send(3, command)
    send(0, head + struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, pixels))
    block = bytes(131072 - 6)
    sent = 0
    while sent < pixels:
        piece = block[: min(len(block), pixels - sent)]
        sent += len(piece)
        send(2 if sent == pixels else 0, piece)
    _, response = association.dimse.get_msg(block=True)
    association._reactor_checkpoint.set()
    association.release()
    assert response.Status == 0x0000
    spool = Spool(tmp_path / "home" / "spool")
    (entry,) = spool.entries()
    assert entry.path.stat().st_size > pixels
    assert resident(process) - before < 16 * 1024 * 1024
