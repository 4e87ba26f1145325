"""Say whether two given names are forms of one: Bill and William, Pepe and José, Саша and Александр.

The list is that by which reports are cleaned (`anonymizer/nicknames.py`). Two people may share a short form, Alexander
and Alexandra both being Sasha, and a line may hold names of two: what agrees by it is near, never the same.
"""

from functools import cache

from anonymizer.nicknames import lines_of_names
from gateway.matching.spelling import bare_word


def may_be_called(one: str, other: str) -> bool:
    """Say whether two words, without marks, may be what one person is called."""
    return bool(_lines_by_word().get(one, frozenset()) & _lines_by_word().get(other, frozenset()))


@cache
def _lines_by_word() -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for number, line in enumerate(lines_of_names()):
        for word in line:
            found[bare_word(word)] = found.get(bare_word(word), frozenset()) | {number}
    return found
