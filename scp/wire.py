"""The bytes of P-DATA-TF, and how long a PDU may be (PS3.8 sections 9.3.1 and 9.3.5)."""

from collections.abc import Iterator
from typing import NamedTuple

from config.errors import Malformed

P_DATA_TF = 0x04
HEADER_BYTES = 6
COMMAND, LAST = 0x01, 0x02  # the message control header (PS3.8 annex E.2)

_A_ASSOCIATE_RQ = 0x01
_PDU_TYPES = range(0x01, 0x08)
_LONGEST_ASSOCIATE_RQ = 1024 * 1024  # 128 contexts with every transfer syntax are 400 kB
_LONGEST_OTHER = 4096
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
