"""An association as we accept it: pynetdicom's, with our upper layer and our DIMSE provider put in.

Here and in the three modules it uses (`upper_layer`, `streaming`, `wire`) private names of pynetdicom are touched and
nowhere else; `library_path` is the way without them.
"""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from pynetdicom import evt
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler

from scp.reception import Caller, Reception
from scp.streaming import StreamingDimse
from scp.upper_layer import EventDrivenDul
from scp.waiting import SignallingQueue
from scp.wire import PduSocket

_LONGEST_WAIT_SECONDS = 1.0


class Acceptor(Association):
    """An accepted association whose threads wait for events and whose C-STOREs are streamed."""

    def __init__(
        self, ae: ApplicationEntity, reception: Reception, caller_of: Callable[[Association], Caller | None]
    ) -> None:
        super().__init__(ae, MODE_ACCEPTOR)
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

    def _create_association(self) -> Association:
        assoc = Acceptor(self.ae, self.reception, self.caller_of)
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
