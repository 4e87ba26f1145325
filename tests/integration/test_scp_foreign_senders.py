"""Foreign senders push to the door: what went over the wire is byte for byte what lies in the spool."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

pytestmark = pytest.mark.foreign

NAMES = ["-aet", "NORTH", "-aec", "OVERREAD"]
COMPRESSED = [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless]


class Tap:
    """A relay between a sender and the door that keeps what the sender says."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._said = []
        self._threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    def data_sets(self):
        """Return the data sets of all C-STOREs that came through, whole ones only."""
        for thread in self._threads:
            thread.join(60)
        return [found for said in self._said for found in self._read(bytes(said))]

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._said.append(bytearray())
            for source, sink, kept in ((client, server, self._said[-1]), (server, client, None)):
                thread = threading.Thread(target=self._relay, args=(source, sink, kept), daemon=True)
                thread.start()
                self._threads.append(thread)

    @staticmethod
    def _relay(source, sink, kept):
        try:
            while data := source.recv(1 << 16):
                if kept is not None:
                    kept += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    @staticmethod
    def _read(said):
        found, current, at = [], bytearray(), 0
        while at + 6 <= len(said):
            end = at + 6 + int.from_bytes(said[at + 2 : at + 6], "big")
            item = at + 6
            while said[at] == 4 and item < min(end, len(said)):
                length = int.from_bytes(said[item : item + 4], "big")
                control = said[item + 5]
                if not control & 1:
                    current += said[item + 6 : item + 4 + length]
                    if control & 2:
                        found.append(bytes(current))
                        current.clear()
                item += 4 + length
            at = end
        return found


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


def run(program, *arguments, timeout=120, **environment):
    return subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=os.environ | environment,
    )


def spooled(node):
    """Return (data set, transfer syntax) of everything in the spool."""
    found = []
    for entry in node.spool.entries():
        with node.spool.open(entry)[1] as stream:
            payload = stream.read()
        meta = dcmread(BytesIO(payload), stop_before_pixels=True).file_meta
        found.append((payload[144 + meta.FileMetaInformationGroupLength :], str(meta.TransferSyntaxUID)))
    return found


def litter(node):
    return list((node.spool.root / "tmp").iterdir())


def syntax_of(path):
    return str(dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta.TransferSyntaxUID)


def assert_as_sent(node, wire, paths):
    found = spooled(node)
    assert Counter(data for data, _ in found) == Counter(wire.data_sets())
    assert len(found) == len(paths)
    assert compressed(syntax for _, syntax in found) == compressed(map(syntax_of, paths))
    assert litter(node) == []


def compressed(syntaxes):
    """Count the compressed syntaxes; senders may turn the uncompressed ones into each other."""
    return Counter(syntax for syntax in syntaxes if syntax in COMPRESSED)


def one_of_each_kind(corpus):
    """Return a real file of each SOP class and transfer syntax that names itself and that dcmsend can send."""
    header, *rows = (line.split("\t") for line in (corpus / "MANIFEST.tsv").read_text().splitlines())
    found = {}
    for values in rows:
        row = dict(zip(header, values, strict=False))
        kind, path = (row["sop_class"], row["transfer_syntax"]), corpus / row["path"]
        if kind in found or row.get("dcmsend_can_send") != "yes" or not path.is_file():
            continue
        if b"\x08\x00\x16\x00UN" in path.read_bytes()[:8192]:
            continue  # dcmsend 3.6.7 puts the hexadecimal text of an UN value into its command, which is no UID
        dataset = dcmread(path, stop_before_pixels=True, force=True)
        if (
            dataset.get("SOPInstanceUID")
            and dataset.get("SOPClassUID", "1.2.840.10008.1.3.10") != "1.2.840.10008.1.3.10"
        ):
            found[kind] = path
    return list(found.values())


def test_echoscu_is_answered_and_strangers_are_told_why(scp_node, foreign_program):
    node, echoscu = scp_node(), foreign_program("echoscu")
    assert run(echoscu, *NAMES, "127.0.0.1", node.port).returncode == 0
    stranger = run(echoscu, "-aet", "NOBODY", "-aec", "OVERREAD", "127.0.0.1", node.port)
    assert "Calling AE Title Not Recognized" in stranger.stderr
    wrong = run(echoscu, "-aet", "NORTH", "-aec", "ELSEWHERE", "127.0.0.1", node.port)
    assert "Called AE Title Not Recognized" in wrong.stderr


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "library"])
def test_dcmsend_in_every_syntax(scp_node, tap, foreign_program, files, streaming):
    node = scp_node(streaming=streaming)
    wire = tap(node.port)
    done = run(foreign_program("dcmsend"), "-v", *NAMES, "--decompress-never", "127.0.0.1", wire.port, *files)
    assert done.returncode == 0, done.stderr
    assert_as_sent(node, wire, files)


@pytest.mark.parametrize(
    ("option", "number"),
    [("-xe", 0), ("-xi", 1), ("-xb", 2), ("-xy", 3), ("-xs", 4), ("-xt", 5), ("-xv", 6), ("-xr", 7)],
)
def test_storescu_with_its_preferred_syntax(scp_node, tap, foreign_program, files, option, number):
    node = scp_node()
    wire = tap(node.port)
    done = run(foreign_program("storescu"), option, *NAMES, "127.0.0.1", wire.port, files[number])
    assert done.returncode == 0, done.stderr
    assert_as_sent(node, wire, [files[number]])
    assert spooled(node)[0][1] == syntax_of(files[number])


def test_real_files_of_many_makers_arrive_as_sent(scp_node, tap, foreign_program, shared_corpus):
    paths = one_of_each_kind(shared_corpus)
    assert len(paths) > 50
    node = scp_node()
    wire = tap(node.port)
    arguments = ["--decompress-never", "--no-uid-checks", "127.0.0.1", wire.port, *paths]
    done = run(foreign_program("dcmsend"), "-v", *NAMES, *arguments)
    sent = wire.data_sets()
    assert len(sent) == len(paths), done.stderr
    assert Counter(data for data, _ in spooled(node)) == Counter(sent)


def test_eight_storescu_at_once(scp_node, tap, foreign_program, tmp_path, part10):
    node, storescu = scp_node(), foreign_program("storescu")
    wire = tap(node.port)
    senders = []
    for group in range(8):
        folder = tmp_path / str(group)
        folder.mkdir()
        for number in range(10):
            (folder / f"{number}.dcm").write_bytes(part10(group * 100 + number))
        command = [storescu, *NAMES, "127.0.0.1", str(wire.port), "+sd", str(folder)]
        senders.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    assert [sender.wait(240) for sender in senders] == [0] * 8
    assert node.spool.count() == 80
    assert Counter(data for data, _ in spooled(node)) == Counter(wire.data_sets())
    assert len({node.spool.open(entry)[0].delivery for entry in node.spool.entries()}) == 8


def test_gdcmscu_that_leaves_without_release_loses_nothing(scp_node, tap, foreign_program, files):
    node = scp_node()
    wire = tap(node.port)
    arguments = ["--aetitle", "NORTH", "--call", "OVERREAD", "127.0.0.1", wire.port, files[1]]
    run(foreign_program("gdcmscu"), "--store", *arguments)
    deadline = time.monotonic() + 60
    while node.spool.count() < 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert_as_sent(node, wire, files[1:2])


def test_pynetdicom_s_own_sender(scp_node, tap, files):
    node = scp_node()
    wire = tap(node.port)
    arguments = ["127.0.0.1", wire.port, files[0], "-aet", "NORTH", "-aec", "OVERREAD"]
    done = run(sys.executable, "-m", "pynetdicom", "storescu", *arguments)
    assert done.returncode == 0, done.stderr
    assert_as_sent(node, wire, files[:1])


def test_a_full_disk_is_told_to_storescu_which_goes_on(scp_node, foreign_program, files):
    node = scp_node(reserve_bytes=1 << 60)
    done = run(foreign_program("storescu"), "-v", "-nh", *NAMES, "127.0.0.1", node.port, files[0], files[0])
    assert done.stderr.count("Refused: OutOfResources") == 2, done.stderr
    assert node.spool.count() == 0


def test_storescu_over_tls(scp_node, foreign_program, files, tmp_path, free_port):
    openssl = foreign_program("openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    run(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=x")
    port = free_port()
    node = scp_node(tls_port=port, tls_certificate=certificate, tls_key=key)
    done = run(foreign_program("storescu"), "+tla", "-ic", *NAMES, "127.0.0.1", port, files[0])
    assert done.returncode == 0, done.stderr
    assert node.spool.count() == 1


@pytest.fixture
def orthanc(foreign_program, tmp_path, free_port):
    """Return a starter of an Orthanc that knows the node on a port; it answers the URL of Orthanc's REST interface."""
    running = []

    def start(node_port):
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
                return url
            except OSError:
                assert time.monotonic() < deadline, "Orthanc did not start"
                time.sleep(0.2)

    yield start
    for process in running:
        process.terminate()
        process.wait(60)


def post(url, data):
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method="POST"), timeout=60) as answer:
        return json.load(answer)


def test_orthanc_pushes_what_it_holds(scp_node, tap, orthanc, files):
    node = scp_node()
    wire = tap(node.port)
    url = orthanc(wire.port)
    held = [post(f"{url}/instances", Path(path).read_bytes())["ID"] for path in files]
    answer = post(f"{url}/modalities/node/store", json.dumps({"Resources": held}).encode())
    assert answer["FailedInstancesCount"] == 0
    assert_as_sent(node, wire, files)
