"""Two more independent DIMSE stacks: CTN, the first of all, and dcmjs-dimse, in JavaScript."""

from collections import Counter

import pytest

from .wire_tap import litter, run, spooled

pytestmark = pytest.mark.foreign

SYNTAXES = {"1.2.840.10008.1.2": 1, "1.2.840.10008.1.2.1": 0, "1.2.840.10008.1.2.2": 2}  # and a file of each


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_ctn_s_send_image_in_the_syntax_it_proposes(scp_node, tap, foreign_program, files, syntax):
    node = scp_node()
    wire = tap(node.port)
    arguments = ["-q", "-r", "-a", "NORTH", "-c", "OVERREAD", "-X", syntax, "127.0.0.1", wire.port]
    done = run(foreign_program("send_image"), *arguments, files[SYNTAXES[syntax]])
    assert done.returncode == 0, done.stdout
    (sent,) = wire.data_sets()
    assert spooled(node) == [(sent, syntax)]
    assert litter(node) == []


def test_ctn_s_dicom_echo_is_answered(scp_node, foreign_program):
    node = scp_node()
    done = run(foreign_program("dicom_echo"), "-a", "NORTH", "-c", "OVERREAD", "127.0.0.1", node.port)
    assert done.returncode == 0, done.stdout


def test_dcmjs_sends_every_syntax(scp_node, tap, dcmjs, files):
    node = scp_node()
    wire = tap(node.port)
    done = dcmjs(wire.port, "plain", files)
    assert f"stored {len(files)}" in done.stdout, done.stdout + done.stderr
    assert Counter(data for data, _ in spooled(node)) == Counter(wire.data_sets())
    assert node.spool.count() == len(files)
    assert litter(node) == []


def test_dcmjs_sends_over_tls(scp_node, dcmjs, files, certificates, free_port):
    port = free_port()
    node = scp_node(tls_port=port, tls_certificate=certificates / "server.pem", tls_key=certificates / "server.key")
    done = dcmjs(port, "tls", files[:1])
    assert "stored 1" in done.stdout, done.stdout + done.stderr
    assert node.spool.count() == 1
