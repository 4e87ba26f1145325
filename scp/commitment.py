"""Storage commitment at the door (PS3.4 annex J, push model): N-ACTION in, N-EVENT-REPORT out while the peer stays.

Success to an N-ACTION says that the request is on disk, nothing about the instances. The door knows no database: the
gateway judges, and answers over an association of its own when the one that asked is gone.
"""

import threading
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom.association import Association
from pynetdicom.events import Event

from config.clock import Clock, system_clock
from config.errors import Malformed, StorageFull
from config.identifiers import UID
from config.log import describe, get_log
from scp.commitment_box import CommitmentAnswer, CommitmentBox, CommitmentRequest, Reference
from scp.contexts import STORAGE_COMMITMENT
from scp.reception import Caller

PUSH_MODEL_INSTANCE = "1.2.840.10008.1.20.1.1"
REQUEST_COMMITMENT = 1  # the one Action Type ID (PS3.4 table J.3-1)

_SUCCESS = 0x0000
_PROCESSING_FAILURE = 0x0110
_NO_SUCH_INSTANCE = 0x0112
_INVALID_ARGUMENT = 0x0115
_NO_SUCH_ACTION = 0x0123
_RESOURCE_LIMITATION = 0x0213
_STATUSES = ((StorageFull, _RESOURCE_LIMITATION), (Malformed, _INVALID_ARGUMENT))
_LOOK_EVERY_SECONDS = 0.25


def read_references(information: Dataset) -> tuple[str, tuple[Reference, ...]]:
    """Return the Transaction UID and what is to be committed.

    Raises:
        Malformed: the Action Information lacks them, or a UID is none.
    """
    transaction = str(information.get("TransactionUID", ""))
    items = information.get("ReferencedSOPSequence") or ()
    references = tuple(
        (str(item.get("ReferencedSOPClassUID", "")), str(item.get("ReferencedSOPInstanceUID", ""))) for item in items
    )
    if not references:
        raise Malformed("a request for storage commitment references nothing")
    for uid in (transaction, *(uid for reference in references for uid in reference)):
        UID(uid)
    return transaction, references


def report_of(answer: CommitmentAnswer) -> Dataset:
    """Return the Event Information of an answer (PS3.4 table J.3-2)."""
    report = Dataset()
    report.TransactionUID = answer.transaction_uid
    if answer.committed:
        report.ReferencedSOPSequence = [_reference(*each) for each in answer.committed]
    if answer.failed:
        report.FailedSOPSequence = [_reference(*each) for each in answer.failed]
    return report


def _reference(sop_class_uid: str, sop_instance_uid: str, failure_reason: int | None = None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    if failure_reason is not None:
        item.FailureReason = failure_reason
    return item


class Commitment:
    """The service of one door: takes requests, and hands answers to the associations that wait for one."""

    def __init__(
        self,
        box: CommitmentBox,
        caller_of: Callable[[Association], Caller | None],
        clock: Clock = system_clock,
    ) -> None:
        self._box = box
        self._caller_of = caller_of
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[Association, list[tuple[str, str]]] = {}

    def on_action(self, event: Event) -> tuple[int, None]:
        """Serve one N-ACTION (a handler of `evt.EVT_N_ACTION`)."""
        caller = self._caller_of(event.assoc)
        request: Any = event.request
        if caller is None:
            return _PROCESSING_FAILURE, None
        if str(request.RequestedSOPInstanceUID) != PUSH_MODEL_INSTANCE:
            return _NO_SUCH_INSTANCE, None
        if event.action_type != REQUEST_COMMITMENT:
            return _NO_SUCH_ACTION, None
        try:
            self._take(event, caller)
        except Exception as error:  # noqa: BLE001 - also whatever a hostile data set makes the library raise
            get_log().warning("commitment-refused", door="cstore", site=caller.site, **describe(error))
            return next((status for kind, status in _STATUSES if isinstance(error, kind)), _PROCESSING_FAILURE), None
        return _SUCCESS, None

    def _take(self, event: Event, caller: Caller) -> None:
        transaction, references = read_references(event.action_information)
        self._box.ask(
            CommitmentRequest(
                transaction_uid=transaction,
                site=caller.site,
                delivery=caller.delivery,
                calling_ae=caller.calling_ae,
                received_at=self._clock(),
                references=references,
            )
        )
        with self._lock:
            self._waiting.setdefault(event.assoc, []).append((transaction, caller.delivery))
        get_log().info("commitment-asked", door="cstore", site=caller.site, count=len(references))

    def forget(self, association: Association) -> None:
        """Hand nothing more to an association that has ended."""
        with self._lock:
            self._waiting.pop(association, None)

    def serve(self, stop: threading.Event) -> None:
        """Hand answers over until told to stop."""
        while not stop.wait(_LOOK_EVERY_SECONDS):
            with self._lock:
                self._waiting = {peer: asked for peer, asked in self._waiting.items() if peer.is_alive()}
                waiting = [(association, *each) for association, all_ in self._waiting.items() for each in all_]
            for association, transaction, delivery in waiting:
                if answer := self._claim(association, transaction, delivery):
                    threading.Thread(target=self._hand_over, args=(association, answer), daemon=True).start()

    def _claim(self, association: Association, transaction: str, delivery: str) -> CommitmentAnswer | None:
        if not association.is_established or (answer := self._box.claim(transaction, delivery)) is None:
            return None
        with self._lock:
            if transactions := self._waiting.get(association):
                transactions.remove((transaction, delivery))
        return answer

    def _hand_over(self, association: Association, answer: CommitmentAnswer) -> None:
        reached = False
        try:
            status, _ = association.send_n_event_report(
                report_of(answer), answer.event_type, STORAGE_COMMITMENT, PUSH_MODEL_INSTANCE
            )
            reached = status.get("Status") == _SUCCESS
        except Exception as error:  # noqa: BLE001 - the edge of a thread; the gateway tries over another association
            get_log().warning("commitment-not-handed-over", door="cstore", **describe(error))
        (self._box.sent if reached else self._box.give_back)(answer.transaction_uid, answer.delivery)
