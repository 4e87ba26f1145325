"""A small C-STORE SCU: sends objects as they are, and says of each what became of it in words a person can act on.

Used by the return of answers and by the demo. It proposes exactly the SOP classes and transfer syntaxes that the
objects have (and the default transfer syntax as second choice for uncompressed ones), at most 128 in an association
(PS3.8 section 9.3.2.2); more objects take more associations. Objects are sent one after the other and are in memory
while they are. A peer's refusal is an outcome, never an exception.
"""

import io
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext, build_context, build_role

from config.errors import Malformed
from gateway.handshake import why_no_handshake
from gateway.outgoing import Outgoing, read_outgoing
from scp.commitment import PUSH_MODEL_INSTANCE
from scp.contexts import STORAGE_COMMITMENT, VERIFICATION
from scp.destination import send_at_once
from scp.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scp.pausing import pause_reactor, resume_reactor
from scp.quiet import silence_the_library

_MOST_CONTEXTS = 128
_SENT_PDU_BYTES = 131072

_REJECTIONS = {
    (1, 1, 3): "the peer does not know our AE title {calling}: it has to be entered there",
    (1, 1, 7): "the peer does not call itself {called}: its AE title has to be corrected here",
    (1, 1, 2): "the peer does not support DICOM's application context",
    (2, 3, 1): "the peer is congested; try again later",
    (2, 3, 2): "the peer has no room for another association; try again later",
}
_STATUSES = {
    0x0122: "the peer does not take this SOP class",
    0x0124: "the peer does not permit us to store",
    0x0117: "the peer finds the SOP instance invalid",
}
_STATUS_RANGES = (  # PS3.4 table B.2-1
    (range(0xA700, 0xA800), "the peer is out of resources; try again later"),
    (range(0xA900, 0xAA00), "the peer finds that the data set does not match its SOP class"),
    (range(0xC000, 0xD000), "the peer cannot understand the object"),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """Where to send and under which names; `tls` is a client context where the peer speaks TLS."""

    host: str
    port: int
    called_ae: str
    calling_ae: str
    timeout: float = 30.0
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """What became of one object; `status` is the peer's, None when it never answered."""

    sop_instance_uid: str
    status: int | None
    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of all objects, in their order; `reason` is why an association failed, if one did."""

    objects: tuple[ObjectResult, ...]
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Say whether every object was stored."""
        return not self.reason and all(item.ok for item in self.objects)

    @property
    def stored(self) -> int:
        """Return how many objects were stored."""
        return sum(item.ok for item in self.objects)


@dataclass(frozen=True, slots=True)
class EchoResult:
    """Whether a peer answered a C-ECHO, and if not, why."""

    ok: bool
    reason: str = ""


def send_files(
    host: str,
    port: int,
    *,
    called_ae: str,
    calling_ae: str,
    files: Iterable[Path | bytes],
    timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
    on_progress: Callable[[ObjectResult], None] | None = None,
) -> SendResult:
    """Send Part 10 objects (paths, or the bytes of whole files) and return what became of each.

    `timeout` bounds each wait in seconds: for the connection, for the association, for each response.
    """
    peer = Peer(host, port, called_ae, calling_ae, timeout, tls)
    results: dict[int, ObjectResult] = {}
    outgoing: list[tuple[int, Outgoing]] = []
    tell = on_progress or (lambda _result: None)
    for number, source in enumerate(files):
        try:
            outgoing.append((number, read_outgoing(source)))
        except (Malformed, OSError) as error:
            reason = str(error) if isinstance(error, Malformed) else "the file cannot be read"
            results[number] = ObjectResult("", None, False, reason)
            tell(results[number])
    reasons = []
    for batch in _batches(outgoing):
        with _Association(peer, _contexts(item for _, item in batch)) as association:
            for number, item in batch:
                results[number] = association.store(item)
                tell(results[number])
            reasons.append(association.failure)
    return SendResult(tuple(results[number] for number in sorted(results)), next(filter(None, reasons), ""))


def echo(
    host: str,
    port: int,
    *,
    called_ae: str,
    calling_ae: str,
    timeout: float = 10.0,
    tls: ssl.SSLContext | None = None,
) -> EchoResult:
    """Ask a peer whether it is there (C-ECHO, PS3.4 annex A)."""
    peer = Peer(host, port, called_ae, calling_ae, timeout, tls)
    with _Association(peer, [build_context(VERIFICATION)]) as association:
        return association.echo()


def report_commitment(peer: Peer, report: Dataset, event_type: int) -> str:
    """Bring a storage commitment's result to a peer in the role of the SCP; return why it failed, "" when it did not.

    `report` is the Event Information (PS3.4 table J.3-2); the role is negotiated as PS3.4 section J.3 asks.
    """
    role = build_role(STORAGE_COMMITMENT, scu_role=False, scp_role=True)
    with _Association(peer, [build_context(STORAGE_COMMITMENT)], [role]) as association:
        return association.report(report, event_type)


class _Association:
    """One association, that may have failed: then every object fails with its reason."""

    def __init__(
        self,
        peer: Peer,
        contexts: list[PresentationContext],
        roles: Sequence[SCP_SCU_RoleSelectionNegotiation] = (),
    ) -> None:
        self._peer = peer
        self._connected = False
        self._message_id = 0
        self._is_paused = False
        silence_the_library()
        ae = ApplicationEntity(peer.calling_ae)
        ae.implementation_class_uid = IMPLEMENTATION_CLASS_UID
        ae.implementation_version_name = IMPLEMENTATION_VERSION_NAME
        ae.connection_timeout = ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = peer.timeout
        self._association: Association = ae.associate(
            peer.host,
            peer.port,
            contexts=contexts,
            ae_title=peer.called_ae,
            ext_neg=list(roles),
            max_pdu=_SENT_PDU_BYTES,
            tls_args=(peer.tls, peer.host) if peer.tls else None,
            evt_handlers=[(evt.EVT_CONN_OPEN, self._on_connected)],
        )
        self._accepted = {
            (str(cx.abstract_syntax), str(cx.transfer_syntax[0])): cx.context_id
            for cx in self._association.accepted_contexts
        }
        self.failure = "" if self._association.is_established else self._why_not()
        send_at_once(self._association)

    def __enter__(self) -> "_Association":
        return self

    def __exit__(self, *_: object) -> None:
        resume_reactor(self._association)
        if self._association.is_established:
            self._association.release()

    def store(self, item: Outgoing) -> ObjectResult:
        """Send one object and wait for its response."""
        failed = ObjectResult(item.sop_instance_uid, None, False, self.failure)
        if self.failure:
            return failed
        context_id = self._accepted.get((item.sop_class_uid, item.transfer_syntax_uid))
        try:
            if context_id is not None:
                data_set = item.data_set()
            elif item.re_encodable and (item.sop_class_uid, ImplicitVRLittleEndian) in self._accepted:
                context_id = self._accepted[item.sop_class_uid, ImplicitVRLittleEndian]
                data_set = item.data_set_in_implicit_vr()
            else:
                return replace(failed, reason="the peer does not take this SOP class in this transfer syntax")
        except OSError:
            return replace(failed, reason="the file cannot be read")
        response = self._exchange(item, context_id, data_set) if context_id is not None else None
        if response is None:
            self.failure = "the peer ended the association or did not answer in time"
            return replace(failed, reason=self.failure)
        stored = response == 0x0000 or response >> 12 == 0xB
        return ObjectResult(item.sop_instance_uid, response, stored, "" if stored else _status_words(response))

    def echo(self) -> EchoResult:
        """Send a C-ECHO."""
        if self.failure:
            return EchoResult(False, self.failure)
        if VERIFICATION not in (abstract for abstract, _ in self._accepted):
            return EchoResult(False, "the peer does not offer verification")
        status = self._association.send_c_echo()
        if "Status" not in status:
            return EchoResult(False, "the peer did not answer in time")
        return EchoResult(status.Status == 0x0000, "" if status.Status == 0x0000 else _status_words(status.Status))

    def report(self, report: Dataset, event_type: int) -> str:
        """Send an N-EVENT-REPORT of storage commitment; return why it failed, "" when it did not."""
        if self.failure:
            return self.failure
        try:
            answer, _ = self._association.send_n_event_report(
                report, event_type, STORAGE_COMMITMENT, PUSH_MODEL_INSTANCE
            )
        except (RuntimeError, ValueError):
            return "the peer ended the association or does not take reports of storage commitment"
        if "Status" not in answer:
            return "the peer ended the association or did not answer in time"
        status = int(answer.Status)
        return "" if status == 0x0000 else f"the peer did not take the report (status {status:04X}H)"

    def _exchange(self, item: Outgoing, context_id: int, data_set: bytes) -> int | None:
        """Send a C-STORE-RQ with a data set as it is; the library's `send_c_store` would decode what is in memory."""
        association = self._association
        if not association.is_established:
            return None
        self._message_id = self._message_id % 0xFFFF + 1
        request = C_STORE()
        request.MessageID = self._message_id
        request.Priority = 0x0002
        request.AffectedSOPClassUID = item.sop_class_uid
        request.AffectedSOPInstanceUID = item.sop_instance_uid
        request.DataSet = io.BytesIO(data_set)
        if not self._is_paused:  # once for all objects: pausing anew takes a while each time
            pause_reactor(association)
            self._is_paused = True
        association.dimse.send_msg(request, context_id)
        _, response = association.dimse.get_msg(block=True)
        if response is None:
            association.abort()
            return None
        status: int | None = getattr(response, "Status", None)
        return status

    def _on_connected(self, _event: evt.Event) -> None:
        self._connected = True

    def _why_not(self) -> str:
        peer, association = self._peer, self._association
        if not self._connected and peer.tls is not None:
            return why_no_handshake(peer.host, peer.port, peer.tls, timeout=peer.timeout)
        if not self._connected:
            return f"no connection to {peer.host} port {peer.port}: nothing listens there, or a firewall is between"
        if association.is_rejected:
            answer: Any = association.acceptor.primitive
            code = (answer.result, answer.result_source, answer.diagnostic)
            words = _REJECTIONS.get(code, "the peer rejected the association ({code})")
            return words.format(called=peer.called_ae, calling=peer.calling_ae, code="/".join(map(str, code)))
        if association.acceptor.primitive is not None and not association.accepted_contexts:
            return "the peer accepts none of the SOP classes and transfer syntaxes"
        wants = "it may ask for a certificate that it trusts" if peer.tls else "it may expect TLS"
        return f"the peer ended the connection before it answered; {wants}, or speak no DICOM"


def _status_words(status: int) -> str:
    in_range = (words for codes, words in _STATUS_RANGES if status in codes)
    words = _STATUSES.get(status) or next(in_range, "the peer failed to store the object")
    return f"{words} (status {status:04X}H)"


def _pairs(item: Outgoing) -> set[tuple[str, str]]:
    pairs = {(item.sop_class_uid, item.transfer_syntax_uid)}
    if item.re_encodable:
        pairs.add((item.sop_class_uid, str(ImplicitVRLittleEndian)))
    return pairs


def _contexts(items: Iterable[Outgoing]) -> list[PresentationContext]:
    pairs = dict.fromkeys(pair for item in items for pair in sorted(_pairs(item)))
    return [build_context(abstract, transfer) for abstract, transfer in pairs]


def _batches(items: list[tuple[int, Outgoing]]) -> Iterator[list[tuple[int, Outgoing]]]:
    batch: list[tuple[int, Outgoing]] = []
    pairs: set[tuple[str, str]] = set()
    for number, item in items:
        if len(pairs | _pairs(item)) > _MOST_CONTEXTS:
            yield batch
            batch, pairs = [], set()
        batch.append((number, item))
        pairs |= _pairs(item)
    if batch:
        yield batch
