"""See by the bytes alone that a header says what an earlier one said, since those of a series differ in little.

Parsing and decoding the elements of a CT header takes longer than encrypting the image. So the raw values of the
elements that are asked for are looked up among those read before, all but the SOP Instance UID, and only what is new is
parsed. Whatever is not entirely plain is left to the parser: headless, deflated, big endian, without transfer syntax,
elements out of order, VRs that do not exist, an undefined length of anything but a sequence, an item whose elements do
not end where it does, and headers longer than what is looked at (PS3.5 section 7).

The key under which a header is remembered is a file of its own: what was asked for and nothing else. Only what the
parser makes of that file may be remembered, so that no file decides how another one is read.
"""

import struct
from collections.abc import Collection
from typing import NamedTuple

from pydicom.datadict import dictionary_VR

from config.errors import Malformed
from config.identifiers import UID

SKIMMED_BYTES = 256 * 1024  # makers keep a hundred thousand bytes of their own in group 0029

_PREFIX_END = 132
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_TRANSFER_SYNTAX_UID = 0x00020010
_BEFORE = 0x0007FFFF
_BEHIND = 0x00410000
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS = 0xFFFE
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 8
_IMPLICIT = b"1.2.840.10008.1.2"
_NOT_PLAIN = frozenset({b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.4.95", b""})
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_EXPLICIT_HEAD = struct.Struct("<HH2sH")
_IMPLICIT_HEAD = struct.Struct("<HHL")
_LENGTH = struct.Struct("<L")
_ANY_INSTANCE = b"1.2\0"


class Skimmed(NamedTuple):
    """A file of the elements asked for, as they stand, with another SOP Instance UID; and the one it should have."""

    key: bytes
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
    key = [_start(syntax)]
    instance = sop_class = b""
    before = _BEFORE
    while at < len(head) or len(head) == SKIMMED_BYTES:
        tag, vr, start, end = _element(head, at, implicit, 0)
        if tag >= _BEHIND:
            break
        if tag <= before:
            raise _NotPlainError
        if tag == _SOP_INSTANCE_UID:
            if not implicit and vr != b"UI":
                raise _NotPlainError
            instance = head[start:end]
            key.append(_any_instance(implicit))
        elif tag in wanted:
            key.append(head[at:end])
            sop_class = head[start:end] if tag == _SOP_CLASS_UID else sop_class
        before, at = tag, end
    if not sop_class.strip(b" \0"):
        raise _NotPlainError
    return Skimmed(b"".join(key), UID(instance.decode("ascii").rstrip("\0 ")).value)


def _behind_meta(head: bytes) -> tuple[int, bytes]:
    """Return where the data set begins, and its transfer syntax."""
    at, syntax, before = _PREFIX_END, b"", 0
    while head[at : at + 2] == b"\2\0":
        tag, vr, start, at = _element(head, at, False, 0)
        if tag <= before or (vr in _LONG_VRS and vr != b"OB"):
            raise _NotPlainError
        before = tag
        if tag == _TRANSFER_SYNTAX_UID:
            syntax = head[start:at].rstrip(b"\0 ")
    UID(syntax.decode("ascii"))
    return at, syntax


def _start(syntax: bytes) -> bytes:
    value = syntax + b"\0" * (len(syntax) % 2)
    return bytes(128) + b"DICM" + _EXPLICIT_HEAD.pack(2, 0x10, b"UI", len(value)) + value


def _any_instance(implicit: bool) -> bytes:
    length = len(_ANY_INSTANCE)
    head = _IMPLICIT_HEAD.pack(8, 0x18, length) if implicit else _EXPLICIT_HEAD.pack(8, 0x18, b"UI", length)
    return head + _ANY_INSTANCE


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
    if group == _DELIMITERS or (length == _UNDEFINED and not _is_sequence(tag, vr)):
        raise _NotPlainError
    end = _end_of_sequence(head, start, implicit, depth) if length == _UNDEFINED else start + length
    if end > len(head):
        raise _NotPlainError
    return tag, vr, start, end


def _is_sequence(tag: int, vr: bytes) -> bool:
    try:
        return (vr or dictionary_VR(tag).encode()) == b"SQ"
    except KeyError:
        return False


def _end_of_sequence(head: bytes, at: int, implicit: bool, depth: int) -> int:
    """Return where a sequence of undefined length ends, its delimiter included (PS3.5 section 7.5.2)."""
    if depth > _DEEPEST:
        raise _NotPlainError
    while True:
        tag, length = _delimiter(head, at)
        at += 8
        if tag == _SEQUENCE_END:
            return _ended(at, length)
        if tag != _ITEM:
            raise _NotPlainError
        if length != _UNDEFINED:
            at = _end_of_item(head, at, at + length, implicit, depth)
            continue
        while (delimiter := _delimiter(head, at))[0] != _ITEM_END:
            at = _element(head, at, implicit, depth + 1)[3]
        at = _ended(at + 8, delimiter[1])


def _end_of_item(head: bytes, at: int, end: int, implicit: bool, depth: int) -> int:
    """Return the end of an item of defined length, where its last element must end too."""
    while at < end:
        at = _element(head, at, implicit, depth + 1)[3]
    if at != end:
        raise _NotPlainError
    return end


def _ended(at: int, length: int) -> int:
    """Return the offset behind a delimiter, which has no length: other bytes there could be taken for a VR."""
    if length:
        raise _NotPlainError
    return at


def _delimiter(head: bytes, at: int) -> tuple[int, int]:
    group, element, length = _IMPLICIT_HEAD.unpack_from(head, at)
    return group << 16 | element, length
