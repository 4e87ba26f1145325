"""Every way in which a hostile or broken peer may spoil a conversation with the door.

`spoiled` draws one and changes it: bytes, lengths, items, elements, the order of PDUs, and where the stream is cut.
Elements, items and PDUs that a change made longer or shorter may or may not have their lengths put right, since both
find other faults.
"""

import struct
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from .conversations import CONVERSATIONS, STRAY, Pdus, pdata

_ASSOCIATE_HEADER = 74  # PS3.8 table 9-11: what stands before the variable items
_CONTAINERS = {0x20: 4, 0x21: 4, 0x50: 0}  # items that hold items, and what stands in front of these
_ODD = [0, 1, 2, 3, 4, 5, 6, 7, 12, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF]
_VRS = b"AE AS AT CS DA DS DT FD FL IS LO LT OB OW PN SH SL SQ SS ST TM UC UI UL UN UR US UT zz \0\0".split(b" ")
_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
_VALUES = [
    b"*", b"?", b"\\", b"%", b"_", b"-", b"20269999", b"-20260101", b"20260101-", b"ISO_IR 1", b"ISO 2022 IR 87",
    b"\x1b$B\x1b(B", b"\xff\xfe", b"\xed\xa0\x80", b"=" * 40, b"^" * 40, b"1e999", b"nan", b"9" * 60,
]  # fmt: skip
_SEQUENCE = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"


def _with_length(pdu: bytes) -> bytes:
    return pdu[:2] + struct.pack(">L", max(len(pdu) - 6, 0)) + pdu[6:]


def _item_offsets(pdu: bytes) -> list[tuple[int, int]]:
    """Return where the items of an A-ASSOCIATE-RQ stand, those within items too: (start, end)."""
    found, todo = [], [(_ASSOCIATE_HEADER, len(pdu))]
    while todo:
        start, end = todo.pop()
        while start + 4 <= end:
            stop = min(start + 4 + int.from_bytes(pdu[start + 2 : start + 4], "big"), end)
            found.append((start, stop))
            if pdu[start] in _CONTAINERS:
                todo.append((start + 4 + _CONTAINERS[pdu[start]], stop))
            start = stop
    return found


def _element_offsets(pdu: bytes) -> list[tuple[int, int]]:
    """Return where the elements of a command set stand that begins a P-DATA-TF: (start, end)."""
    found, start = [], 12
    while pdu[:1] == b"\x04" and len(pdu) > 12 and pdu[11] & 1 and start + 8 <= len(pdu):
        stop = min(start + 8 + int.from_bytes(pdu[start + 4 : start + 8], "little"), len(pdu))
        found.append((start, stop))
        start = stop
    return found


def _replaced(pdus: Pdus, at: int, *new: bytes) -> Pdus:
    return [*pdus[:at], *new, *pdus[at + 1 :]]


def _index(draw: st.DrawFn, of: int) -> int:
    return draw(st.integers(0, max(of - 1, 0)))


def _bytes_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    changed = bytearray(pdus[at])
    for _ in range(draw(st.integers(1, 4))):
        if changed:
            changed[_index(draw, len(changed))] = draw(st.integers(0, 255))
    return _replaced(pdus, at, bytes(changed))


def _length_lies(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    length = draw(st.one_of(st.sampled_from(_ODD), st.integers(0, 2 * len(pdus[at]))))
    return _replaced(pdus, at, pdus[at][:2] + struct.pack(">L", length) + pdus[at][6:])


def _type_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    return _replaced(pdus, at, bytes((draw(st.integers(0, 9)),)) + pdus[at][1:])


def _fragment_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change length, context or control header of the first item of a P-DATA-TF: lies, interleaving, wrong order."""
    data = [number for number, pdu in enumerate(pdus) if pdu[:1] == b"\x04" and len(pdu) >= 12]
    if not data:
        return pdus
    at = data[_index(draw, len(data))]
    length, context, control = struct.unpack_from(">LBB", pdus[at], 6)
    which = draw(st.sampled_from(("length", "context", "control")))
    if which == "length":
        length = draw(st.one_of(st.sampled_from(_ODD), st.integers(0, 2 * length)))
    elif which == "context":
        context = draw(st.sampled_from((0, 1, 2, 3, 5, 7, 9, 11, 255)))
    else:
        control = draw(st.integers(0, 7))
    return _replaced(pdus, at, pdus[at][:6] + struct.pack(">LBB", length, context, control) + pdus[at][12:])


def _item_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change an item of the first PDU: its type, length or value; twice, or not at all there."""
    found = _item_offsets(pdus[0]) if pdus and pdus[0][:1] == b"\x01" else []
    if not found:
        return pdus
    start, stop = found[_index(draw, len(found))]
    item, value = pdus[0][start:stop], pdus[0][start + 4 : stop]
    ways: dict[str, Callable[[], bytes]] = {
        "type": lambda: (
            bytes((draw(st.sampled_from((0, 0x10, 0x20, 0x21, 0x30, 0x40, *range(0x50, 0x5B), 255))),)) + item[1:]
        ),
        "length": lambda: item[:2] + struct.pack(">H", draw(st.sampled_from(_ODD)) & 0xFFFF) + value,
        "twice": lambda: item * draw(st.integers(2, 200)),
        "gone": lambda: b"",
        "empty": lambda: item[:2] + b"\0\0",
        "value": lambda: _item(item[0], draw(st.binary(max_size=80))),
        "long": lambda: _item(
            item[0], bytes((draw(st.integers(0, 255)),)) * draw(st.sampled_from((1_000, 20_000, 65_535)))
        ),
        "nested": lambda: _item(item[0], item * draw(st.integers(1, 5))),
    }
    changed = pdus[0][:start] + ways[draw(st.sampled_from(sorted(ways)))]() + pdus[0][stop:]
    return _replaced(pdus, 0, _with_length(changed) if draw(st.booleans()) else changed)


def _item(kind: int, value: bytes) -> bytes:
    return bytes((kind, 0)) + struct.pack(">H", len(value) & 0xFFFF) + value


def _element_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change an element of a command set: its number, length or value; twice, or not at all there."""
    commands = [number for number, pdu in enumerate(pdus) if _element_offsets(pdu)]
    if not commands:
        return pdus
    at = commands[_index(draw, len(commands))]
    found = _element_offsets(pdus[at])
    start, stop = found[_index(draw, len(found))]
    element, value = pdus[at][start:stop], pdus[at][start + 8 : stop]
    way = draw(st.sampled_from(("number", "length", "value", "short", "twice", "gone", "group")))
    if way == "number":
        element = element[:2] + struct.pack("<H", draw(st.integers(0, 0x1100))) + element[4:]
    elif way == "group":
        element = struct.pack("<H", draw(st.integers(0, 0xFFFF))) + element[2:]
    elif way == "length":
        element = element[:4] + struct.pack("<L", draw(st.sampled_from(_ODD))) + value
    elif way == "value":
        value = draw(st.binary(max_size=150))
        element = element[:4] + struct.pack("<L", len(value)) + value
    elif way == "short":
        element = element[:8] + draw(st.binary(min_size=len(value), max_size=len(value)))
    else:
        element = element * (2 if way == "twice" else 0)
    command = pdus[at][12:start] + element + pdus[at][stop:]
    context, control = pdus[at][10], pdus[at][11]
    return _replaced(pdus, at, pdata((context, control, command)))


def attribute_offsets(data: bytes) -> list[tuple[int, int, int]]:
    """Return where the elements of a data set in explicit little endian stand: (start, value, end)."""
    found, start = [], 0
    while start + 8 <= len(data):
        long = data[start + 4 : start + 6] in _LONG_VRS
        value = start + (12 if long else 8)
        length = int.from_bytes(data[start + 8 : value] if long else data[start + 6 : value], "little")
        stop = min(value + length, len(data))
        found.append((start, value, stop))
        start = stop
    return found


def change_attribute(draw: st.DrawFn, data: bytes) -> bytes:
    """Change an element of a data set: its tag, VR, length or value; twice, not at all, or deep within itself."""
    found = [each for each in attribute_offsets(data) if each[1] <= len(data)]
    if not found:
        return data
    start, at, stop = found[_index(draw, len(found))]
    head, value = data[start:at], data[at:stop]
    ways: dict[str, Callable[[], bytes]] = {
        "tag": lambda: draw(st.binary(min_size=4, max_size=4)) + head[4:] + value,
        "number": lambda: head[:2] + draw(st.binary(min_size=2, max_size=2)) + head[4:] + value,
        "VR": lambda: head[:4] + draw(st.sampled_from(_VRS)) + head[6:] + value,
        "length": lambda: head[:6] + struct.pack("<H", draw(st.sampled_from(_ODD)) & 0xFFFF) + value,
        "value": lambda: _short(head, draw(st.one_of(st.binary(max_size=150), st.sampled_from(_VALUES)))),
        "many": lambda: _short(head, b"\\".join([value] * draw(st.integers(2, 700)))),
        "twice": lambda: (head + value) * 2,
        "gone": lambda: b"",
        "nested": lambda: _SEQUENCE * draw(st.sampled_from((1, 3, 5, 2_000))) + head + value,
    }
    return data[:start] + ways[draw(st.sampled_from(sorted(ways)))]() + data[stop:]


def _short(head: bytes, value: bytes) -> bytes:
    value = value[:0xFFFE] + b" " * (len(value) % 2)
    return head[:6] + (struct.pack("<H", len(value)) if len(head) == 8 else struct.pack("<HL", 0, len(value))) + value


def _attribute_changed(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    """Change an element of a data set that comes in one piece, or of the beginning of another."""
    data = [at for at, pdu in enumerate(pdus) if pdu[:1] == b"\x04" and len(pdu) > 12 and not pdu[11] & 1]
    if not data:
        return pdus
    at = data[_index(draw, len(data))]
    changed = change_attribute(draw, pdus[at][12:])
    return _replaced(pdus, at, pdata((pdus[at][10], pdus[at][11], changed)))


def _gone(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    return _replaced(pdus, _index(draw, len(pdus)))


def _repeated(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    return _replaced(pdus, at, *[pdus[at]] * draw(st.integers(2, 40)))


def _swapped(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    one, other = _index(draw, len(pdus)), _index(draw, len(pdus))
    changed = list(pdus)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def _stray_put_in(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = draw(st.integers(0, len(pdus)))
    return [*pdus[:at], draw(st.sampled_from(STRAY)), *pdus[at:]]


def _garbage_put_in(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = draw(st.integers(0, len(pdus)))
    return [*pdus[:at], draw(st.binary(max_size=100)), *pdus[at:]]


def _cut(draw: st.DrawFn, pdus: Pdus) -> Pdus:
    at = _index(draw, len(pdus))
    cut = pdus[at][: _index(draw, len(pdus[at]))]
    rest = pdus[at + 1 :] if draw(st.booleans()) else []
    return [*pdus[:at], _with_length(cut) if len(cut) > 6 and draw(st.booleans()) else cut, *rest]


CHANGES: list[Callable[[st.DrawFn, Pdus], Pdus]] = [
    _bytes_changed,
    _length_lies,
    _type_changed,
    _fragment_changed,
    _item_changed,
    _element_changed,
    _attribute_changed,
    _gone,
    _repeated,
    _swapped,
    _stray_put_in,
    _garbage_put_in,
    _cut,
]


@st.composite
def spoiled(draw: st.DrawFn, conversations: Sequence[Pdus] = CONVERSATIONS) -> Pdus:
    """Return what a peer says: a real conversation with up to four changes."""
    pdus = list(draw(st.sampled_from(conversations)))
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4)):
        if pdus:
            pdus = change(draw, pdus)
    return pdus
