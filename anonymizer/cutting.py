"""Cut headers fast: what stood in the slice before is recognised as a whole and not taken apart again.

The rule: nothing is guessed. How an explicit VR little endian element is laid out follows from its own bytes, so bytes
that are all equal to a piece cut before are that piece. Whatever else begins at a position is left to `scanning`, which
also says what is wrong with it: pixel data, other encodings, damage, elements that do not fit the bytes at hand.

This module runs for every element of every image; hence its plain loops. A cutter belongs to one thread.
"""

import threading
from itertools import groupby, pairwise

from anonymizer.charset import SPECIFIC_CHARACTER_SET
from anonymizer.element import (
    EXPLICIT_LITTLE,
    LONG_VRS,
    PIXEL_DATA,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    Bulk,
    Element,
    RawItems,
)
from anonymizer.errors import CannotDeidentify
from anonymizer.identities import identifies
from anonymizer.scanning import BULK_LENGTH, Fetch, Scanner

BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
MAXIMUM_CUT = 4 * 1024 * 1024
MOST_PIECES, MOST_BYTES = 4096, 4 * 1024 * 1024
_OPENED = 16  # times its bytes: what opened sequences take, each element of which is an object
_SHORT = {vr.encode(): vr for vr in SHORT_VRS}
_LONG = {vr.encode(): vr for vr in LONG_VRS}
_HEADER, _LENGTH = EXPLICIT_LITTLE.explicit_header.unpack_from, EXPLICIT_LITTLE.length.unpack_from


class Piece:
    """Be consecutive elements of the top level, their bytes, and those of the elements that identify somebody.

    A piece of large or binary values is one element; `size` counts what stays in the source, too. `lasting` pieces are
    worth remembering. `ascending` says that no tag comes twice or after a higher one. `opened` is for who opens the
    sequences of a piece: what was made of its elements.
    """

    __slots__ = ("ascending", "binary", "by_tag", "elements", "identifying", "lasting", "opened", "raw", "seen", "size")

    def __init__(self, elements: tuple[Element, ...], raw: bytes, size: int, identifying: tuple[bytes, ...]) -> None:
        self.elements, self.raw, self.size, self.identifying = elements, raw, size, identifying
        self.by_tag = {element.tag: element for element in elements}
        self.binary = elements[0].vr in BINARY_VRS or isinstance(elements[0].value, Bulk)
        self.lasting = len(raw) == size
        self.ascending = all(one.tag < other.tag for one, other in pairwise(elements))
        self.opened: list[Element] | None = None
        self.seen = -1


class Cutter:
    """Cut data sets that resemble each other; what it remembers is bounded, and forgotten as a whole."""

    def __init__(self) -> None:
        self._runs: dict[bytes, Piece] = {}
        self._singles: dict[bytes, Piece] = {}
        self._bytes = 0
        self._turn = 0
        self._more = False

    def cut(self, data: bytes, base: int, position: int, end: int, fetch: Fetch) -> tuple[list[Piece], int]:
        """Return the pieces of an explicit VR little endian data set and where the first element is that is no piece.

        `data` is what the source holds from `base` on; `position` and `end` bound the data set.
        """
        self._turn += 1
        runs, pieces, first, fetched = self._runs, [], position, -1
        while position < end and position - first < MAXIMUM_CUT:
            index = position - base
            piece = runs.get(data[index : index + 8])
            if piece is None or not data.startswith(piece.raw, index):
                piece = self._single(data, index, position, end)
                if piece is None:
                    if not self._more or fetched == position:
                        break
                    data, base, fetched = fetch(position, min(BULK_LENGTH, end - position)), position, position
                    continue
            pieces.append(piece)
            position += piece.size
        self._learn(pieces)
        return pieces, position

    def keep_opened(self, piece: Piece, opened: list[Element]) -> None:
        """Remember what was made of the elements of a piece, as long as there is room for it."""
        if any(isinstance(element.value, list) for element in opened):
            self._make_room(_OPENED * len(piece.raw))
        piece.opened = opened

    def _single(self, data: bytes, index: int, position: int, end: int) -> Piece | None:
        """Return the piece of one element; None when it is none, or, as `_more` says, too little of it is at hand."""
        self._more = index + 12 > len(data)
        if self._more:
            return None
        group, number, code, length = _HEADER(data, index)
        start, tag = index + 8, group << 16 | number
        vr = _SHORT.get(code)
        if vr is None:
            vr = _LONG.get(code)
            length = _LENGTH(data, start)[0]
            start += 4
        if vr is None or group == 0xFFFE or tag in PIXEL_DATA:
            return None
        if length == UNDEFINED_LENGTH:
            return self._undefined(data, tag, vr, index, start)
        if length > BULK_LENGTH and vr != "SQ":
            at = position + start - index
            bulk = Element(tag, vr, Bulk(at, length))
            return None if at + length > end else Piece((bulk,), b"", at + length - position, ())
        stop = start + length
        self._more = stop > len(data)
        if self._more:
            return None
        raw = data[index:stop]
        found = self._singles.get(raw)
        if found is None:
            value = raw[start - index :]
            found = self._new(Element(tag, vr, RawItems(value, EXPLICIT_LITTLE) if vr == "SQ" else value), raw)
        return found

    def _undefined(self, data: bytes, tag: int, vr: str, index: int, start: int) -> Piece | None:
        """Return the piece of a sequence of undefined length, when the whole of it is at hand."""
        if vr not in {"SQ", "UN"}:
            return None
        try:
            element, stop = Scanner(data).element(tag, vr, UNDEFINED_LENGTH, start, EXPLICIT_LITTLE, 0)
        except CannotDeidentify:
            self._more = True
            return None
        raw = data[index:stop]
        return self._singles.get(raw) or self._new(element, raw)

    def _new(self, element: Element, raw: bytes) -> Piece:
        named = identifies(element.tag, element.vr) or element.tag == SPECIFIC_CHARACTER_SET
        piece = Piece((element,), raw, len(raw), (raw,) if named else ())
        self._make_room(len(raw))
        self._singles[raw] = piece
        return piece

    def _make_room(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES or len(self._singles) + len(self._runs) > MOST_PIECES:
            self._singles.clear()
            self._runs.clear()
            self._bytes = size

    def _learn(self, pieces: list[Piece]) -> None:
        """Join neighbours that were in the object before as well: the next one will have them, too."""
        before = self._turn - 1
        steady = [piece.seen == before and piece.lasting and not piece.binary for piece in pieces]
        if sum(steady) > 1:
            for joinable, group in groupby(zip(steady, pieces, strict=True), key=lambda pair: pair[0]):
                run = [piece for _, piece in group]
                if joinable and len(run) > 1:
                    self._join(run)
        for piece in pieces:
            piece.seen = self._turn

    def _join(self, run: list[Piece]) -> None:
        raw = b"".join([piece.raw for piece in run])
        elements = tuple(element for piece in run for element in piece.elements)
        joined = Piece(elements, raw, len(raw), tuple(name for piece in run for name in piece.identifying))
        joined.seen = self._turn
        self._make_room(len(raw))
        self._runs[raw[:8]] = joined


class _Thread(threading.local):
    def __init__(self) -> None:
        self.cutters: dict[str, Cutter] = {}


_THREAD = _Thread()


def cutter(purpose: str) -> Cutter:
    """Return this thread's cutter for one kind of files, such as `originals`; those of another would mislead it."""
    found = _THREAD.cutters.get(purpose)
    if found is None:
        found = _THREAD.cutters[purpose] = Cutter()
    return found


def forget_pieces() -> None:
    """Forget everything that the cutters of this thread remember."""
    _THREAD.cutters.clear()
