"""Build series of raw objects that differ a little from slice to slice, as scanners do, and sometimes are damaged."""

import random
import struct

EXPLICIT = b"1.2.840.10008.1.2.1"
CT = b"1.2.840.10008.5.1.4.1.1.2"
_LONG = {b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC"}
NAMES = (b"Voegelein^Hildegard", b"Head^Small", b"Spine^Anna=\xc0\xd6^\xb9\xe6", b"Garcia^Soft")
TEXTS = (b"Head and soft tissue", b"Spine small", b"Voegelein control", b"Sch\xe4del nativ", b"Anna 20240215", b"")


def element(group: int, number: int, vr: bytes, value: bytes, *, undefined: bool = False) -> bytes:
    """Return an explicit VR little endian element of even length."""
    value += b"\0" * (len(value) % 2) if vr in {b"UI", b"OB", b"UN", b"SQ"} else b" " * (len(value) % 2)
    length = 0xFFFFFFFF if undefined else len(value)
    if vr in _LONG:
        return struct.pack("<HH2sHL", group, number, vr, 0, length) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def item(*elements: bytes, undefined: bool = False) -> bytes:
    """Return an item of a sequence."""
    body = b"".join(elements)
    if undefined:
        return struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + body + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(body)) + body


def sequence(group: int, number: int, *items: bytes, undefined: bool = False) -> bytes:
    """Return a sequence, of defined or undefined length."""
    end = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0) if undefined else b""
    return element(group, number, b"SQ", b"".join(items) + end, undefined=undefined)


def part10(elements: list[bytes], syntax: bytes = EXPLICIT) -> bytes:
    """Return a file of a preamble, file meta and elements as they are."""
    meta = element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", CT) + element(2, 16, b"UI", syntax)
    return bytes(128) + b"DICM" + element(2, 0, b"UL", struct.pack("<L", len(meta))) + meta + b"".join(elements)


def header_of(chance: random.Random) -> dict[int, bytes]:
    """Return the elements that a series has in common, by tag, with everything that a rule looks at."""
    undefined = chance.random() < 0.5
    code = item(
        element(8, 0x100, b"SH", b"24725-4"), element(8, 0x102, b"SH", b"LN"), element(8, 0x104, b"LO", b"Head")
    )
    request = item(
        element(0x40, 7, b"LO", chance.choice(TEXTS)), sequence(0x40, 8, code, undefined=undefined), undefined=undefined
    )
    found = [
        element(8, 5, b"CS", chance.choice((b"ISO_IR 100", b"ISO_IR 192", b"\\ISO 2022 IR 149"))),
        element(8, 8, b"CS", b"ORIGINAL\\PRIMARY\\AXIAL"),
        element(8, 0x16, b"UI", CT),
        element(8, 0x18, b"UI", b"1.2.3.%d" % chance.randrange(10**9)),
        element(8, 0x20, b"DA", b"20240215"),
        element(8, 0x50, b"SH", b"ACC%d" % chance.randrange(10**6)),
        element(8, 0x60, b"CS", b"CT"),
        element(8, 0x70, b"LO", b"SIEMENS"),
        element(8, 0x1030, b"LO", chance.choice(TEXTS)),
        element(8, 0x103E, b"LO", chance.choice(TEXTS)),
        sequence(8, 0x1032, code, undefined=undefined),
        element(9, 0x10, b"LO", b"MAKER"),
        element(9, 0x1001, b"UN", bytes(chance.randrange(40))),
        element(0x10, 0x10, b"PN", chance.choice(NAMES)),
        element(0x10, 0x20, b"LO", b"MRN-%d" % chance.randrange(10**5)),
        element(0x10, 0x30, b"DA", b"19520309"),
        element(0x18, 0x15, b"CS", b"HEAD"),
        element(0x18, 0x60, b"DS", b"120"),
        element(0x20, 0xD, b"UI", b"1.2.3.4"),
        element(0x20, 0xE, b"UI", b"1.2.3.4.%d" % chance.randrange(100)),
        element(0x20, 0x13, b"IS", b"1"),
        element(0x28, 2, b"US", struct.pack("<H", 1)),
        element(0x28, 0x10, b"US", struct.pack("<H", 4)),
        element(0x28, 0x11, b"US", struct.pack("<H", 4)),
        element(0x28, 0x100, b"US", struct.pack("<H", 16)),
        element(0x28, 0x1201, b"OW", chance.randbytes(32)),
        sequence(0x40, 0x275, request, undefined=undefined),
        element(0x7FE0, 0x10, b"OW", chance.randbytes(32)),
    ]
    return {struct.unpack("<H", each[:2])[0] << 16 | struct.unpack("<H", each[2:4])[0]: each for each in found}


def slices(seed: int, count: int) -> list[bytes]:
    """Return the files of a made-up series: most alike, some changed in a place, few broken."""
    chance = random.Random(seed)
    header = header_of(chance)
    files = []
    for number in range(count):
        header[0x00200013] = element(0x20, 0x13, b"IS", b"%d" % number)
        header[0x00080018] = element(8, 0x18, b"UI", b"1.2.3.%d" % (seed * 1000 + number))
        if chance.random() < 0.3:
            header |= dict([chance.choice(list(header_of(chance).items()))])
        elements = [header[tag] for tag in sorted(header)]
        if chance.random() < 0.1:
            elements.insert(chance.randrange(len(elements)), chance.choice(elements))
        if chance.random() < 0.1:
            elements.insert(-1, element(0x29, 0x1010, b"OB", chance.randbytes(70_000)))
        data = bytearray(part10(elements))
        if chance.random() < 0.1:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        files.append(bytes(data[: chance.randrange(len(data))] if chance.random() < 0.05 else data))
    return files
