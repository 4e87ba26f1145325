"""An association as we accept it: pynetdicom's, with our upper layer and our DIMSE provider put in.

Here and in the three modules it uses (`upper_layer`, `streaming`, `pdu_socket`) private names of pynetdicom are touched
and nowhere else; `library_path` is the way without them.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from pydicom.uid import UID
from pynetdicom import evt
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler

from config.log import describe, get_log
from scp.exchange import REQUESTS
from scp.line import Line
from scp.pdu_socket import PduSocket
from scp.query_retrieve import QueryRetrieve
from scp.reception import Caller, Reception
from scp.streaming import StreamingDimse
from scp.upper_layer import EventDrivenDul
from scp.waiting import SignallingQueue

_LONGEST_WAIT_SECONDS = 1.0


class Acceptor(Association):
    """An accepted association whose threads wait for events and whose C-STOREs are streamed."""

    def __init__(
        self,
        ae: ApplicationEntity,
        reception: Reception,
        caller_of: Callable[[Association], Caller | None],
        query_retrieve: QueryRetrieve | None = None,
    ) -> None:
        super().__init__(ae, MODE_ACCEPTOR)
        self._caller_of = caller_of
        self._query_retrieve = query_retrieve
        self._wake = threading.Event()
        self.dul = EventDrivenDul(self, maximum_pdu_bytes=ae.maximum_pdu_size)
        self.dul.to_user_queue = SignallingQueue(self._wake.set)
        self.dimse = StreamingDimse(
            self,
            reception=reception,
            caller=lambda: caller_of(self),
            send=lambda data: cast(PduSocket, self.dul.socket).write_all(data),
            wake=self._wake.set,
        )
        self.acse_timeout = ae.acse_timeout  # the setters hand the timeouts to the new upper layer
        self.network_timeout = ae.network_timeout

    def run_reactor(self) -> None:
        """Negotiate and serve; whatever goes wrong ends this association, with an abort, and no other."""
        try:
            super().run_reactor()
        except Exception as error:  # noqa: BLE001 - the edge of a thread
            get_log().error("association failed", door="cstore", **describe(error))
            self.abort(block=False)
            self.kill()

    def kill(self) -> None:
        """End both threads."""
        self._wake.set()
        super().kill()

    def _run_reactor(self) -> None:
        """Serve what is no C-STORE, until release, abort or silence; the library's loop with a wait in it."""
        while not self._kill:
            self._wake.wait(_LONGEST_WAIT_SECONDS)
            self._wake.clear()
            self._is_paused = True
            self._reactor_checkpoint.wait()
            self._is_paused = False
            self._serve_waiting()
            if self.is_established and self.acse.is_release_requested():
                self._release()
            elif self.acse.is_aborted():
                self._note_abort()
            elif self.dul.idle_timer_expired():
                self.abort()
            elif self.dul.is_alive() and not self.dul._kill_thread:
                continue
            self.kill()

    def _serve_waiting(self) -> None:
        while True:
            context_id, message = self.dimse.get_msg(block=False)
            if message is None or context_id is None:
                return
            self._serve_request(message, context_id)

    def _serve_request(self, msg: Any, context_id: int) -> None:
        """Serve a request: query and retrieve ourselves, all else by the library."""
        caller = self._caller_of(self)
        if self._query_retrieve is None or caller is None or not caller.workstation or not isinstance(msg, REQUESTS):
            super()._serve_request(msg, context_id)
            return
        if not msg.is_valid_request:
            self.abort()
            return
        self.dimse.cancel_req = {}
        proposed = self.requestor.sop_class_extended.get(cast(UID, msg.AffectedSOPClassUID), b"")
        line = Line(self, silence_seconds=float(self.network_timeout or 0))
        self._query_retrieve.serve(line, caller.calling_ae, msg, self._accepted_cx[context_id], proposed)
        self.dimse.cancel_req = {}
        self.dul._idle_timer.restart()  # the peer may have been silent for long because it was being served

    def _release(self) -> None:
        self.acse.send_release(is_response=True)
        self.is_released = True
        self.is_established = False
        evt.trigger(self, evt.EVT_RELEASED, {})

    def _note_abort(self) -> None:
        self.dul.receive_pdu(wait=False)
        self.is_aborted = True
        self.is_established = False
        evt.trigger(self, evt.EVT_ABORTED, {})


class AcceptorFactory(RequestHandler):
    """Makes an `Acceptor` of each connection; a server sets the attributes in a subclass of its own."""

    handlers: Sequence[tuple[evt.EventType, Callable[[evt.Event], None]]]
    reception: Reception
    caller_of: Callable[[Association], Caller | None]
    query_retrieve: QueryRetrieve | None = None

    def _create_association(self) -> Association:
        assoc = Acceptor(self.ae, self.reception, self.caller_of, self.query_retrieve)
        assoc._server = self.server
        assoc.name = f"AcceptorThread@{datetime.now().astimezone():%Y%m%d%H%M%S}"  # the library finds it by this
        sock = PduSocket(assoc, client_socket=self.request)
        sock.pdu_seconds = float(self.ae.network_timeout or PduSocket.pdu_seconds)
        assoc.set_socket(sock)
        assoc.acceptor.maximum_length = self.ae.maximum_pdu_size
        assoc.acceptor.ae_title = self.server.ae_title
        assoc.acceptor.address_info = self.local
        assoc.acceptor.implementation_class_uid = self.ae.implementation_class_uid
        assoc.acceptor.implementation_version_name = self.ae.implementation_version_name
        assoc.acceptor.supported_contexts = list(self.server.contexts)
        assoc.requestor.address_info = self.remote
        for event, handler in self.handlers:
            assoc.bind(event, handler)
        return assoc
