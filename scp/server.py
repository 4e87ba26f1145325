"""Compose the door and run it: listening sockets, admission, reception; then leave without dropping anything.

Stopping means: no new connections, no new associations, the instances under way get their answer, then whoever is
still associated is aborted. Nothing that was acknowledged depends on how this process ends.
"""

import gc
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.events import Event

from config.log import describe, get_log
from config.metrics import ASSOCIATIONS
from config.settings import Settings
from scp import library_path
from scp.acceptor import AcceptorFactory
from scp.admission import Admission
from scp.commitment import Commitment
from scp.commitment_box import CommitmentBox
from scp.contexts import VERIFICATION
from scp.departures import Departures
from scp.knocking import knock_of
from scp.listener import Listener
from scp.negotiation import confirm_identity, one_operation_at_a_time, supported_by_terms
from scp.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scp.peers import Peers, Rule, WorkstationRule
from scp.ports import Ports, open_ports
from scp.query_retrieve import QueryRetrieve, agreed_extensions
from scp.quiet import check_uids_once, silence_the_library
from scp.quota import Quota
from scp.reception import Caller, Reception
from scp.rejections import NOT_NOW, Rejection
from scp.renewing_tls import RenewingContext
from scp.retrieval import Archive
from scp.seats import Seats
from scp.spool import Spool
from scp.strangers import Strangers
from scp.tls import server_context
from scp.visits import Visits, rejected_in_words
from scp.visits_file import visits_of_receiver

STOP_SECONDS = 10.0
_ABORT_SECONDS = 2.0
_REFRESH_SECONDS = 1.0
_ACSE_SECONDS = 30
_NOT_ASSOCIATED = 256  # connections that wait for their answer, beside the associations themselves


def run_scp(
    settings: Settings,
    *,
    stop: threading.Event,
    ready: Callable[[int], None],
    streaming: bool = True,
    open_archive: Callable[[], Archive] | None = None,
    ports: Ports | None = None,
    number: int = 1,
) -> None:
    """Serve until `stop` is set; `ready` is called with the port once connections are taken.

    This is one receiver: `ports` are those that several share, and `number` tells them apart, from 1.

    `streaming=False` uses pynetdicom's own path: the same reception, slower, and with whole objects in memory; it has
    no query and retrieve. `open_archive` is called when the first workstation asks; without it none is let in.

    Raises:
        Misconfigured: a port that cannot be had, or TLS files that cannot be used.
    """
    silence_the_library()
    check_uids_once()
    ports = ports or open_ports(settings.dicom)
    spool = Spool(settings.spool)
    if swept := spool.sweep():
        get_log().warning("remains of a dead process removed", door="cstore", count=swept)
    quota = Quota(folder=settings.door / "quota")
    reception = Reception(spool, reserve_bytes=settings.dicom.reserve_bytes, quota=quota)
    service = None
    if open_archive is not None and streaming:
        service = QueryRetrieve(
            open_archive, ae_title=settings.dicom.ae_title, timeout_seconds=settings.dicom.network_timeout_seconds
        )
    seats = Seats(settings.door / "seats")
    door = _Door(
        settings, reception, seats, CommitmentBox(settings.commitments), service, streaming=streaming, number=number
    )
    with ExitStack() as stack:
        listeners = door.listen(ports)
        for listener in listeners:
            thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listener.shutdown)
        threading.Thread(target=door.commitment.serve, args=(stop,), name="commitment", daemon=True).start()
        gc.collect()
        gc.freeze()  # what lives until the end need not be looked at again
        for listener in listeners:
            get_log().info("door open", door="cstore", host=settings.dicom.host, port=listener.server_address[1])
        ready(int(listeners[0].server_address[1]))
        _refresh_until(stop, door.admission)
        door.admission.close()
    door.drain(STOP_SECONDS)
    if service is not None:
        service.close()
    seats.close()
    quota.close()


def _refresh_until(stop: threading.Event, admission: Admission) -> None:
    """Wait for the end, and let the other receivers know meanwhile who has left."""
    while not stop.wait(_REFRESH_SECONDS):
        try:
            admission.refresh()
        except OSError as error:
            get_log().error("seats not given back", door="cstore", **describe(error))


class _Door:
    """The parts that all listening ports share."""

    def __init__(
        self,
        settings: Settings,
        reception: Reception,
        seats: Seats,
        box: CommitmentBox,
        query_retrieve: QueryRetrieve | None,
        *,
        streaming: bool,
        number: int,
    ) -> None:
        self._dicom = settings.dicom
        self._reception = reception
        self._query_retrieve = query_retrieve
        self._streaming = streaming
        self._peers = Peers(settings.peers_file)
        self.admission = Admission(
            self._rule_of,
            called_ae=settings.dicom.ae_title,
            maximum_associations=settings.dicom.maximum_associations,
            quota=reception.quota,
            seats=seats,
        )
        self._strangers = Strangers()
        self._departures = Departures(settings.departures)
        self.visits = Visits(visits_of_receiver(settings.visits_file, number))
        self.commitment = Commitment(box, self.admission.caller)
        self._ae = _application_entity(settings)

    def listen(self, ports: Ports) -> list[Listener]:
        """Take connections at the plain port, and at the TLS port where certificates are set."""
        try:
            tls = server_context(self._dicom)
        except BaseException:
            ports.close()
            raise
        listeners = [self._listener(ports.plain, None)]
        if tls is not None and ports.tls is not None:
            listeners.append(self._listener(ports.tls, tls))
        return listeners

    def drain(self, seconds: float) -> None:
        """Let the instances under way be answered, then abort whoever is still associated."""
        deadline = time.monotonic() + seconds
        while self._reception.running and time.monotonic() < deadline:
            time.sleep(0.02)
        for association in self.admission.inside():
            association.abort(block=False)
        deadline = time.monotonic() + _ABORT_SECONDS
        while any(True for _ in self.admission.inside()) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _listener(self, listening: socket.socket, tls: ssl.SSLContext | None) -> Listener:
        handlers: list[Any] = [
            (evt.EVT_REQUESTED, self._on_requested),
            (evt.EVT_ACCEPTED, self._on_accepted),
            (evt.EVT_N_ACTION, self.commitment.on_action),
            (evt.EVT_SOP_EXTENDED, self._on_extended),
            (evt.EVT_ASYNC_OPS, one_operation_at_a_time),
            (evt.EVT_RELEASED, lambda event: self._on_ended(event, "released")),
            (evt.EVT_ABORTED, lambda event: self._on_ended(event, "aborted")),
        ]
        extra: dict[str, Any] = {}
        if self._streaming:
            parts = {
                "handlers": handlers,
                "reception": self._reception,
                "caller_of": self.admission.caller,
                "query_retrieve": self._query_retrieve,
            }
            extra["request_handler"] = type("Factory", (AcceptorFactory,), parts)
        else:
            library_path.register_storage_classes()
            handlers.append((evt.EVT_C_STORE, library_path.store, [self._reception, self.admission.caller]))
        listener = Listener(self._ae, listening, self._ae.ae_title, self._ae.supported_contexts, tls, handlers, **extra)
        listener.strangers = self._strangers
        listener.tls = RenewingContext(self._dicom, tls) if tls is not None else None
        listener.on_failed_handshake = self.visits.note_handshake
        return listener

    def _rule_of(self, calling_ae: str) -> Rule | None:
        """Return the rule for a title; where nothing can be retrieved no workstation is known."""
        rule = self._peers.rule_of(calling_ae)
        return None if self._query_retrieve is None and isinstance(rule, WorkstationRule) else rule

    def _on_requested(self, event: Event) -> None:
        """Decide about an A-ASSOCIATE-RQ, and prepare what is supported for what it proposes."""
        association: Any = event.assoc
        self._strangers.forget(association.dul.socket.socket)
        try:
            knock = knock_of(association)
            decision = self.admission.admit(association, knock)
            self.visits.note(knock, decision)
            if isinstance(decision, Caller):
                self._negotiate(association, decision)
        except Exception as error:  # noqa: BLE001 - the library would go on and let the peer in
            get_log().error("association failed", door="cstore", **describe(error))
            decision = NOT_NOW
        if isinstance(decision, Rejection):
            association.acse.send_reject(decision.result, decision.source, decision.diagnostic)
            association.kill()  # waits until the rejection is on the wire

    def _negotiate(self, association: Any, caller: Caller) -> None:
        """Prepare what is answered to what an admitted requestor proposes."""
        supported = supported_by_terms(association, caller, unlisted=self._dicom.unlisted_sop_classes)
        association.acceptor.supported_contexts = supported
        if not self._streaming:
            library_path.register_storage_classes(str(context.abstract_syntax) for context in supported)
        confirm_identity(association, caller)

    def _on_accepted(self, event: Event) -> None:
        """Remember which presentation contexts were not accepted, for the admin of a sender to see."""
        if caller := self.admission.caller(event.assoc):
            self.visits.note_contexts(caller.delivery, rejected_in_words(event.assoc.rejected_contexts))

    def _on_extended(self, event: Event) -> dict[Any, bytes]:
        """Answer SOP class extended negotiation (PS3.4 section C.5)."""
        caller = self.admission.caller(event.assoc)
        proposed: dict[Any, bytes] = getattr(event, "app_info", {})
        return agreed_extensions(proposed) if caller is not None and caller.workstation else {}

    def _on_ended(self, event: Event, outcome: str) -> None:
        """Count how an association ended; one whose connection broke is aborted too (PS3.8 section 9.2.3)."""
        self.commitment.forget(event.assoc)
        if caller := self.admission.caller(event.assoc):
            self.admission.leave(event.assoc)
            if outcome == "released" and not caller.workstation:
                self._departures.note(caller.delivery)
            ASSOCIATIONS.labels(outcome).inc()
            get_log().info(
                "association ended", door="cstore", site=caller.site, delivery=caller.delivery, outcome=outcome
            )


def _application_entity(settings: Settings) -> ApplicationEntity:
    dicom = settings.dicom
    ae = ApplicationEntity(dicom.ae_title)
    ae.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    ae.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    ae.maximum_pdu_size = dicom.maximum_pdu_bytes
    ae.maximum_associations = (
        dicom.maximum_associations + _NOT_ASSOCIATED
    )  # of connections; see `admission`, `listener`
    ae.acse_timeout = min(_ACSE_SECONDS, dicom.network_timeout_seconds)
    ae.network_timeout = dicom.network_timeout_seconds
    ae.dimse_timeout = dicom.network_timeout_seconds
    ae.add_supported_context(VERIFICATION)
    return ae
