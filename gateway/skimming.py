"""See by the bytes alone that a header says what an earlier one said, since those of a series differ in little.

Parsing and decoding the elements of a CT header takes longer than encrypting the image. So the raw values of the
elements that are asked for are looked up among those read before, all but the SOP Instance UID, and only what is new is
parsed. Whatever is not entirely plain is left to the parser: headless, deflated, big endian, without transfer syntax,
elements out of order, VRs that do not exist, and headers longer than what is looked at (PS3.5 section 7).
"""

import struct
from collections.abc import Collection
from typing import NamedTuple

from config.errors import Malformed
from config.identifiers import UID

SKIMMED_BYTES = 256 * 1024  # makers keep a hundred thousand bytes of their own in group 0029

_PREFIX_END = 132
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_TRANSFER_SYNTAX_UID = 0x00020010
_BEHIND = 0x00410000
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 8
_IMPLICIT = b"1.2.840.10008.1.2"
_NOT_PLAIN = frozenset({b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.4.95", b""})
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_EXPLICIT_HEAD = struct.Struct("<HH2sH")
_IMPLICIT_HEAD = struct.Struct("<HHL")
_LENGTH = struct.Struct("<L")

Key = tuple[bytes | int, ...]


class Skimmed(NamedTuple):
    """The raw values of the elements asked for, without the SOP Instance UID, and that."""

    key: Key
    sop_instance_uid: str


class _NotPlainError(Exception):
    pass


def skim(head: bytes, wanted: Collection[int]) -> Skimmed | None:
    """Return what the first bytes of a file hold of the elements wanted; None where only a parser can tell."""
    try:
        return _skim(head, wanted)
    except (_NotPlainError, struct.error, Malformed, UnicodeDecodeError):
        return None


def _skim(head: bytes, wanted: Collection[int]) -> Skimmed:
    if head[128:_PREFIX_END] != b"DICM":
        raise _NotPlainError
    at, syntax = _behind_meta(head)
    implicit = syntax == _IMPLICIT
    if syntax in _NOT_PLAIN or (implicit and head[at + 4 : at + 6].isalpha()):
        raise _NotPlainError
    key: list[bytes | int] = [syntax]
    instance = sop_class = b""
    before = 0
    while at < len(head) or len(head) == SKIMMED_BYTES:
        tag, vr, start, end = _element(head, at, implicit, 0)
        if tag >= _BEHIND:
            break
        if tag <= before:
            raise _NotPlainError
        before, at = tag, end
        if tag == _SOP_INSTANCE_UID:
            instance = head[start:end]
        elif tag in wanted:
            key += (tag, vr, head[start:end])
            sop_class = head[start:end] if tag == _SOP_CLASS_UID else sop_class
    if not sop_class.strip(b" \0"):
        raise _NotPlainError
    return Skimmed(tuple(key), UID(instance.decode("ascii").rstrip("\0 ")).value)


def _behind_meta(head: bytes) -> tuple[int, bytes]:
    """Return where the data set begins, and its transfer syntax."""
    at, syntax = _PREFIX_END, b""
    while head[at : at + 2] == b"\2\0":
        tag, _, start, at = _element(head, at, False, 0)
        if tag == _TRANSFER_SYNTAX_UID:
            syntax = head[start:at].rstrip(b"\0 ")
    return at, syntax


def _element(head: bytes, at: int, implicit: bool, depth: int) -> tuple[int, bytes, int, int]:
    """Return tag, VR, start and end of the value of the element at an offset; it must be there to its end."""
    vr = b""
    if implicit:
        group, element, length = _IMPLICIT_HEAD.unpack_from(head, at)
        start = at + 8
    else:
        group, element, vr, length = _EXPLICIT_HEAD.unpack_from(head, at)
        start = at + 8
        if vr in _LONG_VRS:
            length, start = _LENGTH.unpack_from(head, at + 8)[0], at + 12
        elif vr not in _SHORT_VRS:
            raise _NotPlainError
    tag = group << 16 | element
    if tag >= _BEHIND and not depth:
        return tag, vr, start, start
    end = _end_of_sequence(head, start, implicit, depth) if length == _UNDEFINED else start + length
    if end > len(head):
        raise _NotPlainError
    return tag, vr, start, end


def _end_of_sequence(head: bytes, at: int, implicit: bool, depth: int) -> int:
    """Return where a sequence of undefined length ends, its delimiter included (PS3.5 section 7.5.2)."""
    if depth > _DEEPEST:
        raise _NotPlainError
    while True:
        tag, length = _delimiter(head, at)
        at += 8
        if tag == _SEQUENCE_END:
            return at
        if tag != _ITEM:
            raise _NotPlainError
        if length != _UNDEFINED:
            at += length
            continue
        while _delimiter(head, at)[0] != _ITEM_END:
            at = _element(head, at, implicit, depth + 1)[3]
        at += 8


def _delimiter(head: bytes, at: int) -> tuple[int, int]:
    group, element, length = _IMPLICIT_HEAD.unpack_from(head, at)
    return group << 16 | element, length
