"""The terms of a site at a running door: user identity, certificates, hourly limits, and what the door tells of it."""

import hashlib
import shutil
import socket
import ssl
import time

import pytest
from pynetdicom import AE
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import CTImageStorage

from config.identifiers import AETitle
from gateway.sender import send_files
from scp.peers import DoorTerms, SiteRule, write_peers
from scp.user_identity import hash_password
from scp.visits_file import read_visits

pytestmark = pytest.mark.flaky(reruns=1)  # the library's requestor may miss a rejection when the end follows at once

BOTH = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "library"])
VERIFICATION = "1.2.840.10008.1.1"
PATIENCE = 180


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found


def let_in(node, **terms):
    write_peers(node.settings.peers_file, [SiteRule("north", (AETitle("NORTH"),), DoorTerms(**terms))])


def identity(user, password):
    item = UserIdentityNegotiation()
    item.user_identity_type = 2
    item.primary_field, item.secondary_field = user.encode(), password.encode()
    return [item]


def associate(port, *, contexts=(VERIFICATION,), ext_neg=(), tls=None):
    ae = AE("NORTH")
    for uid in contexts:
        ae.add_requested_context(uid)
    return ae.associate("127.0.0.1", port, ae_title="OVERREAD", ext_neg=list(ext_neg), tls_args=tls and (tls, "x"))


def answered(association):
    if association.is_established:
        association.release()
        return "accepted"
    answer = association.acceptor.primitive
    return answer.result, answer.result_source, answer.diagnostic


@pytest.fixture
def tls_port(free_port):
    return free_port()


def client_context(folder, certificate):
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    context.check_hostname = False
    context.load_cert_chain(folder / f"{certificate}.pem", folder / f"{certificate}.key")
    return context


def digest(path):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(path.read_text())).hexdigest()


@BOTH
def test_user_identity_is_asked_for_where_the_site_has_one(scp_node, streaming):
    node = scp_node(streaming=streaming)
    let_in(node, user="north-pacs", password_hash=hash_password("a passcode"))
    assert answered(associate(node.port)) == (1, 1, 1)
    assert answered(associate(node.port, ext_neg=identity("north-pacs", "wrong"))) == (1, 1, 1)
    assert answered(associate(node.port, ext_neg=identity("north-pacs", "a passcode"))) == "accepted"


def test_a_certificate_of_the_ca_is_not_enough_where_the_site_is_bound_to_its_own(scp_node, certificates, tls_port):
    node = scp_node(tls_port=tls_port, tls_certificate=certificates / "server.pem",
                    tls_key=certificates / "server.key", tls_ca=certificates / "ca.pem")  # fmt: skip
    let_in(node, certificates=(digest(certificates / "client.pem"),))
    assert answered(associate(tls_port, tls=client_context(certificates, "client"))) == "accepted"
    assert answered(associate(tls_port, tls=client_context(certificates, "server"))) == (1, 1, 1)
    assert answered(associate(node.port)) == (1, 1, 1)


def test_a_renewed_certificate_counts_at_the_next_handshake_and_a_broken_one_does_not(
    scp_node, certificates, tls_port, tmp_path
):
    files = {name: tmp_path / name for name in ("door.pem", "door.key")}
    shutil.copy(certificates / "server.pem", files["door.pem"])
    shutil.copy(certificates / "server.key", files["door.key"])
    scp_node(tls_port=tls_port, tls_certificate=files["door.pem"], tls_key=files["door.key"])

    def shown():
        context = client_context(certificates, "client")
        with socket.create_connection(("127.0.0.1", tls_port)) as plain, context.wrap_socket(plain) as secure:
            return hashlib.sha256(secure.getpeercert(binary_form=True)).hexdigest()

    assert shown() == digest(certificates / "server.pem")
    files["door.pem"].write_text("no certificate")
    assert shown() == digest(certificates / "server.pem")
    shutil.copy(certificates / "client.pem", files["door.pem"])
    shutil.copy(certificates / "client.key", files["door.key"])
    assert shown() == digest(certificates / "client.pem")


@BOTH
def test_beyond_the_hourly_limit_instances_are_refused_as_lack_of_resources(scp_node, streaming, part10):
    node = scp_node(streaming=streaming)
    let_in(node, instances_per_hour=2)
    result = send_files("127.0.0.1", node.port, called_ae="OVERREAD", calling_ae="NORTH",
                        files=[part10(number) for number in (1, 2, 3)])  # fmt: skip
    assert [each.status for each in result.objects] == [0x0000, 0x0000, 0xA700]
    assert answered(associate(node.port)) == (2, 3, 1)
    assert node.spool.count() == 2


@BOTH
def test_the_door_tells_who_came_who_was_refused_and_which_contexts_were_not_taken(scp_node, streaming):
    node = scp_node(streaming=streaming)
    answered(associate(node.port, contexts=[VERIFICATION, CTImageStorage, "1.2.840.10008.5.1.4.31"]))
    let_in(node, networks=("10.0.0.0/8",))
    answered(associate(node.port))

    def written():
        visits = read_visits(node.settings.visits_file)
        return len(visits) == 2 and visits[1]["rejected_contexts"] and visits

    refused, accepted = wait_until(written)
    assert (refused["site"], refused["calling_ae"], refused["host"]) == (None, "NORTH", "127.0.0.1")
    assert refused["answer"] == "address outside the networks of the site"
    assert (accepted["site"], accepted["answer"]) == ("north", "accepted")
    (words,) = accepted["rejected_contexts"]
    assert words == "Modality Worklist Information Model - FIND: this SOP class is not taken here"


def test_the_door_tells_why_a_handshake_failed(scp_node, certificates, tls_port):
    node = scp_node(tls_port=tls_port, tls_certificate=certificates / "server.pem",
                    tls_key=certificates / "server.key", tls_ca=certificates / "ca.pem")  # fmt: skip
    nobody = ssl.create_default_context(cafile=certificates / "ca.pem")
    nobody.check_hostname = False
    suspicious = ssl.create_default_context()
    for context in (nobody, suspicious):
        assert not associate(tls_port, tls=context).is_established
    assert not associate(tls_port).is_established
    expected = {
        "TLS: the peer showed no certificate",
        "TLS: the peer does not trust the certificate of this node",
        "TLS: the peer speaks no TLS, and this is the port for it",
    }
    wait_until(lambda: {visit["answer"] for visit in read_visits(node.settings.visits_file)} == expected)
