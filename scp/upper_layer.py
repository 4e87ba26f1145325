"""The upper layer of one association, driven by events (PS3.8 section 9.2).

The state machine, the PDUs and every service but C-STORE are pynetdicom's. Three things are ours: the reading thread
waits for the socket or for the library instead of polling; P-DATA-TF in state 6 goes straight to `StreamingDimse`
without PDU and primitive objects; and what a peer may say of the length of a PDU is bounded.
"""

import queue
import select
from contextlib import suppress
from typing import Any, cast

from pynetdicom.association import Association
from pynetdicom.dul import DULServiceProvider
from pynetdicom.pdu import A_ASSOCIATE_RQ

from config.errors import Malformed
from config.log import describe, get_log
from scp.pdu_socket import Pdu, PduSocket, acknowledge
from scp.streaming import StreamingDimse
from scp.waiting import Bell, SignallingQueue
from scp.wire import P_DATA_TF, split_fragments

_ESTABLISHED = "Sta6"
_ABORTED = "Sta13"
_CONNECTION_CLOSED = "Evt17"
_ARTIM_EXPIRED = "Evt18"
_INVALID_PDU = "Evt19"
_LONGEST_WAIT_SECONDS = 1.0


class EventDrivenDul(DULServiceProvider):
    """The upper layer provider whose thread sleeps while nothing happens."""

    def __init__(self, assoc: Association, *, maximum_pdu_bytes: int) -> None:
        super().__init__(assoc)
        self.daemon = True
        self._bell = Bell()
        self.to_provider_queue = SignallingQueue(self._bell.ring)
        self._maximum_pdu_bytes = maximum_pdu_bytes

    def kill_dul(self) -> None:
        """Tell the thread to end."""
        super().kill_dul()
        self._bell.ring()

    def run_reactor(self) -> None:
        """Drive the state machine until it is told to end; then give everything back."""
        self._idle_timer.start()
        self.assoc._dul_ready.set()
        try:
            while not self._kill_thread:
                self._turn()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: one association ends, not the node
            get_log().error("association failed", door="cstore", **describe(error))
            self.assoc.is_aborted, self.assoc.is_established, self.assoc._kill = True, False, True
        finally:
            self._dimse.abandon()
            if self.socket is not None:
                self.socket._shutdown_socket()
            self._bell.close()
            self.to_user_queue.put(None)  # wakes an association that still waits for its A-ASSOCIATE-RQ

    @property
    def _dimse(self) -> StreamingDimse:
        return cast(StreamingDimse, self.assoc.dimse)

    @property
    def _socket(self) -> PduSocket:
        return cast(PduSocket, self.socket)

    def _turn(self) -> None:
        """Find the next event and act on it, or wait for one."""
        if self.event_queue.empty():
            if self.artim_timer.expired:
                self.event_queue.put(_ARTIM_EXPIRED)
            elif not self._process_recv_primitive() and self._is_transport_event():
                self._idle_timer.restart()
        try:
            event = self.event_queue.get(block=False)
        except queue.Empty:
            self._wait()
        else:
            self.state_machine.do_action(event)

    def _process_recv_primitive(self) -> bool:
        """Take what the library has to say; once the association is no more there is nobody to say it to."""
        if self.state_machine.current_state == _ABORTED:
            with self.to_provider_queue.mutex:
                self.to_provider_queue.queue.clear()
        return super()._process_recv_primitive()

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        sock = self.socket.socket if self.socket is not None else None
        if sock is not None and sock.fileno() >= 0:
            if self._socket.has_read_ahead:
                return
            with suppress(OSError):  # a connection that is gone: the poll says so
                acknowledge(sock)
            poll.register(sock, select.POLLIN)
        poll.poll(_LONGEST_WAIT_SECONDS * 1000)
        self._bell.hush()

    def _read_pdu_data(self) -> None:
        """Read PDUs while there are any and the library has nothing to say in between.

        Behind an abort nothing is a PDU any more, since it may have come of one that lied about its length: one abort
        is the answer to all of it (PS3.8 table 9-9, action AA-6).
        """
        try:
            if self.state_machine.current_state == _ABORTED:
                self._socket.drop()
                return
            while self.event_queue.empty() and self.to_provider_queue.empty():
                pdu = self._socket.take_pdu(self._maximum_pdu_bytes)
                if pdu is not None:
                    self._take(pdu)
                    continue
                self._dimse.settle()
                if not self._socket.read_more():
                    return
                self._idle_timer.restart()
        except OSError:
            self.event_queue.put(_CONNECTION_CLOSED)
        except Malformed as error:
            get_log().warning("association broken by its peer", door="cstore", reason=str(error))
            self.event_queue.put(_INVALID_PDU)

    def _take(self, pdu: Pdu) -> None:
        """Hand a PDU on: data of an established association to its DIMSE provider, all else to the library."""
        if pdu.kind == P_DATA_TF and self.state_machine.current_state == _ESTABLISHED:
            for fragment in split_fragments(pdu.body):
                self._dimse.receive_fragment(fragment)
        else:
            self._to_library(bytearray(pdu.data))

    def _to_library(self, pdu_bytes: bytearray) -> None:
        try:
            pdu, event = self._decode_pdu(pdu_bytes)
            primitive = pdu.to_primitive()
        except Exception as error:  # whatever a hostile PDU makes the library raise ends one association
            raise Malformed("a PDU cannot be decoded") from error
        if isinstance(pdu, A_ASSOCIATE_RQ) and not all(
            context.abstract_syntax and context.transfer_syntax for context in pdu.presentation_context
        ):
            raise Malformed("a presentation context lacks what it must have")  # PS3.8 table 9-13
        cast(Any, pdu).to_primitive = lambda: primitive  # what was tried here is not made again
        self.event_queue.put(event)
        self._recv_pdu.put(pdu)
