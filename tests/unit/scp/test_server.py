"""The running door, on our path and on the library's: the same behaviour."""

import socket
import threading
import time

import pytest
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.sop_class import CTImageStorage

from config.errors import Misconfigured
from config.identifiers import AETitle
from config.metrics import ASSOCIATIONS
from config.settings import Dicom, Settings
from scp import upper_layer
from scp.departures import Departures
from scp.peers import SiteRule, write_peers
from scp.server import run_scp

BOTH = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "library"])


def litter(node):
    return list((node.spool.root / "tmp").iterdir())


def wait_until(condition, seconds=180.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)


def associate(node, calling="NORTH", called="OVERREAD"):
    ae = AE(calling)
    ae.add_requested_context("1.2.840.10008.1.1")
    ae.add_requested_context(CTImageStorage)
    return ae.associate("127.0.0.1", node.port, ae_title=called)


@BOTH
def test_an_echo_is_answered(scp_node, streaming):
    association = associate(scp_node(streaming=streaming))
    for _ in range(3):
        assert association.send_c_echo().Status == 0x0000
    association.release()
    assert association.is_released


def test_acknowledgments_go_out_before_the_door_waits_for_the_next_message(scp_node, monkeypatch):
    acknowledged = []
    real = upper_layer.acknowledge

    def acknowledge(sock):
        acknowledged.append(sock)
        real(sock)

    monkeypatch.setattr(upper_layer, "acknowledge", acknowledge)
    association = associate(scp_node())
    acknowledged.clear()
    assert association.send_c_echo().Status == 0
    wait_until(lambda: acknowledged)
    association.release()


@BOTH
@pytest.mark.parametrize(
    ("calling", "called", "answer"),
    [("NOBODY", "OVERREAD", (1, 1, 3)), ("NORTH", "OTHER", (1, 1, 7)), ("NOBODY", "OTHER", (1, 1, 7))],
)
def test_strangers_are_rejected_with_the_right_reason(scp_node, streaming, calling, called, answer):
    association = associate(scp_node(streaming=streaming), calling, called)
    assert association.is_rejected
    rejection = association.acceptor.primitive
    assert (rejection.result, rejection.result_source, rejection.diagnostic) == answer


@BOTH
def test_a_site_added_while_running_is_let_in(scp_node, streaming):
    node = scp_node(streaming=streaming)
    assert associate(node, "SOUTH").is_rejected
    write_peers(node.settings.peers_file, [SiteRule("south", (AETitle("SOUTH"),))])
    association = associate(node, "SOUTH")
    assert association.is_established
    association.release()
    assert associate(node, "NORTH").is_rejected


@BOTH
def test_one_association_too_many_is_rejected_transiently(scp_node, streaming):
    node = scp_node(streaming=streaming, maximum_associations=2)
    inside = [associate(node), associate(node)]
    third = associate(node)
    assert third.is_rejected
    answer = third.acceptor.primitive
    assert (answer.result, answer.result_source, answer.diagnostic) == (2, 3, 2)
    inside[0].release()
    wait_until(lambda: (again := associate(node)).is_established and (again.release() or True))
    inside[1].release()


@BOTH
def test_an_instance_is_in_the_spool_when_it_is_acknowledged(scp_node, raw_peer, ct_data_set, streaming):
    node = scp_node(streaming=streaming)
    peer = raw_peer(node.port)
    assert peer.associate()[0] == 2
    assert peer.store(ct_data_set) == 0x0000
    (entry,) = node.spool.entries()
    with node.spool.open(entry)[1] as stream:
        assert stream.read().endswith(ct_data_set)
    assert peer.release()[0] == 6


@BOTH
def test_an_association_is_one_delivery(scp_node, raw_peer, ct_data_set, streaming):
    node = scp_node(streaming=streaming)
    for _ in range(2):
        peer = raw_peer(node.port)
        peer.associate()
        for number in range(3):
            assert peer.store(ct_data_set, message_id=number + 1) == 0x0000
        peer.release()
    deliveries = [node.spool.open(entry)[0].delivery for entry in node.spool.entries()]
    assert len(deliveries) == 6
    assert len(set(deliveries)) == 2


@BOTH
def test_a_full_disk_is_out_of_resources_and_the_association_lives_on(scp_node, raw_peer, ct_data_set, streaming):
    node = scp_node(streaming=streaming, reserve_bytes=1 << 60)
    peer = raw_peer(node.port)
    peer.associate()
    assert peer.store(ct_data_set) == 0xA700
    assert peer.store(ct_data_set) == 0xA700
    assert peer.release()[0] == 6
    assert node.spool.count() == 0
    assert litter(node) == []


@BOTH
@pytest.mark.parametrize(("instance", "status"), [("1.2.3.4", 0xA900), ("no uid", 0xC000)])
def test_a_refused_instance_does_not_end_the_association(scp_node, raw_peer, ct_data_set, streaming, instance, status):
    node = scp_node(streaming=streaming)
    peer = raw_peer(node.port)
    peer.associate()
    assert peer.store(ct_data_set, instance) == status
    assert peer.store(ct_data_set) == 0x0000
    assert node.spool.count() == 1


@BOTH
def test_a_peer_that_drops_mid_transfer_leaves_nothing(scp_node, raw_peer, command, ct_data_set, streaming):
    node = scp_node(streaming=streaming)
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((1, 0, ct_data_set[:100]))
    if streaming:
        wait_until(lambda: len(litter(node)) == 1)
    peer.close()
    wait_until(lambda: litter(node) == [])
    assert node.spool.count() == 0


@BOTH
def test_eight_associations_at_once(scp_node, raw_peer, ct_data_set, streaming):
    node = scp_node(streaming=streaming)
    statuses = []

    def push():
        peer = raw_peer(node.port)
        peer.associate()
        statuses.extend(peer.store(ct_data_set, message_id=number + 1) for number in range(20))
        peer.release()

    threads = [threading.Thread(target=push) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0x0000] * 160
    assert node.spool.count() == 160
    assert len({entry.digest for entry in node.spool.entries()}) == 1


@BOTH
def test_a_silent_association_is_aborted_after_the_network_timeout(scp_node, raw_peer, streaming):
    peer = raw_peer(scp_node(streaming=streaming, network_timeout_seconds=1).port)
    began = time.monotonic()
    peer.associate()
    assert peer.pdu()[:1] in (b"\x07", b"")
    assert time.monotonic() - began > 0.9


@BOTH
def test_stopping_answers_what_is_under_way_and_ends_who_is_idle(scp_node, raw_peer, command, ct_data_set, streaming):
    node = scp_node(streaming=streaming)
    idle, busy = raw_peer(node.port), raw_peer(node.port)
    for peer in (idle, busy):
        peer.associate()
    if streaming:
        busy.send((1, 3, command()))
        busy.send((1, 0, ct_data_set[:100]))
        wait_until(lambda: len(litter(node)) == 1)
        node.stop.set()
        time.sleep(0.5)
        busy.send((1, 2, ct_data_set[100:]))
        assert busy.status() == 0x0000
    node.close()
    assert node.spool.count() == int(streaming)
    assert idle.pdu()[:1] in (b"\x07", b"")


def test_a_stalled_transfer_does_not_keep_a_stopping_door_for_ever(scp_node, raw_peer, command, monkeypatch):
    monkeypatch.setattr("scp.server.STOP_SECONDS", 1.0)
    node = scp_node(network_timeout_seconds=600)
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((1, 0, b"\x08\x00"))
    node.close()


def test_a_port_that_is_taken_is_said_plainly(scp_node, tmp_path):
    node = scp_node()
    settings = Settings(home=tmp_path / "other", dicom=Dicom(port=node.port))
    with pytest.raises(Misconfigured, match=f"cannot listen on 127.0.0.1 port {node.port}"):
        run_scp(settings, stop=threading.Event(), ready=lambda _port: pytest.fail("ready"))


def test_remains_of_a_dead_process_are_swept_when_the_door_opens(scp_node, tmp_path):
    home = tmp_path / "home0" / "spool" / "tmp"
    node = scp_node()
    node.close()
    (home / "00000000000000000001-0123456789abcdef").write_bytes(b"half")
    stop = threading.Event()
    stop.set()
    run_scp(node.settings, stop=stop, ready=lambda _port: None)
    assert list(home.iterdir()) == []


def outcome_counts():
    return {outcome: ASSOCIATIONS.labels(outcome)._value.get() for outcome in ("accepted", "released", "aborted")}


@BOTH
@pytest.mark.parametrize("outcome", ["released", "aborted"])
def test_how_an_association_ended_is_counted_once(scp_node, raw_peer, streaming, outcome):
    node = scp_node(streaming=streaming)
    wait_until(lambda: not any(isinstance(thread, Association) for thread in threading.enumerate()))
    before = outcome_counts()
    peer = raw_peer(node.port)
    peer.associate()
    if outcome == "released":
        peer.release()
    peer.close()
    wait_until(lambda: outcome_counts()[outcome] > before[outcome])
    time.sleep(0.1)
    assert outcome_counts() == before | {"accepted": before["accepted"] + 1, outcome: before[outcome] + 1}


def test_a_taken_tls_port_gives_the_plain_port_back(scp_node, tmp_path, certificates, free_port):
    node, plain = scp_node(), free_port()
    files = {"tls_certificate": certificates / "server.pem", "tls_key": certificates / "server.key"}
    settings = Settings(home=tmp_path / "other", dicom=Dicom(port=plain, tls_port=node.port, **files))
    with pytest.raises(Misconfigured):
        run_scp(settings, stop=threading.Event(), ready=lambda _port: pytest.fail("ready"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", plain), timeout=60)


def test_nothing_received_is_logged(scp_node, raw_peer, ct_data_set, capfd):
    node = scp_node()
    for calling in ("NORTH", "Planted^Calling"):
        peer = raw_peer(node.port)
        peer.associate(calling=calling[:16])
        if calling == "NORTH":
            assert peer.store(ct_data_set) == 0x0000
            assert peer.store(ct_data_set, "1.2.3.4.5.6.7.8.9") == 0xA900
        peer.close()
    node.close()
    out, err = capfd.readouterr()
    for planted in ("Planted", "PATIENT-1", "1.2.3.4.5.6.7.8.9", "1.2.826.0.1.3680043.10.1.1"):
        assert planted not in out + err
    assert "association accepted" in out + err


@BOTH
def test_a_released_association_is_a_sign_and_an_aborted_one_is_none(scp_node, streaming):
    node = scp_node(streaming=streaming)
    departures = Departures(node.settings.departures)
    aborted, released = associate(node), associate(node)
    aborted.abort()
    released.release()
    wait_until(lambda: any(True for _ in departures.waiting()))
    node.close()
    assert len(list(departures.waiting())) == 1
