"""Read the SOP class and instance at the very start of a data set, without decoding it (PS3.5 section 7.1).

Elements stand in ascending order, so (0008,0016) and (0008,0018) come within the first few hundred bytes. What cannot
be read cheaply (deflated, a sequence of undefined length in front) is left to the intake, which reads everything.
"""

import struct
from typing import NamedTuple

from scp.contexts import Encoding

HEAD_BYTES = 4096

_SOP_CLASS_UID = (0x0008, 0x0016)
_SOP_INSTANCE_UID = (0x0008, 0x0018)
_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}


class SopIdentity(NamedTuple):
    """What a data set says of itself; None for what its head does not show."""

    sop_class_uid: str | None
    sop_instance_uid: str | None


def identify(head: bytes | bytearray | memoryview, encoding: Encoding) -> SopIdentity:
    """Return the SOP class and instance that a data set names in its first bytes."""
    found: dict[tuple[int, int], str] = {}
    if encoding is not Encoding.OPAQUE:
        order = ">" if encoding is Encoding.EXPLICIT_BIG else "<"
        start_of_data = bytes(head[:HEAD_BYTES])
        offset = 0
        while element := _next_element(start_of_data, offset, order, encoding):
            tag, start, offset = element
            if tag > _SOP_INSTANCE_UID:
                break
            if tag in (_SOP_CLASS_UID, _SOP_INSTANCE_UID):
                found[tag] = start_of_data[start:offset].decode("latin-1").rstrip("\0 ")
    return SopIdentity(found.get(_SOP_CLASS_UID), found.get(_SOP_INSTANCE_UID))


def _next_element(head: bytes, offset: int, order: str, encoding: Encoding) -> tuple[tuple[int, int], int, int] | None:
    """Return the tag, the start and the end of the value of the element at an offset; None when it is not all there."""
    if offset + 12 > len(head):
        return None
    tag = struct.unpack_from(f"{order}HH", head, offset)
    if encoding is Encoding.IMPLICIT_LITTLE:
        start, length = offset + 8, struct.unpack_from("<L", head, offset + 4)[0]
    elif head[offset + 4 : offset + 6] in _LONG_VRS:
        start, length = offset + 12, struct.unpack_from(f"{order}L", head, offset + 8)[0]
    else:
        start, length = offset + 8, struct.unpack_from(f"{order}H", head, offset + 6)[0]
    if length == _UNDEFINED or start + length > len(head):
        return None
    return (tag[0], tag[1]), start, start + length
