"""Each value once, in the order in which it came first; strings and flat JSON objects, in one pass."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

_T = TypeVar("_T", str, dict[str, str])


def distinct(values: Iterable[_T]) -> list[_T]:
    """Return the values without those that came before."""
    first: dict[object, _T] = {}
    for value in values:
        first.setdefault(tuple(sorted(value.items())) if isinstance(value, Mapping) else value, value)
    return list(first.values())
