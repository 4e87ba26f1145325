"""Long lists of values, cut for a database that takes so many in one IN (...)."""

from collections.abc import Iterable, Iterator
from itertools import islice

_AT_ONCE = 500


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield values in lists that fit into one IN (...)."""
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
