"""A series as its headers tell of it: words, contrast agent, images; and how many acquisitions it may hold.

What a report names and no series shows is missed for certain only where no series is left that may be it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.fitness.facts import InstanceFacts

_WITHOUT = r"(?:w/?o|without|ohne|sin|pre|nativ\w*|non-?contrast|unenhanced|plain|simple|平扫)"
_WITH = r"(?:with|w|mit|con|post|km|kontrast\w*|增强)"
_AND = r"(?:\s*[/&+,-]\s*|\s+(?:(?:and|und|y)\s+)?)"
_BOTH = re.compile(
    rf"(?<![a-z])(?:{_WITHOUT}{_AND}{_WITH}|{_WITH}{_AND}{_WITHOUT})(?![a-z])"
    r"(?:\s*(?:i\W?v\W*)?(?:con\b|[ck]ontrast\w*|km\b))?",
    re.IGNORECASE,
)


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return a pattern that finds any of several, in capitals or not."""
    return re.compile("|".join(patterns), re.IGNORECASE)


@dataclass(frozen=True)
class Series:
    """Images of one series: their words, in which `_` parts words too, and whether one says a contrast agent.

    Protocols and studies are named by all that is done, "abdomen w/o & w contrast": that tells nothing of one series.
    """

    words: str
    contrast: bool
    images: tuple[InstanceFacts, ...]

    @classmethod
    def of(cls, images: Iterable[InstanceFacts]) -> "Series":
        """Make a series of its images."""
        own = tuple(images)
        words = " ".join(sorted({f"{each.description} {each.view}" for each in own})).replace("_", " ")
        return cls(_BOTH.sub(" ", words), any(each.contrast for each in own), own)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Say whether the words of the series match a pattern."""
        return pattern.search(self.words) is not None

    @property
    def acquisitions(self) -> int:
        """Return how many acquisitions the series may hold: the most images in one place, or all if none tells it."""
        places = Counter(place for each in self.images for place in each.positions)
        return max(places.values(), default=sum(max(each.frames, 1) for each in self.images))


@dataclass(frozen=True)
class Missed:
    """What a report names and did not come: the names that are certain, and how many at least of others."""

    names: tuple[str, ...] = ()
    at_least: int = 0
    among: tuple[str, ...] = ()

    @classmethod
    def where(cls, missing: Sequence[str], may_be: int) -> "Missed":
        """Judge names that no series shows, where so many acquisitions may be any of them."""
        if not may_be:
            return cls(tuple(missing))
        return cls(at_least=len(missing) - may_be, among=tuple(missing)) if may_be < len(missing) else cls()


def series_of(images: Iterable[InstanceFacts]) -> list[Series]:
    """Part images by their series."""
    ordered = sorted(images, key=lambda each: each.series_uid)
    return [Series.of(some) for _, some in groupby(ordered, key=lambda each: each.series_uid)]
