"""One association as query and retrieve speak over it: messages out, stores with their answers, within bounded memory.

A data set is handed to the upper layer piece by piece, and no piece before there is room for it: the library would
queue a whole object. A peer that takes nothing for as long as the network timeout is cut off.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import P_DATA

from scp.command_set import encode_store_request
from scp.wire import COMMAND, LAST

_PDV_OVERHEAD = 6
_LARGEST_FRAGMENT = 128 * 1024
_MOST_WAITING = 8
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class StoreOffer:
    """What a C-STORE-RQ says; `originator` is who asked for it by C-MOVE, with the number of that message."""

    sop_class_uid: str
    sop_instance_uid: str
    originator: tuple[str, int] | None = None


class Line:
    """The sending side of an established association."""

    def __init__(self, association: Association, *, silence_seconds: float) -> None:
        self._association = association
        self._silence_seconds = silence_seconds
        self._message_id = 0
        self.contexts = {
            (str(context.abstract_syntax), str(context.transfer_syntax[0])): int(context.context_id or 0)
            for context in association.accepted_contexts
            if context.as_scu
        }

    @property
    def live(self) -> bool:
        """Say whether the peer is still there."""
        association = self._association
        return bool(association.is_established and association.dul.is_alive() and not association.acse.is_aborted())

    def cancelled(self, message_id: int) -> bool:
        """Say whether the peer has sent a C-CANCEL for a message of its own."""
        return message_id in self._association.dimse.cancel_req

    def send(self, message: Any, context_id: int) -> bool:
        """Send a message; return whether the peer was there to take it."""
        if not self._has_room():
            return False
        self._association.dimse.send_msg(message, context_id)
        return True

    def store(self, context_id: int, offer: StoreOffer, data_set: Iterator[bytes]) -> int | None:
        """Send an instance and return the status it is answered with, None when the association is over.

        When the data set breaks off in the middle the association is cut, since nothing else can end it.
        """
        self._message_id = self._message_id % 0xFFFF + 1
        command = encode_store_request(self._message_id, offer.sop_class_uid, offer.sop_instance_uid, offer.originator)
        whole = False
        try:
            whole = self._send_fragments(context_id, COMMAND, [command])
            whole = whole and self._send_fragments(context_id, 0, data_set)
        finally:
            if not whole:
                self.cut()
        return self._answer() if whole else None

    def cut(self) -> None:
        """End the association at once."""
        association = self._association
        with suppress(Exception):
            if association.dul.socket is not None and association.dul.socket.socket is not None:
                association.dul.socket.socket.shutdown(socket.SHUT_RDWR)
        association.is_established = False

    def _answer(self) -> int | None:
        _, answer = self._association.dimse.get_msg(block=True)
        if not isinstance(answer, C_STORE) or answer.MessageIDBeingRespondedTo != self._message_id:
            self.cut()
            return None
        return int(answer.Status or 0)

    def _send_fragments(self, context_id: int, kind: int, pieces: Iterable[bytes]) -> bool:
        room = self._association.dimse.maximum_pdu_size - _PDV_OVERHEAD
        size = min(room, _LARGEST_FRAGMENT) if room > 0 else _LARGEST_FRAGMENT
        for fragment, last in cut_to(pieces, size):
            if not self._has_room():
                return False
            primitive = P_DATA()
            control = bytes((kind | (LAST if last else 0),))
            primitive.presentation_data_value_list.append((context_id, control + fragment))
            self._association.dul.send_pdu(primitive)
        return True

    def _has_room(self) -> bool:
        """Wait until the upper layer has sent most of what it was given; return whether it did."""
        waiting = self._association.dul.to_provider_queue
        since, before = time.monotonic(), len(waiting.queue)
        while self.live:
            with waiting.not_full:  # notified whenever something was taken
                now = len(waiting.queue)
                if now < _MOST_WAITING:
                    return True
                if now >= before and time.monotonic() - since > self._silence_seconds:
                    break
                if now < before:
                    since, before = time.monotonic(), now
                waiting.not_full.wait(_LOOK_SECONDS)
        return False


def cut_to(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the same bytes in fragments of at most a size, and with each whether it is the last."""
    held: bytes | None = None
    for piece in pieces:
        for start in range(0, len(piece), size):
            if held is not None:
                yield held, False
            held = piece[start : start + size]
    yield held or b"", True
