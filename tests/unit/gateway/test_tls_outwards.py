"""Answers and reports go over TLS where the site was told so: the peer is proven, the node shows its certificate."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from config.errors import Malformed, Misconfigured
from config.identifiers import AETitle
from config.settings import Dicom
from gateway import returns
from gateway.certificates import certificate_digests, trusted_certificates
from gateway.commitment import CommitmentDuty, list_commitments
from gateway.models import Return
from gateway.sender import echo, send_files
from gateway.sites import SiteChange, set_site
from scp.commitment_box import CommitmentBox, CommitmentRequest
from scp.tls import client_context

PATIENCE = 120
NAMES = {"called_ae": "PACS", "calling_ae": "OVERREAD"}


class Pacs:
    """DCMTK's storescp behind TLS: it asks for a certificate that the CA signed, unless it is told to ignore it."""

    def __init__(self, program: str, port: int, certificates: Path, folder: Path, *options: str) -> None:
        self.port, self.folder = port, folder
        command = [
            program,
            *options,
            "+tls",
            "server.key",
            "server.pem",
            "+cf",
            "ca.pem",
            "-od",
            str(folder),
            str(port),
        ]
        self._process = subprocess.Popen(
            command, cwd=certificates, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "storescp did not start"
                time.sleep(0.05)

    def modalities(self) -> list[str]:
        return sorted(str(dcmread(path).Modality) for path in self.folder.iterdir())

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(60)


@pytest.fixture
def pacs(foreign_program, certificates, free_port, tmp_path) -> Iterator[Pacs]:
    """Run a PACS that takes nobody without a certificate."""
    folder = tmp_path / "pacs"
    folder.mkdir()
    running = Pacs(foreign_program("storescp"), free_port(), certificates, folder, "+xa")
    yield running
    running.close()


def shown(folder: Path, **more: Path) -> Dicom:
    return Dicom(**({"tls_certificate": folder / "client.pem", "tls_key": folder / "client.key"} | more))


def trust_of(folder: Path, name: str = "server") -> str:
    return trusted_certificates(folder / f"{name}.pem")


@pytest.fixture
def served_over_tls(monkeypatch, certificates) -> None:
    """Give the node of the test the client's certificate."""
    for key, name in (("CERTIFICATE", "client.pem"), ("KEY", "client.key")):
        monkeypatch.setenv(f"OVERREAD_DICOM__TLS_{key}", str(certificates / name))


@pytest.mark.foreign
def test_an_answer_goes_over_tls_to_a_pacs_that_asks_for_the_nodes_certificate(
    served_over_tls, gate, pacs, certificates
) -> None:
    address = {"return_ae": AETitle("PACS"), "return_host": "127.0.0.1", "return_port": pacs.port}
    set_site(gate.node, "north", SiteChange(**address), actor="test")
    gate.sign(gate.publish().study_uid)

    def attempt() -> tuple[str, str | None]:
        gate.pass_time(hours=2)
        returns.take_signed(gate.node)
        returns.send_due(gate.node)
        with gate.node.identity.read() as session:
            row = session.get_one(Return, 1)
            return row.state, row.reason

    assert attempt() == (
        "waiting",
        "the peer ended the connection before it answered; it may expect TLS, or speak no DICOM",
    )
    set_site(
        gate.node, "north", SiteChange(return_tls=True, return_trust=trust_of(certificates, "client")), actor="test"
    )
    state, reason = attempt()
    assert state == "waiting"
    assert "the certificate of 127.0.0.1 is not trusted" in (reason or "")
    assert pacs.modalities() == []
    view = set_site(gate.node, "north", SiteChange(return_trust=trust_of(certificates)), actor="test")
    assert view["return"]["trust"] == list(certificate_digests(certificates / "server.pem"))
    assert attempt() == ("sent", None)
    assert pacs.modalities() == ["DOC", "SR"]


@pytest.mark.foreign
def test_a_pacs_that_asks_for_a_certificate_gets_none_from_a_node_without_one(pacs, certificates, part10) -> None:
    def send(dicom: Dicom) -> str:
        tls = client_context(dicom, trust_of(certificates))
        return send_files("127.0.0.1", pacs.port, files=[part10()], timeout=20, tls=tls, **NAMES).reason

    assert "certificate" in send(Dicom())
    assert send(shown(certificates)) == ""


def test_reports_of_commitment_go_over_tls(served_over_tls, gate, certificates, part10) -> None:
    told = []

    def hear(event):
        told.append((event.event_type, bool(event.assoc.dul.socket.socket.getpeercert(binary_form=True))))
        return 0x0000, None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    context.load_verify_locations(certificates / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    ae = AE("NORTH")
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    handlers = [(evt.EVT_N_EVENT_REPORT, hear)]
    server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=context, evt_handlers=handlers)
    change = SiteChange(
        return_ae=AETitle("NORTH"),
        return_host="127.0.0.1",
        return_port=server.server_address[1],
        return_tls=True,
        return_trust=trust_of(certificates, "ca"),
    )
    try:
        set_site(gate.node, "north", change, actor="test")
        row = gate.receive(part10())
        box = CommitmentBox(gate.node.settings.commitments)
        box.ask(
            CommitmentRequest(
                transaction_uid="1.2.3.4", site="north", delivery="2" * 32, calling_ae="NORTH",
                received_at=gate.node.clock(), references=((row.sop_class_uid, row.sop_instance_uid),),
            )
        )  # fmt: skip
        duty = CommitmentDuty(gate.node)
        duty()
        gate.pass_time(seconds=5)
        duty()
    finally:
        server.shutdown()
    assert told == [(1, True)]
    with gate.node.identity.read() as session:
        assert [each["state"] for each in list_commitments(session)] == ["sent"]


def test_a_peer_is_known_by_the_ca_and_its_name_or_by_its_own_certificate(scp_node, certificates, free_port) -> None:
    port = free_port()
    scp_node(tls_port=port, tls_certificate=certificates / "server.pem", tls_key=certificates / "server.key")

    def call(dicom: Dicom, trust: str = "") -> str:
        names = {"called_ae": "OVERREAD", "calling_ae": "NORTH"}
        return echo("127.0.0.1", port, tls=client_context(dicom, trust), **names).reason

    assert call(Dicom(), trust_of(certificates)) == ""
    assert call(Dicom(), trust_of(certificates, "ca")) == ""
    assert "not trusted" in call(Dicom())
    assert "not trusted" in call(Dicom(), trust_of(certificates, "client"))
    named = call(shown(certificates, tls_ca=certificates / "ca.pem"))
    assert "not valid for '127.0.0.1'" in named


def test_who_speaks_no_tls_or_is_not_there_is_said_to_be_so(scp_node, certificates, free_port) -> None:
    tls = client_context(Dicom(), trust_of(certificates))
    names = {"called_ae": "OVERREAD", "calling_ae": "NORTH", "timeout": 20}
    assert "speaks no TLS" in echo("127.0.0.1", scp_node().port, tls=tls, **names).reason
    assert "nothing listens there" in echo("127.0.0.1", free_port(), tls=tls, **names).reason


def test_outwards_too_tls_is_1_2_or_later_with_the_ciphers_of_bcp_195(certificates) -> None:
    context = client_context(Dicom(), trust_of(certificates))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert {cipher["kea"] for cipher in context.get_ciphers() if cipher["protocol"] == "TLSv1.2"} == {"kx-ecdhe"}
    assert all(cipher["aead"] for cipher in context.get_ciphers())
    assert client_context(Dicom()).check_hostname


def test_only_certificates_are_kept_of_a_file_and_what_holds_none_is_refused(certificates, tmp_path) -> None:
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes((certificates / "server.key").read_bytes() + (certificates / "server.pem").read_bytes())
    assert "PRIVATE" not in trusted_certificates(mixed)
    assert certificate_digests(mixed) == certificate_digests(certificates / "server.pem")
    with pytest.raises(Malformed):
        trusted_certificates(certificates / "server.key")
    with pytest.raises(Misconfigured):
        client_context(Dicom(), "no certificate")
    with pytest.raises(Misconfigured):
        client_context(shown(certificates, tls_key=certificates / "server.key"))
