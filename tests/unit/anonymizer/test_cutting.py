"""Pieces are exactly the elements that `scanning` finds, wherever the bytes at hand happen to end."""

import struct
from typing import Any

import pytest

from anonymizer.cutting import Cutter
from anonymizer.element import EXPLICIT_LITTLE, Bulk
from anonymizer.scanning import BULK_LENGTH, Scanner, scan_top_level
from tests.unit.anonymizer.made_up_series import element, item, sequence

CODE = item(element(8, 0x100, b"SH", b"1"), undefined=True)
ELEMENTS = [
    element(8, 8, b"CS", b"ORIGINAL"),
    sequence(8, 0x1032, CODE, CODE, undefined=True),
    sequence(8, 0x1140, item(element(8, 0x1150, b"UI", b"1.2"))),
    element(9, 0x10, b"LO", b"MAKER"),
    element(0x10, 0x10, b"PN", b"A^B"),
    element(0x20, 0x4000, b"LT", b"words " * 5),
    element(0x28, 0x10, b"US", b"\4\0"),
]
PIXELS = element(0x7FE0, 0x10, b"OW", bytes(32))


def cut(cutter: Cutter, data: bytes, at_hand: int | None = None) -> tuple[list[Any], int]:
    return cutter.cut(data[:at_hand], 0, 0, len(data), lambda at, length: data[at : at + length])


def found(pieces: list[Any]) -> list[Any]:
    return [element for piece in pieces for element in piece.elements]


def scanned(data: bytes) -> list[Any]:
    return [span.element for span in scan_top_level(Scanner(data), 0, EXPLICIT_LITTLE)]


@pytest.mark.parametrize("at_hand", [None, *range(0, 240, 7)])
def test_pieces_are_the_scanned_elements_up_to_the_pixels(at_hand):
    cutter, header = Cutter(), b"".join(ELEMENTS)
    for _ in range(3):
        pieces, end = cut(cutter, header + PIXELS, at_hand)
        assert found(pieces) == scanned(header) and end == len(header)


def test_header_that_comes_again_becomes_one_piece():
    cutter, header = Cutter(), b"".join(ELEMENTS)
    assert [len(cut(cutter, header + PIXELS)[0]) for _ in range(3)] == [7, 7, 1]


def test_changed_byte_anywhere_in_a_known_header_is_seen():
    header = b"".join(ELEMENTS)
    cutter = Cutter()
    for place in range(len(header)):
        for _ in range(3):
            cut(cutter, header + PIXELS)
        changed = header[:place] + bytes([header[place] ^ 1]) + header[place + 1 :]
        pieces, end = cut(cutter, changed + PIXELS)
        assert b"".join(piece.raw for piece in pieces) == (changed + PIXELS)[:end]
        assert found(pieces) == found(cut(Cutter(), changed + PIXELS)[0])


def test_large_value_stays_in_the_source_and_is_a_piece_of_its_own():
    large = element(0x29, 0x1010, b"OB", bytes(BULK_LENGTH + 2))
    data = ELEMENTS[0] + large + ELEMENTS[-1] + PIXELS
    pieces, end = cut(Cutter(), data, 64)
    assert [type(each.value) for each in found(pieces)] == [bytes, Bulk, bytes]
    assert [piece.binary for piece in pieces] == [False, True, False] and end == len(data) - len(PIXELS)
    assert found(pieces) == scanned(data)[:-1]


@pytest.mark.parametrize(
    "stop",
    [
        struct.pack("<HHL", 0xFFFE, 0xE000, 0),
        element(8, 0x60, b"??", b"CT"),
        element(8, 0x60, b"CS", b"CT")[:-1],
        element(8, 0x60, b"UT", b"", undefined=True),
        sequence(8, 0x1032, CODE, undefined=True)[:-9],
        element(0x7FE0, 0x10, b"OB", b"", undefined=True),
        bytes(64),
    ],
    ids=["item", "no VR", "truncated", "endless text", "endless sequence", "fragments", "zeros"],
)
def test_what_is_no_piece_is_left_to_scanning(stop):
    pieces, end = cut(Cutter(), ELEMENTS[0] + stop)
    assert found(pieces) == scanned(ELEMENTS[0]) and end == len(ELEMENTS[0])


def test_binary_values_are_never_part_of_a_longer_piece():
    data = b"".join([*ELEMENTS, element(0x28, 0x1201, b"OW", bytes(8)), element(0x28, 0x2110, b"CS", b"00"), PIXELS])
    cutter = Cutter()
    for _ in range(3):
        pieces, _ = cut(cutter, data)
    assert [(len(piece.elements), piece.binary) for piece in pieces] == [(7, False), (1, True), (1, False)]


def test_source_that_became_shorter_ends_the_cutting():
    data = b"".join(ELEMENTS)
    pieces, end = Cutter().cut(data[:20], 0, 0, len(data), lambda at, length: data[at:20])
    assert end == 16 and found(pieces) == scanned(ELEMENTS[0])
