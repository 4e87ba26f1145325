"""Objects in each transfer syntax, a relay that hears what is sent of them, and senders that take some preparing."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from .wire_tap import COMPRESSED, Tap, run

DCMJS = "dcmjs-dimse@0.3.3"


@pytest.fixture
def tap():
    taps = []

    def make(port):
        taps.append(Tap(port))
        return taps[-1]

    yield make
    for item in taps:
        item.close()


@pytest.fixture
def files(tmp_path, part10):
    """Write small objects in each transfer syntax; return their paths."""
    folder = tmp_path / "files"
    folder.mkdir()
    paths = []
    for number, syntax in enumerate(["1.2.840.10008.1.2.1", ImplicitVRLittleEndian, ExplicitVRBigEndian, *COMPRESSED]):
        pixels = encapsulate([bytes(range(256)) * 700]) if syntax in COMPRESSED else bytes(512)
        paths.append(folder / f"{number}.dcm")
        paths[-1].write_bytes(part10(number, transfer_syntax=syntax, PixelData=pixels))
    return paths


@pytest.fixture
def real_files(shared_corpus):
    """Return the smallest real file of each transfer syntax, by the name of the syntax."""
    header, *rows = (line.split("\t") for line in (shared_corpus / "MANIFEST.tsv").read_text().splitlines())
    found = {}
    for values in sorted(rows, key=lambda values: int(values[header.index("bytes")])):
        row = dict(zip(header, values, strict=False))
        sendable = row.get("dcmsend_can_send") == "yes" and row["sop_class"].endswith("Image Storage")
        if sendable and (path := shared_corpus / row["path"]).is_file():
            found.setdefault(row["transfer_syntax"], path)
    assert len(found) > 10
    return found


@pytest.fixture
def orthanc(foreign_program, tmp_path, free_port):
    """Return a function that lets an Orthanc of its own push files to a port; it fails unless all arrive."""
    running = []

    def push(node_port, files):
        http_port, dicom_port = free_port(), free_port()
        configuration = tmp_path / "orthanc.json"
        configuration.write_text(
            json.dumps(
                {
                    "DicomAet": "NORTH",
                    "DicomPort": dicom_port,
                    "HttpPort": http_port,
                    "StorageDirectory": str(tmp_path / "orthanc"),
                    "IndexDirectory": str(tmp_path / "orthanc"),
                    "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": False,
                    "Plugins": [],
                    "DicomModalities": {"node": ["OVERREAD", "127.0.0.1", node_port]},
                }
            )
        )
        process = subprocess.Popen(
            [foreign_program("Orthanc"), str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        running.append(process)
        url = f"http://127.0.0.1:{http_port}"
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{url}/system", timeout=30).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "Orthanc did not start"
                time.sleep(0.2)
        held = [post(f"{url}/instances", Path(path).read_bytes())["ID"] for path in files]
        answer = post(f"{url}/modalities/node/store", json.dumps({"Resources": held}).encode())
        assert answer["FailedInstancesCount"] == 0

    yield push
    for process in running:
        process.terminate()
        process.wait(60)


def post(url, data):
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="POST"), timeout=60) as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def dcmjs(tmp_path_factory):
    """Return a sender by dcmjs-dimse: `dcmjs(port, "plain" or "tls", files)`; where npm gets nothing it skips."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("the foreign program npm is missing")
    place = tmp_path_factory.mktemp("dcmjs")
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefer-offline"]
    if run(npm, "install", *quietly, "--prefix", place, DCMJS, timeout=300).returncode:
        pytest.skip("dcmjs-dimse could not be fetched, so it was not tried")
    program = Path(__file__).with_name("send_by_dcmjs.js")
    return lambda port, protection, files: run(node, program, place, port, protection, *files)
