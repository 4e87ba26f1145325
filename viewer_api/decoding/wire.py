"""What goes between the node and a decoding process, over a pair of connected sockets.

To the process: a length, one open file, and a pickled order. From the process: an answer's kind, whether the process
retires, a length and plain bytes. Nothing that comes back is unpickled: a process that a stranger's pixels took over
could send anything. A refusal is the number of its class in `REFUSALS` and a text of ours.
"""

import pickle
import socket
from array import array
from collections.abc import Callable
from enum import IntEnum
from struct import Struct
from typing import Any

from config.errors import Malformed, NotFound, NotOffered, SenderFault, TooLarge
from viewer_api.errors import CannotRender, NotAcceptable

Work = Callable[..., bytes]
"""A function of a module: `work(source, image, *arguments)`, with the opened Part 10 file and its `StoredImage`."""

REFUSALS: tuple[type[SenderFault], ...] = (CannotRender, NotFound, Malformed, TooLarge, NotAcceptable, NotOffered)
READY = b"R"

_ORDER = Struct("<Q")
_ANSWER = Struct("<B?Q")
_REFUSAL = Struct("<B")
_LONGEST_MESSAGE = 500
_AT_ONCE = 64 << 10  # no next order is behind it: the node sends one only when it has the answer


class Kind(IntEnum):
    """What an answer is."""

    RESULT = 0
    REFUSAL = 1


_KINDS = frozenset(Kind)


class Broken(Exception):
    """The other side ended, or sends what is no message."""


def send_order(link: socket.socket, descriptor: int, work: Work, key: str, arguments: tuple[Any, ...]) -> None:
    """Send an order and the open file it is about."""
    body = pickle.dumps((work, key, arguments), pickle.HIGHEST_PROTOCOL)
    message = _ORDER.pack(len(body)) + body
    sent = socket.send_fds(link, [message], [descriptor])
    if sent < len(message):
        link.sendall(message[sent:])


def receive_order(link: socket.socket) -> tuple[int, Work, str, tuple[Any, ...]] | None:
    """Return the next order, its file first, or None when there will be no more."""
    begun, ancillary, _, _ = link.recvmsg(_AT_ONCE, socket.CMSG_LEN(array("i").itemsize), 0)
    if len(begun) < _ORDER.size or not ancillary:
        return None
    descriptor = array("i", ancillary[0][2])[0]
    (length,) = _ORDER.unpack_from(begun)
    body = begun[_ORDER.size :]
    body += receive_exactly(link, length - len(body))
    work, key, arguments = pickle.loads(body)  # noqa: S301 the node wrote it
    return descriptor, work, key, arguments


def send_answer(link: socket.socket, kind: Kind, body: bytes, *, retires: bool) -> None:
    """Send a result, or a refusal made by `pack_refusal`."""
    head = _ANSWER.pack(kind, retires, len(body))
    if len(body) < 1 << 16:
        link.sendall(head + body)
    else:
        link.sendall(head)
        link.sendall(body)


def receive_answer(link: socket.socket, most: int) -> tuple[Kind, bool, bytes]:
    """Return an answer's kind, whether the process retires, and the body.

    Raises:
        Broken: the process ended, or its answer is longer than `most` or no answer at all.
        TimeoutError: the socket's patience ended.
    """
    kind, retires, length = _ANSWER.unpack(receive_exactly(link, _ANSWER.size))
    if length > most or kind not in _KINDS:
        raise Broken
    return Kind(kind), retires, receive_exactly(link, length)


def pack_refusal(error: SenderFault) -> bytes:
    """Return a refusal as bytes: the number of its nearest class and its message."""
    number = next((place for place, kind in enumerate(REFUSALS) if isinstance(error, kind)), 0)
    return _REFUSAL.pack(number) + str(error)[:_LONGEST_MESSAGE].encode()


def unpack_refusal(body: bytes) -> SenderFault:
    """Return the error that a refusal stands for."""
    number = body[0] if body and body[0] < len(REFUSALS) else 0
    return REFUSALS[number](body[1 : _LONGEST_MESSAGE + 1].decode("utf-8", "replace"))


def receive_exactly(link: socket.socket, length: int) -> bytes:
    """Return so many bytes.

    Raises:
        Broken: the other side ended before.
    """
    buffer = bytearray(length)
    view = memoryview(buffer)
    done = 0
    while done < length:
        count = link.recv_into(view[done:])
        if count == 0:
            raise Broken
        done += count
    return bytes(buffer)
