"""TLS: 1.2 and later, mutual when a CA is given, and a handshake that nobody else waits for."""

import select
import socket
import ssl
import time

import pytest
from pynetdicom import AE

from config.errors import Misconfigured
from config.settings import Dicom
from gateway.sender import send_files
from scp.tls import server_context


@pytest.fixture
def tls_port(free_port):
    return free_port()


def client_context(folder, certificate=None):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.check_hostname = False
    if certificate:
        context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    return context


def echo(port, context):
    ae = AE("NORTH")
    ae.add_requested_context("1.2.840.10008.1.1")
    association = ae.associate("127.0.0.1", port, ae_title="OVERREAD", tls_args=(context, "x") if context else None)
    if not association.is_established:
        return False
    status = association.send_c_echo().get("Status")
    association.release()
    return status == 0x0000


def settings(folder, port, **more):
    return {"tls_port": port, "tls_certificate": folder / "server.pem", "tls_key": folder / "server.key"} | more


def test_without_certificates_there_is_no_tls():
    assert server_context(Dicom()) is None


def test_plain_and_tls_are_served_side_by_side(scp_node, certificates, tls_port):
    node = scp_node(**settings(certificates, tls_port))
    assert echo(node.port, None)
    assert echo(tls_port, client_context(certificates))
    assert not echo(tls_port, None)


def test_an_instance_comes_over_tls_byte_for_byte(scp_node, certificates, tls_port, part10):
    node = scp_node(**settings(certificates, tls_port))
    files = [part10(number, PixelData=bytes(range(256)) * 2000) for number in range(3)]
    result = send_files(
        "127.0.0.1",
        tls_port,
        called_ae="OVERREAD",
        calling_ae="NORTH",
        files=files,
        tls=client_context(certificates),
    )
    assert result.ok, result
    received = []
    for entry in node.spool.entries():
        with node.spool.open(entry)[1] as stream:
            received.append(stream.read())
    for sent, got in zip(files, received, strict=True):
        assert got.endswith(sent[sent.index(b"\x08\x00\x16\x00UI") :])


def test_with_a_ca_only_who_shows_its_certificate_is_heard(scp_node, certificates, tls_port):
    scp_node(**settings(certificates, tls_port, tls_ca=certificates / "ca.pem"))
    assert echo(tls_port, client_context(certificates, "client"))
    assert not echo(tls_port, client_context(certificates))


def test_tls_1_1_is_not_spoken(certificates):
    context = server_context(Dicom(**settings(certificates, 0)))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_peer_that_never_shakes_hands_keeps_nobody_out(scp_node, certificates, tls_port, monkeypatch):
    monkeypatch.setattr("scp.listener._HANDSHAKE_SECONDS", 600)
    scp_node(**settings(certificates, tls_port))
    with socket.create_connection(("127.0.0.1", tls_port)) as silent:
        assert echo(tls_port, client_context(certificates))
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):  # it still has its connection
            silent.recv(1)


@pytest.mark.parametrize(
    "changes",
    [
        {"tls_key": None},
        {"tls_certificate": None},
        {"tls_key": "absent.key"},
        {"tls_key": "client.key"},
        {"tls_key": "locked.key"},
        {"tls_ca": "absent.pem"},
        {"tls_certificate": None, "tls_key": None, "tls_ca": "ca.pem"},
    ],
)
def test_files_that_do_not_fit_are_said_to_be_so(certificates, changes):
    placed = {key: value and certificates / value for key, value in changes.items()}
    with pytest.raises(Misconfigured):
        server_context(Dicom(**settings(certificates, 0, **placed)))


def test_connections_that_never_shake_hands_count_as_connections(scp_node, certificates, tls_port, monkeypatch):
    monkeypatch.setattr("scp.server._NOT_ASSOCIATED", 2)
    monkeypatch.setattr("scp.listener._HANDSHAKE_SECONDS", 600.0)  # so that none is dropped for its silence
    node = scp_node(maximum_associations=2, **settings(certificates, tls_port))
    silent = [socket.create_connection(("127.0.0.1", tls_port), timeout=60) for _ in range(12)]
    try:
        deadline = time.monotonic() + 60
        while len(select.select(silent, [], [], 1.0)[0]) < 8:  # four at most stay in their handshake
            assert time.monotonic() < deadline
        assert echo(node.port, None), "the plain port is not held up by it"
    finally:
        for each in silent:
            each.close()
    deadline = time.monotonic() + 60
    while not echo(tls_port, client_context(certificates)):
        assert time.monotonic() < deadline, "what ended its handshake still counts"
        time.sleep(0.05)
