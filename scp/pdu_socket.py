"""A socket that gives whole PDUs, and reads ahead: one call to the system for all that a sender has sent by now.

Reading is bounded in time and size: a PDU must be whole within the network timeout however slowly it trickles, and a
PDU longer than announced is refused before it is read. TCP_QUICKACK is set again before each wait, since senders that
leave Nagle's algorithm on (DCMTK as shipped) would wait 40 ms for each delayed acknowledgement.
"""

import os
import select
import socket
import ssl
import time
from contextlib import suppress
from typing import Any, NamedTuple

from pynetdicom.transport import AssociationSocket

from config.errors import Malformed
from scp.wire import HEADER_BYTES, P_DATA_TF, longest_pdu

_AT_FIRST = 4096
_AHEAD = 320 * 1024  # two PDUs of the longest that DCMTK sends and a part of the next
_DROPPED_AT_ONCE = 64 * 1024


class Pdu(NamedTuple):
    """A whole PDU with its header; its bytes stay as they are until the socket reads more."""

    kind: int
    data: memoryview

    @property
    def body(self) -> memoryview:
        """Return what stands behind the header."""
        return self.data[HEADER_BYTES:]


class PduSocket(AssociationSocket):
    """The library's socket, bounded in time, without its 4 KiB reads and its `select` (at most 1024 descriptors)."""

    pdu_seconds: float = 60.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._buffer = memoryview(bytearray(_AT_FIRST))  # grows when a peer fills it: idle ones need none
        self._start = self._end = 0  # of what was read and not yet taken
        self._kind = 0  # of the PDU that came last
        self._needed = HEADER_BYTES
        self._deadline: float | None = None  # of the PDU of which a part is there

    @property
    def ready(self) -> bool:
        """Say whether there is something to read, or the end."""
        sock = self.socket
        if sock is None or not self._is_connected:
            return False
        if self.has_read_ahead:
            return True
        try:
            return _wait_for_more(sock, 0)
        except (OSError, ValueError):
            self.event_queue.put("Evt17")
            return False

    @property
    def has_read_ahead(self) -> bool:
        """Say whether there is something to take that no wait for the connection would tell of."""
        return self._end > self._start or (isinstance(self.socket, ssl.SSLSocket) and self.socket.pending() > 0)

    def _shutdown_socket(self) -> None:
        """Close for good; the library's own forgets to when the peer was faster."""
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    def take_pdu(self, maximum_pdu_bytes: int) -> Pdu | None:
        """Return the next PDU when all of it was read, else None.

        Raises:
            Malformed: it has a type that does not exist, or is longer than agreed.
        """
        there = self._buffer[self._start : self._end]
        self._needed = HEADER_BYTES
        if len(there) >= HEADER_BYTES:
            self._kind, length = there[0], int.from_bytes(there[2:HEADER_BYTES], "big")
            if length > longest_pdu(self._kind, maximum_pdu_bytes):
                raise Malformed("a PDU has a type or a length that nobody agreed on")
            self._needed += length
            if len(there) >= self._needed:
                self._start += self._needed
                self._deadline = None
                return Pdu(self._kind, there[: self._needed])
        if there and self._deadline is None:
            self._deadline = time.monotonic() + self.pdu_seconds
        return None

    def read_more(self) -> bool:
        """Read what is there; where a PDU has begun, wait for more of it. Say whether anything came.

        Only who has to wait asks for the acknowledgment to go out first, for a sender with Nagle's algorithm holds its
        last segment back until then.

        Raises:
            OSError: the connection is gone, or the time for a whole PDU is up.
        """
        sock = self.socket
        if sock is None:
            raise ConnectionResetError
        self._make_room()
        began = self._end > 0
        while True:
            left = 0.0 if self._deadline is None else self._deadline - time.monotonic()
            if began and left <= 0:
                raise TimeoutError
            try:
                count = _take(sock, self._buffer[self._end :])
                break
            except BlockingIOError:
                if not began:
                    return False
                acknowledge(sock)
                _wait_for_more(sock, left)
        if not count:
            raise ConnectionResetError
        self._end += count
        return True

    def _make_room(self) -> None:
        """Put what was read and not taken to the front, in a buffer with room for the PDU that it begins."""
        there, size = self._buffer[self._start : self._end], len(self._buffer)
        if self._kind != P_DATA_TF:
            size = _AT_FIRST
        elif self._end == size:
            size = _AHEAD
        size = max(size, self._needed)
        if size != len(self._buffer):
            self._buffer = memoryview(bytearray(size))
        self._buffer[: len(there)] = there
        self._start, self._end = 0, len(there)

    def drop(self) -> None:
        """Read some of what is there and forget it.

        Raises:
            OSError: the connection is gone.
        """
        had, self._start, self._end = self._end > self._start, 0, 0
        if self.socket is None or not (had or self.socket.recv(_DROPPED_AT_ONCE)):
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
    """Read what is there into a buffer.

    Raises:
        BlockingIOError: nothing is there.
    """
    if not isinstance(sock, ssl.SSLSocket):
        return os.readv(sock.fileno(), [target])
    if not sock.pending() and not _wait_for_more(sock, 0):
        raise BlockingIOError
    acknowledge(sock)  # a part of a record may be there, of which the library waits for the rest
    return sock.recv_into(target)


def _wait_for_more(sock: socket.socket, seconds: float) -> bool:
    """Wait until there is something to read, or the end; say whether there is."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
