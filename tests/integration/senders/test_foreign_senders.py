"""Foreign senders push to the door: what went over the wire is byte for byte what lies in the spool."""

import subprocess
import sys
import time
from collections import Counter

import pytest
from pydicom import dcmread

from .wire_tap import NAMES, assert_as_sent, run, spooled, syntax_of

pytestmark = pytest.mark.foreign


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


def test_orthanc_pushes_what_it_holds(scp_node, tap, orthanc, files):
    node = scp_node()
    wire = tap(node.port)
    orthanc(wire.port, files)
    assert_as_sent(node, wire, files)
