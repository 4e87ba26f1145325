"""Remember how pieces of headers were cleaned: in a series nearly everything is the same from slice to slice.

The rule: what becomes of an element at the top level of an image follows from its bytes and its surroundings alone, and
only for equal bytes in equal surroundings is anything recalled. Two kinds of objects are never remembered: those made
of words, whose texts know the whole object, and those whose private elements are kept, which know their creators.

What is remembered bears identities. It is bounded, lives in one thread, and goes when other studies come.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from anonymizer.charset import SPECIFIC_CHARACTER_SET
from anonymizer.cleaning import Cleaned, Cleaner
from anonymizer.cutting import MOST_BYTES, MOST_PIECES, Piece, forget_pieces
from anonymizer.element import EXPLICIT_LITTLE, Element, Encoded
from anonymizer.identities import identifies
from anonymizer.keyed import NodeKey
from anonymizer.kinds import without_pixels
from anonymizer.part10 import Part10
from anonymizer.profile import Profile
from anonymizer.safe_private import RULE
from anonymizer.writing import encoded

MOST_SURROUNDINGS = 4


class Surroundings(NamedTuple):
    """Be everything that decides what becomes of an element, besides the element."""

    key: NodeKey
    site: str
    shift: int
    pseudonym: str
    profile: Profile
    sop_class_uid: str
    identifying: tuple[bytes, ...]


class Memory:
    """Clean objects in one and the same surroundings; `placed` are the tags that the caller puts into every result."""

    def __init__(self, cleaner: Cleaner, placed: frozenset[int]) -> None:
        self._cleaner, self._placed = cleaner, placed
        self._cleaned: dict[Piece, Cleaned] = {}
        self._bytes = 0

    def clean(self, original: Part10) -> Cleaned:
        """Return what becomes of an object; raises what `Cleaner` raises."""
        self._cleaner.scene.fetch = original.fetch
        whole = Cleaned()
        recalled, counts = self._cleaned, whole.counts
        parts = [recalled.get(piece) or self._piece(piece) for piece in original.pieces]
        if original.rest:
            parts.append(self._cleaner.clean_some(original.rest))
        for part in parts:
            whole.kept.update(part.kept)
            whole.removed_private += part.removed_private
            for decision, count in part.counts.items():
                counts[decision] = counts.get(decision, 0) + count
        return whole

    def _piece(self, piece: Piece) -> Cleaned:
        cleaned = self._cleaner.clean_some(list(piece.elements))
        if piece.lasting:
            cleaned.kept = {each.tag: each for each in _joined(cleaned.kept, self._placed)}
            self._bytes += len(piece.raw)
            if self._bytes > MOST_BYTES or len(self._cleaned) > MOST_PIECES:
                self._cleaned.clear()
                self._bytes = len(piece.raw)
            self._cleaned[piece] = cleaned
        return cleaned


def _joined(kept: dict[int, Element], placed: frozenset[int]) -> Iterator[Element]:
    """Yield elements ready to be written, as few as there can be: each stands for those behind it up to the next.

    What is put into every result comes between them; hence none of `placed` is joined with others, or lies among them.
    """
    run: list[Element] = []
    for tag in sorted(kept):
        element = encoded(kept[tag], EXPLICIT_LITTLE)
        alone = tag in placed or not isinstance(element.value, Encoded)
        if run and (alone or any(run[0].tag < each < tag for each in placed)):
            yield _one(run)
            run = []
        if alone:
            yield element
        else:
            run.append(element)
    if run:
        yield _one(run)


def _one(run: list[Element]) -> Element:
    values = [each.value for each in run if isinstance(each.value, Encoded)]
    whole = Encoded(b"".join([value.data for value in values]), all(value.ascii for value in values))
    return Element(run[0].tag, run[0].vr, whole)


class _Thread(threading.local):
    """Be what one thread remembers of the latest surroundings."""

    def __init__(self) -> None:
        self.memories: OrderedDict[Surroundings, Memory] = OrderedDict()


_THREAD = _Thread()


def identifying_bytes(original: Part10) -> tuple[bytes, ...] | None:
    """Return the elements that say who is to be hidden and how text is encoded.

    None when an object must not be cleaned from memory: pieces do not hold them, or the tags do not ascend.
    """
    last = -1
    for piece in original.pieces:
        if not piece.ascending or piece.elements[0].tag <= last:
            return None
        last = piece.elements[-1].tag
    for element in original.rest:
        if element.tag <= last or identifies(element.tag, element.vr) or element.tag == SPECIFIC_CHARACTER_SET:
            return None
        last = element.tag
    if original.encoding is not EXPLICIT_LITTLE or not original.pieces:
        return None
    return tuple([raw for piece in original.pieces for raw in piece.identifying])


def may_remember(profile: Profile, sop_class_uid: str) -> bool:
    """Tell whether it is worth asking for a memory: whether elements are likely to be cleaned one by one."""
    return RULE not in profile.options and not without_pixels(sop_class_uid)


def memory_of(surroundings: Surroundings, cleaner: Callable[[], Cleaner], placed: frozenset[int]) -> Memory | None:
    """Return the memory for some surroundings; the first time it gets a cleaner that was made for them.

    None when that does not clean elements one by one.
    """
    memories = _THREAD.memories
    found = memories.get(surroundings)
    if found is None:
        made = cleaner()
        if not made.one_by_one:
            return None
        found = memories[surroundings] = Memory(made, placed)
        while len(memories) > MOST_SURROUNDINGS:
            memories.popitem(last=False)
    else:
        memories.move_to_end(surroundings)
    return found


def forget() -> None:
    """Forget everything that this thread remembers of objects."""
    _THREAD.memories.clear()
    forget_pieces()
