"""The listening sockets: opened once, shared, and closed in one process without closing them for the others."""

import socket
import threading
import time

import pytest

from config.errors import Misconfigured
from config.settings import Dicom
from scp.ports import inherited_ports, open_ports


def port_of(listening):
    return listening.getsockname()[1]


def test_a_port_that_somebody_has_is_named():
    first = open_ports(Dicom(port=0))
    with pytest.raises(Misconfigured, match=f"127.0.0.1 port {port_of(first.plain)}"):
        open_ports(Dicom(port=port_of(first.plain)))
    first.close()


def test_a_port_that_is_being_given_up_is_waited_for():
    first = open_ports(Dicom(port=0))
    port = port_of(first.plain)
    threading.Timer(0.3, first.close).start()
    second = open_ports(Dicom(port=port), patience_seconds=180)
    assert port_of(second.plain) == port
    second.close()


def test_without_a_certificate_there_is_one_port(tmp_path):
    plain = open_ports(Dicom(port=0, tls_port=0))
    assert plain.tls is None
    assert len(plain.descriptors) == 1
    plain.close()
    both = open_ports(Dicom(port=0, tls_port=0, tls_certificate=tmp_path / "any.pem"))
    assert len(both.descriptors) == 2
    both.close()


def test_a_taken_tls_port_leaves_the_plain_one_free(tmp_path, free_port):
    taken, port = open_ports(Dicom(port=0)), free_port()
    with pytest.raises(Misconfigured):
        open_ports(Dicom(port=port, tls_port=port_of(taken.plain), tls_certificate=tmp_path / "any.pem"))
    open_ports(Dicom(port=port)).close()
    taken.close()


def test_what_is_handed_down_takes_connections_after_its_opener_closed_it():
    opened = open_ports(Dicom(port=0))
    copies = [socket.socket.dup(opened.plain) for _ in range(2)]
    inherited = [inherited_ports({"OVERREAD_LISTENING": str(each.detach())}) for each in copies]
    port = port_of(opened.plain)
    opened.close()
    inherited[0].close()
    with socket.create_connection(("127.0.0.1", port), timeout=60):
        deadline = time.monotonic() + 60
        while True:
            try:
                inherited[1].plain.accept()[0].close()
                break
            except BlockingIOError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
    inherited[1].close()
    assert inherited_ports({}) is None
