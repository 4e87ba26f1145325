"""Say what became of every attribute of an object: the audit of one instance, which bears no value (PS3.15 E.1.1).

What happened is read off the object before and after, not reported by who did it; only the action and the rule are
those that were decided by. Items of a sequence count together, so that the slices of a series mostly have one
trace. Content trees are one line: what became of their items is counted by `Report.content_items`.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from anonymizer.charset import SPECIFIC_CHARACTER_SET, decode, encodings_in
from anonymizer.codes import CODE_TAGS
from anonymizer.element import Bulk, Element, Fragments
from anonymizer.icon import ICON
from anonymizer.plan import CONTENT_SEQUENCE, Place, step_for, steps_in
from anonymizer.profile import Profile
from anonymizer.treatments import TEXT_VRS, Step
from anonymizer.unfolding import ASCII_COMPATIBLE

_PADDING = b"\0 "
_ADDED = "marker"
_MOST_REMEMBERED = 1000  # attributes: slices of a series mostly have one trace
_Outcomes = tuple[tuple[tuple[str, str, str, str], int], ...]


@dataclass(frozen=True, order=True, slots=True)
class Traced:
    """Be what became of an attribute: the tags that lead to it, the action and its rule, and how often it was so.

    `outcome` is `kept`, `changed`, `emptied`, `removed` or `added`.
    """

    path: str
    action: str
    rule: str
    outcome: str
    count: int


def trace(before: list[Element], after: list[Element], profile: Profile, sop_class_uid: str) -> tuple[Traced, ...]:
    """Return what became of each attribute of an unfolded object, sorted by path."""
    tracer = _Tracer(profile, sop_class_uid)
    tracer.data_set(before, after, 0, "", (ASCII_COMPATIBLE, ASCII_COMPATIBLE))
    outcomes = tuple(tracer.outcomes.items())
    return _remembered(outcomes) if len(outcomes) <= _MOST_REMEMBERED else _sorted(outcomes)


def _sorted(outcomes: _Outcomes) -> tuple[Traced, ...]:
    return tuple(Traced(*place, count) for place, count in sorted(outcomes))


@lru_cache(maxsize=64)
def _remembered(outcomes: _Outcomes) -> tuple[Traced, ...]:
    return _sorted(outcomes)


Decided = tuple[Place, dict[tuple[int, str], Step]]
_Encodings = tuple[tuple[str, ...], tuple[str, ...]]


class _Tracer:
    def __init__(self, profile: Profile, sop_class_uid: str) -> None:
        self._profile, self._sop_class_uid = profile, sop_class_uid
        self._places: dict[int, Decided] = {}
        self.outcomes: Counter[tuple[str, str, str, str]] = Counter()

    def data_set(
        self, before: list[Element], after: list[Element], parent: int, path: str, encodings: _Encodings
    ) -> None:
        encodings = encodings_in(before, encodings[0]), encodings_in(after, encodings[1])
        results = {element.tag: element for element in after}
        steps = self._steps_at(parent)
        coded = parent != 0 and any(element.tag in CODE_TAGS for element in before)
        for element in before:
            result = results.pop(element.tag, None)
            where = f"{path}({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
            action, rule = self._decision(steps, element, result, coded=coded)
            self.outcomes[where, action, rule, _outcome(element, result, encodings)] += 1
            if result is not None and element.tag != CONTENT_SEQUENCE and isinstance(element.value, list):
                items = result.value if isinstance(result.value, list) else []
                for one, other in zip(element.value, items, strict=False):
                    self.data_set(one, other, element.tag, f"{where}.", encodings)
        for tag in results:
            self.outcomes[f"{path}({tag >> 16:04X},{tag & 0xFFFF:04X})", "D", _ADDED, "added"] += 1

    def _steps_at(self, parent: int) -> Decided:
        found = self._places.get(parent)
        if found is None:
            place = Place(self._profile, self._sop_class_uid, parent)
            found = self._places[parent] = (place, steps_in(place))
        return found

    def _decision(self, decided: Decided, element: Element, result: Element | None, *, coded: bool) -> tuple[str, str]:
        tag = element.tag
        if tag & 0x10000:
            return ("X", "basic") if result is None else ("K", "retain-safe-private")
        if tag == SPECIFIC_CHARACTER_SET:
            return "D", _ADDED
        if tag == ICON and result is not None:
            return "D", "icon-rebuilt"
        if coded and tag in CODE_TAGS:
            return "C", "coded-entry"
        place, steps = decided
        return (steps.get((tag, element.vr)) or step_for(place, tag, element.vr)).counted[:2]


def _outcome(element: Element, result: Element | None, encodings: _Encodings) -> str:
    if result is None:
        return "removed"
    one, other = element.value, result.value
    if isinstance(one, bytes) and isinstance(other, bytes):
        if one == other or one.strip(_PADDING) == other.strip(_PADDING):
            return "kept"
        same = result.vr in TEXT_VRS and decode(one, encodings[0]) == decode(other, encodings[1])
        return "kept" if same else "changed" if other.strip(_PADDING) else "emptied"
    if isinstance(one, list) and isinstance(other, list):
        return "emptied" if one and not other else "kept" if len(one) == len(other) else "changed"
    both = isinstance(one, Bulk | Fragments) and isinstance(other, Bulk | Fragments)
    return "kept" if both and one.length == other.length else "changed"  # type: ignore[union-attr]
