"""Storage commitment behind the door: committed is what can be read back, and the sender is told until it hears."""

import time
from datetime import timedelta

import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pynetdicom import AE, evt
from pynetdicom.sop_class import StorageCommitmentPushModel

from config.errors import Conflict
from gateway.commitment import CommitmentDuty, commitment_view, list_commitments, retry_commitment
from gateway.intake import take_in
from gateway.sites import SiteChange, set_site
from gateway.studies import purge
from scp.commitment_box import CommitmentBox, CommitmentRequest

TRANSACTION = "1.2.826.0.1.3680043.10.9.1"


@pytest.fixture
def hospital():
    """Return a starter of the SCU's ear: it gives its port and what it was told."""
    servers = []

    def start(status=0x0000):
        told = []

        def hear(event):
            told.append((event.event_type, event.event_information))
            return status, None

        ae = AE("NORTH")
        ae.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, hear)])
        servers.append(server)
        return server.server_address[1], told

    yield start
    for server in servers:
        server.shutdown()


def references_of(payloads):
    headers = [dcmread(DicomBytesIO(payload), stop_before_pixels=True) for payload in payloads]
    return tuple((str(each.SOPClassUID), str(each.SOPInstanceUID)) for each in headers)


def ask(node, references, transaction=TRANSACTION, delivery="2" * 32):
    CommitmentBox(node.settings.commitments).ask(
        CommitmentRequest(
            transaction_uid=transaction,
            site="north",
            delivery=delivery,
            calling_ae="NORTH",
            received_at=node.clock(),
            references=references,
        )
    )


def turn(gate):
    """Let the duty run, and once more after the door has had its time."""
    duty = CommitmentDuty(gate.node)
    duty()
    gate.pass_time(seconds=5)
    duty()


def the_only(node):
    with node.identity.read() as session:
        (row,) = list_commitments(session)
        return commitment_view(session, row["id"])


def address(node, port):
    set_site(node, "north", SiteChange(commitment_host="127.0.0.1", commitment_port=port), actor="test")


def test_what_lies_in_the_vault_is_committed_and_the_rest_is_not(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payloads = [part10(number) for number in (1, 2)]
    for payload in payloads:
        gate.receive(payload)
    known = references_of(payloads)
    strange = (known[0][0], "1.2.3.4.5")
    other_class = ("1.2.840.10008.5.1.4.1.1.4", known[1][1])
    ask(gate.node, (known[0], strange, other_class))
    turn(gate)
    ((event_type, report),) = told
    assert (event_type, report.TransactionUID) == (2, TRANSACTION)
    assert [each.ReferencedSOPInstanceUID for each in report.ReferencedSOPSequence] == [known[0][1]]
    assert {each.ReferencedSOPInstanceUID: each.FailureReason for each in report.FailedSOPSequence} == {
        "1.2.3.4.5": 0x0112,
        known[1][1]: 0x0119,
    }
    assert the_only(gate.node)["state"] == "sent"


@pytest.mark.parametrize("place", [-1, 100], ids=["the end", "the start"])
def test_an_original_that_cannot_be_read_back_is_not_committed(gate, part10, hospital, place):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    row = gate.receive(payload)
    blob = gate.node.settings.home / "vault" / row.blob[:2] / row.blob
    damaged = bytearray(blob.read_bytes())
    damaged[place] ^= 1
    blob.write_bytes(damaged)
    ask(gate.node, references_of([payload]))
    turn(gate)
    ((event_type, report),) = told
    assert event_type == 2
    assert [each.FailureReason for each in report.FailedSOPSequence] == [0x0110]
    assert "ReferencedSOPSequence" not in report


def test_another_sites_instance_is_unknown(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    gate.receive(payload, site="south")
    ask(gate.node, references_of([payload]))
    turn(gate)
    assert [each.FailureReason for each in told[0][1].FailedSOPSequence] == [0x0112]


def test_a_purged_study_is_committed_no_more(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    gate.receive(payload)
    purge(gate.node, gate.study().study_uid, actor="test")
    ask(gate.node, references_of([payload]))
    turn(gate)
    assert [each.FailureReason for each in told[0][1].FailedSOPSequence] == [0x0112]


def test_a_request_waits_for_what_still_lies_in_the_spool(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    gate.spool(payload)
    gate.pass_time(seconds=(time.time() - gate.node.clock().timestamp()) + 60)
    ask(gate.node, references_of([payload]))
    turn(gate)
    assert told == []
    assert the_only(gate.node)["state"] == "asked"
    take_in(gate.node, list(gate.node.spool.entries()))
    turn(gate)
    assert [event_type for event_type, _ in told] == [1]


def test_a_peer_that_is_down_is_told_when_it_is_back(gate, part10, hospital):
    payload = part10(1)
    gate.receive(payload)
    ask(gate.node, references_of([payload]))
    turn(gate)
    assert "--commitment-host" in the_only(gate.node)["reason"]
    port, told = hospital()
    address(gate.node, port)
    gate.pass_time(seconds=3600)
    CommitmentDuty(gate.node)()
    assert [event_type for event_type, _ in told] == [1]
    view = the_only(gate.node)
    assert (view["state"], view["attempts"], view["reason"]) == ("sent", 2, None)


def test_a_peer_that_refuses_the_report_is_tried_again(gate, part10, hospital):
    port, told = hospital(status=0x0110)
    address(gate.node, port)
    payload = part10(1)
    gate.receive(payload)
    ask(gate.node, references_of([payload]))
    turn(gate)
    assert len(told) == 1
    view = the_only(gate.node)
    assert (view["state"], view["reason"]) == ("judged", "the peer did not take the report (status 0110H)")


def test_what_the_door_has_handed_over_is_not_sent_again(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    gate.receive(payload)
    ask(gate.node, references_of([payload]))
    duty = CommitmentDuty(gate.node)
    duty()
    box = CommitmentBox(gate.node.settings.commitments)
    assert box.claim(TRANSACTION, "2" * 32) is not None
    gate.pass_time(seconds=5)
    duty()
    assert the_only(gate.node)["state"] == "judged"
    box.sent(TRANSACTION, "2" * 32)
    duty()
    assert the_only(gate.node)["state"] == "sent"
    assert told == []
    assert box.state(TRANSACTION, "2" * 32) == "absent"


def test_the_same_transaction_asked_again_is_one_request_answered_again(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    ask(gate.node, references_of([payload]))
    turn(gate)
    gate.receive(payload)
    ask(gate.node, references_of([payload]), delivery="3" * 32)
    turn(gate)
    assert [event_type for event_type, _ in told] == [2, 1]
    assert the_only(gate.node)["failed"] == 0


def test_a_person_may_have_a_request_judged_anew_once_it_was_judged(gate, part10, hospital):
    port, told = hospital()
    address(gate.node, port)
    payload = part10(1)
    gate.receive(payload)
    ask(gate.node, references_of([payload]))
    turn(gate)
    retry_commitment(gate.node, the_only(gate.node)["id"], actor="test")
    with pytest.raises(Conflict):
        retry_commitment(gate.node, the_only(gate.node)["id"], actor="test")
    turn(gate)
    assert [event_type for event_type, _ in told] == [1, 1]


def test_nobody_is_told_for_ever(gate, part10):
    ask(gate.node, references_of([part10(1)]))
    turn(gate)
    gate.pass_time(seconds=timedelta(days=8).total_seconds())
    CommitmentDuty(gate.node)()
    assert the_only(gate.node)["state"] == "given-up"
