"""Storage commitment at the door: what is asked lies on disk before it is answered, and answers find their peer."""

import threading
import time
from datetime import UTC, datetime

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, StorageCommitmentPushModel

from scp.commitment import PUSH_MODEL_INSTANCE
from scp.commitment_box import CommitmentAnswer, CommitmentBox, CommitmentRequest

BOTH = pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "library"])
TRANSACTION = "1.2.826.0.1.3680043.10.9.1"
REFERENCE = (str(CTImageStorage), "1.2.826.0.1.3680043.10.1.1")
PATIENCE = 180


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
    return found


def request_of(transaction=TRANSACTION, references=(REFERENCE,)):
    information = Dataset()
    information.TransactionUID = transaction
    information.ReferencedSOPSequence = []
    for sop_class_uid, sop_instance_uid in references:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
        information.ReferencedSOPSequence.append(item)
    return information


def asked(node):
    return [request for _, request in CommitmentBox(node.settings.commitments).asked()]


@pytest.fixture
def reports():
    """Return the reports that reach the peer, as (event type, Event Information)."""
    return []


@pytest.fixture
def peer(scp_node, reports):
    """Return a starter of an association for storage commitment that keeps the reports it gets."""
    associations = []

    def associate(node):
        def keep(event):
            reports.append((event.event_type, event.event_information))
            return 0x0000, None

        ae = AE("NORTH")
        ae.add_requested_context(StorageCommitmentPushModel)
        association = ae.associate(
            "127.0.0.1", node.port, ae_title="OVERREAD", evt_handlers=[(evt.EVT_N_EVENT_REPORT, keep)]
        )
        assert association.is_established
        associations.append(association)
        return association

    yield associate
    for association in associations:
        if association.is_established:
            association.release()


def ask(association, information=None, action=1, instance=PUSH_MODEL_INSTANCE):
    status, _ = association.send_n_action(information or request_of(), action, StorageCommitmentPushModel, instance)
    return status.Status


@BOTH
def test_a_request_is_on_disk_when_it_is_acknowledged(scp_node, streaming, peer):
    node = scp_node(streaming=streaming)
    assert ask(peer(node)) == 0x0000
    (request,) = asked(node)
    assert (request.transaction_uid, request.calling_ae, request.references) == (TRANSACTION, "NORTH", (REFERENCE,))


@BOTH
@pytest.mark.parametrize(
    ("information", "action", "instance", "status"),
    [
        (request_of(references=()), 1, PUSH_MODEL_INSTANCE, 0x0115),
        (request_of(transaction=""), 1, PUSH_MODEL_INSTANCE, 0x0115),
        (request_of(references=[("", "1.2.3")]), 1, PUSH_MODEL_INSTANCE, 0x0115),
        (request_of(), 2, PUSH_MODEL_INSTANCE, 0x0123),
        (request_of(), 1, "1.2.3.4", 0x0112),
    ],
    ids=["nothing referenced", "no transaction", "no class", "other action", "other instance"],
)
def test_what_cannot_be_a_request_is_refused(scp_node, streaming, peer, information, action, instance, status):
    node = scp_node(streaming=streaming)
    assert ask(peer(node), information, action, instance) == status
    assert asked(node) == []


@BOTH
def test_an_answer_comes_over_the_association_that_asked(scp_node, streaming, peer, reports):
    node = scp_node(streaming=streaming)
    association = peer(node)
    ask(association)
    box = CommitmentBox(node.settings.commitments)
    (request,) = asked(node)
    failed = (*REFERENCE, 0x0112)
    place = (request.transaction_uid, request.delivery)
    box.offer(CommitmentAnswer(transaction_uid=place[0], delivery=place[1], committed=(REFERENCE,), failed=(failed,)))
    wait_until(lambda: box.state(*place) == "done")
    ((event_type, report),) = reports
    assert (event_type, report.TransactionUID) == (2, TRANSACTION)
    assert [each.ReferencedSOPInstanceUID for each in report.ReferencedSOPSequence] == [REFERENCE[1]]
    assert [each.FailureReason for each in report.FailedSOPSequence] == [0x0112]


def test_an_answer_for_an_association_that_has_ended_stays_for_another_way(scp_node, peer, reports):
    node = scp_node(streaming=True)
    gone, stays = peer(node), peer(node)
    ask(gone)
    ask(stays, request_of(transaction="1.2.826.0.1.3680043.10.9.2"))
    gone.release()
    box = CommitmentBox(node.settings.commitments)
    first, second = asked(node)
    for each in (first, second):
        box.offer(CommitmentAnswer(transaction_uid=each.transaction_uid, delivery=each.delivery,
                                   committed=each.references, failed=()))  # fmt: skip
    wait_until(lambda: box.state(second.transaction_uid, second.delivery) == "done")
    wait_until(lambda: box.state(first.transaction_uid, first.delivery) == "offered")  # also when it was tried in vain
    assert [event_type for event_type, _ in reports] == [1]


def test_a_claimed_answer_is_claimed_once(tmp_path):
    box = CommitmentBox(tmp_path)
    box.offer(CommitmentAnswer(transaction_uid="1.2", delivery="d", committed=(), failed=()))
    got = []
    threads = [threading.Thread(target=lambda: got.append(box.claim("1.2", "d"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in got) == 1
    assert box.state("1.2", "d") == "claimed"
    box.give_back("1.2", "d")
    assert box.state("1.2", "d") == "offered"


def test_a_damaged_request_does_not_keep_others_back(tmp_path):
    box = CommitmentBox(tmp_path)
    (tmp_path / "asked" / "0.json").write_text("{")
    request = CommitmentRequest(transaction_uid="1.2", site="north", delivery="d", calling_ae="NORTH",
                                received_at=datetime(2025, 3, 14, tzinfo=UTC), references=(REFERENCE,))  # fmt: skip
    box.ask(request)
    assert [each for _, each in box.asked()] == [request]
    assert [path.name for path in (tmp_path / "asked").glob("*.bad")] == ["0.bad"]
