"""Each transfer syntax that real files have, from each sender that has it: the spool holds what the sender sent."""

from collections import Counter

import pytest

from .wire_tap import NAMES, litter, run, spooled

pytestmark = pytest.mark.foreign

STORESCU_OPTIONS = {
    "Implicit VR Little Endian": "-xi",
    "Explicit VR Little Endian": "-xe",
    "Explicit VR Big Endian": "-xb",
    "Deflated Explicit VR Little Endian": "-xd",
    "JPEG Baseline (Process 1)": "-xy",
    "JPEG Extended (Process 2 and 4)": "-xx",
    "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])": "-xs",
    "JPEG-LS Lossless Image Compression": "-xt",
    "JPEG-LS Lossy (Near-Lossless) Image Compression": "-xu",
    "JPEG 2000 Image Compression (Lossless Only)": "-xv",
    "JPEG 2000 Image Compression": "-xw",
    "RLE Lossless": "-xr",
}  # storescu has none for JPEG Lossless, Process 14


def assert_all_as_sent(node, wire, count):
    sent = wire.data_sets()
    assert len(sent) == count
    assert Counter(data for data, _ in spooled(node)) == Counter(sent)
    assert litter(node) == []


def test_storescu(scp_node, tap, foreign_program, real_files):
    node = scp_node()
    wire = tap(node.port)
    sendable = [name for name in real_files if name in STORESCU_OPTIONS]
    for name in sendable:
        done = run(foreign_program("storescu"), STORESCU_OPTIONS[name], "-R", *NAMES, "127.0.0.1", wire.port,
                   real_files[name])  # fmt: skip
        assert done.returncode == 0, name + done.stderr
    assert_all_as_sent(node, wire, len(sendable))


def test_dcmsend(scp_node, tap, foreign_program, real_files):
    node = scp_node()
    wire = tap(node.port)
    arguments = ["--decompress-never", "127.0.0.1", wire.port, *real_files.values()]
    done = run(foreign_program("dcmsend"), *NAMES, *arguments)
    assert done.returncode == 0, done.stderr
    assert_all_as_sent(node, wire, len(real_files))


def test_gdcmscu(scp_node, tap, foreign_program, real_files):
    node = scp_node()
    wire = tap(node.port)
    for path in real_files.values():
        arguments = ["--aetitle", "NORTH", "--call", "OVERREAD", "127.0.0.1", wire.port, path]
        run(foreign_program("gdcmscu"), "--store", *arguments)
    assert_all_as_sent(node, wire, len(real_files))


def test_orthanc(scp_node, tap, orthanc, real_files):
    node = scp_node()
    wire = tap(node.port)
    orthanc(wire.port, real_files.values())
    assert_all_as_sent(node, wire, len(real_files))


def test_dcmjs(scp_node, tap, dcmjs, real_files):
    node = scp_node()
    wire = tap(node.port)
    done = dcmjs(wire.port, "plain", real_files.values())
    assert f"stored {len(real_files)}" in done.stdout, done.stdout + done.stderr
    assert_all_as_sent(node, wire, len(real_files))
