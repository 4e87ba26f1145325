"""Read the fragments of encapsulated pixel data as one stream of bytes, none of them held (PS3.5 A.4).

A code stream may be cut into fragments anywhere; where a range of it lies in the source is told fragment by fragment.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from struct import Struct

from anonymizer.element import Fragments
from anonymizer.errors import CannotDeidentify

Fetch = Callable[[int, int], bytes]
Range = tuple[int, int]
"""Where something lies: offset in the source and length in bytes."""

_ITEM, _OFFSET = Struct("<HHL"), Struct("<L")
_WINDOW = 2048  # headers are read in small pieces that lie together
_MOST_FRAGMENTS = 1 << 20


class FragmentStream:
    """Be the fragments behind the Basic Offset Table; positions count from the first byte of the first of them."""

    def __init__(self, fetch: Fetch, value: Fragments) -> None:
        """Find the fragments; raises CannotDeidentify where they do not follow one another."""
        self._fetch = fetch
        self._places: list[int] = []
        self.starts: list[int] = []
        self.length = 0
        self.table: Range = (value.start, 0)
        at, end = value.start, value.start + value.length
        first = True
        while at < end:
            group, element, length = _ITEM.unpack(fetch(at, 8)) if at + 8 <= end else (0, 0, 0)
            at += 8
            if (group, element) != (0xFFFE, 0xE000) or at + length > end or len(self.starts) > _MOST_FRAGMENTS:
                raise CannotDeidentify("malformed", "The fragments of the pixel data do not follow one another.")
            if first:
                self.table = (at, length)
            elif length:
                self._places.append(at)
                self.starts.append(self.length)
                self.length += length
            at, first = at + length, False
        self._begins = frozenset(self.starts)
        self._window = (0, b"")

    def points_at_fragments(self) -> bool:
        """Tell whether the Basic Offset Table is what it must be: ascending offsets where fragments begin, or none."""
        start, length = self.table
        if length % 4 or length > 4 * len(self._places):
            return not length
        return self.begin_items([offset for (offset,) in _OFFSET.iter_unpack(self._fetch(start, length))])

    def begin_items(self, offsets: list[int]) -> bool:
        """Tell whether offsets ascend and fragments begin there, counted from the first item behind the table."""
        origin = sum(self.table)
        items = {place - _ITEM.size - origin for place in self._places}
        return items.issuperset(offsets) and offsets == sorted(set(offsets))

    def begins(self, at: int) -> bool:
        """Tell whether a fragment begins at a position."""
        return at in self._begins

    def end_of_fragment(self, at: int) -> int:
        """Return where the fragment ends that a position lies in; of a position between two, where the first does."""
        number = bisect_right(self.starts, max(at - 1, 0))
        return self.starts[number] if number < len(self.starts) else self.length

    def read(self, at: int, length: int) -> bytes:
        """Return bytes from a position on, fewer at the end of the stream."""
        start, window = self._window
        if start <= at and at + length <= start + len(window):
            return window[at - start : at - start + length]
        if length >= _WINDOW:
            return self._joined(at, length)
        self._window = (at, self._joined(at, _WINDOW))
        return self._window[1][:length]

    def ranges(self, at: int, length: int) -> Iterator[Range]:
        """Yield where a range of the stream lies in the source."""
        end = min(at + length, self.length)
        while at < end:
            number = bisect_right(self.starts, at) - 1
            stop = self.starts[number + 1] if number + 1 < len(self.starts) else self.length
            yield self._places[number] + at - self.starts[number], min(stop, end) - at
            at = min(stop, end)

    def _joined(self, at: int, length: int) -> bytes:
        return b"".join(self._fetch(start, count) for start, count in self.ranges(at, length))
