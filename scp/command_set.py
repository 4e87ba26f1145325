"""The command sets of C-STORE, read and written by hand (PS3.7 sections 6.3.1, 9.3.1 and annex E).

A command set is always Implicit VR Little Endian and a few short elements, so `struct` is enough; a library's data set
would cost more than receiving the image.
"""

import struct
from dataclasses import dataclass

from config.errors import Malformed
from scp.statuses import Answer

C_STORE_RQ = 0x0001
NO_DATA_SET = 0x0101
LONGEST_COMMAND = 64 * 1024

_C_STORE_RSP = 0x8001
_ELEMENT = struct.Struct("<HHL")
_US = struct.Struct("<H")
_UL = struct.Struct("<L")

# Element numbers of group 0000
_GROUP_LENGTH = 0x0000
_AFFECTED_SOP_CLASS_UID = 0x0002
_COMMAND_FIELD = 0x0100
_MESSAGE_ID = 0x0110
_MESSAGE_ID_BEING_RESPONDED_TO = 0x0120
_PRIORITY = 0x0700
_COMMAND_DATA_SET_TYPE = 0x0800
_STATUS = 0x0900
_ERROR_COMMENT = 0x0902
_AFFECTED_SOP_INSTANCE_UID = 0x1000
_MOVE_ORIGINATOR_AE_TITLE = 0x1030
_MOVE_ORIGINATOR_MESSAGE_ID = 0x1031

_MEDIUM = 0x0000
_A_DATA_SET = 0x0001

Command = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A C-STORE-RQ: what it claims to bring. The UIDs are as received, without padding, and may be anything."""

    message_id: int
    sop_class_uid: str
    sop_instance_uid: str
    has_data_set: bool


def read_command(encoded: bytes | bytearray) -> Command:
    """Return the elements of a command set by element number.

    Raises:
        Malformed: an element outside group 0000, or one that ends behind the command set.
    """
    command: Command = {}
    offset = 0
    while offset < len(encoded):
        if offset + _ELEMENT.size > len(encoded):
            raise Malformed("a command set ends inside an element")
        group, element, length = _ELEMENT.unpack_from(encoded, offset)
        offset += _ELEMENT.size
        if group != 0 or offset + length > len(encoded):
            raise Malformed("a command set has an element that cannot be there")
        command[element] = bytes(encoded[offset : offset + length])
        offset += length
    return command


def command_field(command: Command) -> int:
    """Return which message a command set is.

    Raises:
        Malformed: it does not say.
    """
    return _unsigned_short(command, _COMMAND_FIELD)


def has_data_set(command: Command) -> bool:
    """Say whether a data set follows; any value but 0101H means that one does (PS3.7 table E.1-1).

    Raises:
        Malformed: the command set does not say.
    """
    return _unsigned_short(command, _COMMAND_DATA_SET_TYPE) != NO_DATA_SET


def read_store_request(command: Command) -> StoreRequest:
    """Return a command set as a C-STORE-RQ.

    Raises:
        Malformed: an element is missing without which no response can be built.
    """
    return StoreRequest(
        message_id=_unsigned_short(command, _MESSAGE_ID),
        sop_class_uid=_text(command, _AFFECTED_SOP_CLASS_UID),
        sop_instance_uid=_text(command, _AFFECTED_SOP_INSTANCE_UID),
        has_data_set=has_data_set(command),
    )


def encode_store_request(
    message_id: int, sop_class_uid: str, sop_instance_uid: str, originator: tuple[str, int] | None = None
) -> bytes:
    """Return the command set of a C-STORE-RQ (PS3.7 table 9.3-1); `originator` is who asked for it by C-MOVE."""
    elements = [
        _element(_AFFECTED_SOP_CLASS_UID, _uid(sop_class_uid)),
        _element(_COMMAND_FIELD, _US.pack(C_STORE_RQ)),
        _element(_MESSAGE_ID, _US.pack(message_id)),
        _element(_PRIORITY, _US.pack(_MEDIUM)),
        _element(_COMMAND_DATA_SET_TYPE, _US.pack(_A_DATA_SET)),
        _element(_AFFECTED_SOP_INSTANCE_UID, _uid(sop_instance_uid)),
    ]
    if originator is not None:
        elements.append(_element(_MOVE_ORIGINATOR_AE_TITLE, _padded(originator[0].encode("ascii"), b" ")))
        elements.append(_element(_MOVE_ORIGINATOR_MESSAGE_ID, _US.pack(originator[1])))
    body = b"".join(elements)
    return _element(_GROUP_LENGTH, _UL.pack(len(body))) + body


def encode_store_response(request: StoreRequest, answer: Answer) -> bytes:
    """Return the command set of the C-STORE-RSP (PS3.7 table 9.3-2)."""
    elements = [
        _element(_AFFECTED_SOP_CLASS_UID, _uid(request.sop_class_uid)),
        _element(_COMMAND_FIELD, _US.pack(_C_STORE_RSP)),
        _element(_MESSAGE_ID_BEING_RESPONDED_TO, _US.pack(request.message_id)),
        _element(_COMMAND_DATA_SET_TYPE, _US.pack(NO_DATA_SET)),
        _element(_STATUS, _US.pack(answer.status)),
    ]
    if answer.comment:
        elements.append(_element(_ERROR_COMMENT, _padded(answer.comment.encode("ascii")[:64], b" ")))
    elements.append(_element(_AFFECTED_SOP_INSTANCE_UID, _uid(request.sop_instance_uid)))
    body = b"".join(elements)
    return _element(_GROUP_LENGTH, _UL.pack(len(body))) + body


def _element(number: int, value: bytes) -> bytes:
    return _ELEMENT.pack(0, number, len(value)) + value


def _uid(text: str) -> bytes:
    return _padded(text.encode("latin-1"), b"\0")


def _padded(value: bytes, filler: bytes) -> bytes:
    return value + filler if len(value) % 2 else value


def _unsigned_short(command: Command, element: int) -> int:
    value = command.get(element, b"")
    if len(value) != _US.size:
        raise Malformed("a command set lacks an element that it must have")
    return int(_US.unpack(value)[0])


def _text(command: Command, element: int) -> str:
    return command.get(element, b"").decode("latin-1").rstrip("\0 ")
