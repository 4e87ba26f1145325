"""The bytes of P-DATA-TF, and a socket that reads exactly as many as a PDU has (PS3.8 sections 9.3.1 and 9.3.5).

Reading is bounded in time and size: a PDU must be whole within the network timeout however slowly it trickles, and a
PDU longer than announced is refused before it is read. TCP_QUICKACK is set again before each wait, since senders that
leave Nagle's algorithm on (DCMTK as shipped) would wait 40 ms for each delayed acknowledgement.
"""

import os
import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from pynetdicom.transport import AssociationSocket

from config.errors import Malformed

P_DATA_TF = 0x04
HEADER_BYTES = 6
COMMAND, LAST = 0x01, 0x02  # the message control header (PS3.8 annex E.2)

_A_ASSOCIATE_RQ = 0x01
_PDU_TYPES = range(0x01, 0x08)
_LONGEST_ASSOCIATE_RQ = 1024 * 1024  # 128 contexts with every transfer syntax are 400 kB
_LONGEST_OTHER = 4096
_DROPPED_AT_ONCE = 64 * 1024
_COUNTED_WRONG = 12  # senders that count the headers of PDU and PDV beside the maximum


class Fragment(NamedTuple):
    """A presentation data value: a piece of a command or of a data set."""

    context_id: int
    control: int
    body: memoryview


def longest_pdu(pdu_type: int, maximum_pdu_bytes: int) -> int:
    """Return how long a PDU of a type may say it is; 0 for a type that does not exist."""
    if pdu_type not in _PDU_TYPES:
        return 0
    if pdu_type == P_DATA_TF:
        return maximum_pdu_bytes + _COUNTED_WRONG
    return _LONGEST_ASSOCIATE_RQ if pdu_type == _A_ASSOCIATE_RQ else _LONGEST_OTHER


def split_fragments(body: memoryview) -> Iterator[Fragment]:
    """Yield the presentation data values of a P-DATA-TF.

    Raises:
        Malformed: an item that is empty or ends behind the PDU.
    """
    offset = 0
    while offset < len(body):
        length = int.from_bytes(body[offset : offset + 4], "big")
        end = offset + 4 + length
        if length < 2 or end > len(body):
            raise Malformed("a P-DATA-TF has an item that does not fit into it")
        yield Fragment(body[offset + 4], body[offset + 5], body[offset + 6 : end])
        offset = end


def encode_command(context_id: int, command_set: bytes, maximum_pdu_bytes: int) -> bytes:
    """Return the P-DATA-TF PDUs that bring a command set to a peer whose maximum is as given (0: none)."""
    room = max(maximum_pdu_bytes - HEADER_BYTES, 1) if maximum_pdu_bytes else len(command_set)
    pdus = []
    for start in range(0, len(command_set), room):
        piece = command_set[start : start + room]
        control = COMMAND | (LAST if start + room >= len(command_set) else 0)
        item = (len(piece) + 2).to_bytes(4, "big") + bytes((context_id, control)) + piece
        pdus.append(bytes((P_DATA_TF, 0)) + len(item).to_bytes(4, "big") + item)
    return b"".join(pdus)


class PduSocket(AssociationSocket):
    """The library's socket, bounded in time, without its 4 KiB reads and its `select` (at most 1024 descriptors)."""

    pdu_seconds: float = 60.0

    @property
    def ready(self) -> bool:
        """Say whether there is something to read, or the end."""
        sock = self.socket
        if sock is None or not self._is_connected:
            return False
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return True
        try:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            return bool(poll.poll(0))
        except (OSError, ValueError):
            self.event_queue.put("Evt17")
            return False

    def _shutdown_socket(self) -> None:
        """Close for good; the library's own forgets to when the peer was faster."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    def read_into(self, target: memoryview, deadline: float) -> None:
        """Fill a buffer.

        What is there is taken at once; only who has to wait asks for the acknowledgment to go out first, for a sender
        with Nagle's algorithm holds its last segment back until then.

        Raises:
            OSError: the connection is gone, or the time (of `time.monotonic`) is up.
        """
        got = 0
        while got < len(target):
            sock = self.socket
            if sock is None:
                raise ConnectionResetError
            if time.monotonic() > deadline:
                raise TimeoutError
            try:
                count = _take(sock, target[got:])
            except BlockingIOError:
                acknowledge(sock)
                _wait_for_more(sock, deadline)
                continue
            if not count:
                raise ConnectionResetError
            got += count

    def drop(self) -> None:
        """Read some of what is there and forget it.

        Raises:
            OSError: the connection is gone.
        """
        if self.socket is None or not self.socket.recv(_DROPPED_AT_ONCE):
            raise ConnectionResetError

    def write_all(self, data: bytes) -> None:
        """Send everything.

        Raises:
            OSError: the connection is gone, or the peer does not read within the timeout.
        """
        if self.socket is None:
            raise ConnectionResetError
        self.socket.sendall(data)


def acknowledge(sock: socket.socket) -> None:
    """Let the acknowledgment of what was read go out now, before a wait."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _take(sock: socket.socket, target: memoryview) -> int:
    """Read what is there into a buffer; of TLS the library knows how long to wait.

    Raises:
        BlockingIOError: nothing is there.
    """
    if isinstance(sock, ssl.SSLSocket):
        acknowledge(sock)
        return sock.recv_into(target)
    return os.readv(sock.fileno(), [target])


def _wait_for_more(sock: socket.socket, deadline: float) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError
