"""Series as stacks of slices: what is missing between them, and what came twice.

Slices of one series and orientation are put along their normal (PS3.3 C.7.6.2.1.1). A stack counts as regular when
most of its steps are alike; only in such a one a longer step means missing slices. Several images at one place
(phases, echoes, b-values) are no duplicates: those have the very same pixels.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from gateway.fitness.facts import InstanceFacts

FEWEST_SLICES = 6
_SAME_PLACE = 0.01
_ALIKE = 0.15
_REGULAR = 0.8
_GAP = 1.6


@dataclass(frozen=True)
class Stack:
    """The places of a series' slices along their normal, in millimetres, each once and in order."""

    series_uid: str
    series_number: int | None
    places: tuple[float, ...]


def stacks_of(images: Iterable[InstanceFacts]) -> list[Stack]:
    """Return the stacks of a study that have enough slices to be judged; localizers are left out."""
    found: dict[tuple[str, tuple[float, ...]], list[float]] = defaultdict(list)
    numbers: dict[str, int | None] = {}
    for image in images:
        if image.localizer or len(image.orientation) != 6:
            continue
        normal = _normal(image.orientation)
        key = (image.series_uid, tuple(round(part, 1) for part in normal))
        numbers[image.series_uid] = image.series_number
        found[key] += [sum(a * b for a, b in zip(normal, place, strict=True)) for place in image.positions]
    stacks = [Stack(uid, numbers[uid], _apart(places)) for (uid, _), places in found.items()]
    return [stack for stack in stacks if len(stack.places) >= FEWEST_SLICES]


def missing_slices(stack: Stack) -> int:
    """Return how many slices a regular stack lacks between its first and its last."""
    steps = [after - before for before, after in zip(stack.places, stack.places[1:], strict=False)]
    usual = median(steps)
    alike = sum(abs(step - usual) <= _ALIKE * usual for step in steps)
    if alike < _REGULAR * len(steps):
        return 0
    return sum(round(step / usual) - 1 for step in steps if step >= _GAP * usual)


def duplicates(images: Iterable[InstanceFacts]) -> int:
    """Return how many images of a series have the place and the pixels of another."""
    seen: set[tuple[str, tuple[tuple[float, ...], ...], str]] = set()
    count = 0
    for image in images:
        key = (image.series_uid, image.positions, image.pixels)
        count += bool(image.pixels) and key in seen
        seen.add(key)
    return count


def _normal(orientation: Sequence[float]) -> tuple[float, float, float]:
    (a, b, c), (d, e, f) = orientation[:3], orientation[3:]
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def _apart(places: Iterable[float]) -> tuple[float, ...]:
    apart: list[float] = []
    for place in sorted(places):
        if not apart or place - apart[-1] > _SAME_PLACE:
            apart.append(place)
    return tuple(apart)
