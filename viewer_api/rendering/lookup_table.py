"""Look-up tables as DICOM writes them: descriptor and data (PS3.3 section C.11.1.1.1, segmented: C.7.9.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer_api.errors import CannotRender

_MAXIMUM_ENTRIES = 1 << 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class LookupTable:
    """A table whose first entry belongs to the input `first`; inputs beyond either end take the last entry there."""

    first: int
    entries: NDArray[np.uint16]
    bits: int

    def apply(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the entry for each value."""
        places = np.floor(values).astype(np.int64) - self.first
        result: NDArray[np.uint16] = self.entries[np.clip(places, 0, len(self.entries) - 1)]
        return result


def read_lookup_table(
    descriptor: Any, data: Any, *, little_endian: bool, signed: bool, segmented: bool = False
) -> LookupTable:
    """Build a table from the values of a LUT Descriptor and a LUT Data element.

    `signed` says how the first mapped value is to be read when its VR does not tell.

    Raises:
        CannotRender: the descriptor and the data do not fit together.
    """
    try:
        count, first, bits = (int(value) for value in descriptor)
    except (TypeError, ValueError):
        raise CannotRender("a look-up table has no valid descriptor") from None
    count = count % _MAXIMUM_ENTRIES or _MAXIMUM_ENTRIES
    if signed and first > 0x7FFF:
        first -= 0x10000
    elif not signed and first < 0:
        first += 0x10000
    entries = _entries(data, bits, count, little_endian=little_endian, segmented=segmented)
    if segmented:
        entries = _expand(entries, count)
    if len(entries) < count:
        raise CannotRender("a look-up table has fewer entries than its descriptor says")
    if not 8 <= bits <= 16:
        raise CannotRender("a look-up table has an impossible number of bits per entry")
    entries = entries[:count]
    needed = int(entries.max()).bit_length()
    return LookupTable(first, entries, max(bits, needed))


def _entries(data: Any, bits: int, count: int, *, little_endian: bool, segmented: bool) -> NDArray[np.uint16]:
    if not isinstance(data, bytes):
        values = data if isinstance(data, Sequence) else [] if data is None else [data]
        return np.array([int(value) & 0xFFFF for value in values], np.uint16)
    if bits == 8 and not segmented and len(data) < 2 * count:
        return np.frombuffer(data, np.uint8).astype(np.uint16)
    words = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little_endian else ">u2")
    return words.astype(np.uint16)


def _expand(segments: NDArray[np.uint16], count: int) -> NDArray[np.uint16]:
    """Expand a segmented table: discrete, linear and indirect segments (PS3.3 C.7.9.2)."""
    words = [int(word) for word in segments]
    expanded: list[int] = []
    _expand_segments(words, 0, len(words), expanded, nested=False)
    if len(expanded) != count:
        raise CannotRender("a segmented look-up table does not have the length its descriptor says")
    return np.array(expanded, np.uint16)


def _expand_segments(words: list[int], place: int, segments: int, expanded: list[int], *, nested: bool) -> None:
    done = 0
    while place + 1 < len(words) and done < segments:
        kind, length = words[place], words[place + 1]
        if len(expanded) > _MAXIMUM_ENTRIES:
            raise CannotRender("a segmented look-up table is too long")
        if kind == _DISCRETE:
            expanded.extend(words[place + 2 : place + 2 + length])
            place += 2 + length
        elif kind == _LINEAR and expanded and place + 2 < len(words):
            ramp = np.linspace(expanded[-1], words[place + 2], length + 1)[1:]
            expanded.extend(int(value) for value in np.floor(ramp + 0.5))
            place += 3
        elif kind == _INDIRECT and not nested and place + 3 < len(words):
            target = words[place + 2] | words[place + 3] << 16
            _expand_segments(words, target, length, expanded, nested=True)
            place += 4
        else:
            raise CannotRender("a segmented look-up table is damaged")
        done += 1
