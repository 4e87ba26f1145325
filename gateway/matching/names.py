"""Compare person names as they are written: by component groups, in any order, with or without diacritics.

A name comes as a DICOM PN ("MÜLLER^HANS", "Wang^XiaoMing=王^小明") or in free form ("Hans Müller", "王小明").
"""

import re
import unicodedata
from difflib import SequenceMatcher
from enum import Enum
from itertools import permutations

_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l"})
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "herr", "frau", "med"})
_MOST_PARTS = 5
_SHORTEST_SPELLING = 4
_ALIKE = 0.84


class NameAgreement(Enum):
    """How two names compare."""

    EQUAL = "equal"
    PARTLY = "partly equal"
    SIMILAR = "similar"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


_ORDER = list(NameAgreement)


def compare_names(one: str, other: str) -> NameAgreement:
    """Say how two names agree: by their best pair of component groups, but never by the sound alone."""
    ours, theirs = _groups(one), _groups(other)
    if not ours or not theirs:
        return NameAgreement.UNKNOWN
    found = {
        latin: [_compare(a, b) for a in ours for b in theirs if _is_latin(a) == _is_latin(b) == latin]
        for latin in (True, False)
    }
    best = {latin: min(each, key=_ORDER.index) for latin, each in found.items() if each}
    if not best:
        return NameAgreement.UNKNOWN
    if len(best) == 2 and best[True] is not best[False] is NameAgreement.DIFFERENT:
        return NameAgreement.SIMILAR  # the sound alone agrees: 伟 and 薇 are both Wei
    return min(best.values(), key=_ORDER.index)


def _groups(name: str) -> list[tuple[str, ...]]:
    """Return each component group as its parts, folded to comparable letters."""
    groups = []
    for group in name.split("="):
        parts = tuple(part for part in re.split(r"[\s^,.·・]+", group) if part)
        parts = tuple(part for part in parts if part.casefold() not in _TITLES)
        if parts:
            groups.append(parts)
    return groups


def _is_latin(parts: tuple[str, ...]) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for part in parts for c in part if c.isalpha())


def _compare(a: tuple[str, ...], b: tuple[str, ...]) -> NameAgreement:
    best = NameAgreement.DIFFERENT
    for fold in (_spell_out, _strip_marks):
        ours, theirs = [fold(part) for part in a], [fold(part) for part in b]
        if _joined_orders(ours) & _joined_orders(theirs):
            return NameAgreement.EQUAL
        found = _agreement_of_parts(ours, theirs)
        best = min(best, found, key=_ORDER.index)
    return best


def _agreement_of_parts(ours: list[str], theirs: list[str]) -> NameAgreement:
    """Say how the parts agree where the whole names do not: a part left out, or spelt in another way."""
    fewer, more = sorted((set(ours), set(theirs)), key=len)
    if len(fewer) < 2:
        return NameAgreement.DIFFERENT
    if fewer <= more:
        return NameAgreement.PARTLY
    if all(any(_alike(part, other) for other in more) for part in fewer):
        return NameAgreement.SIMILAR
    return NameAgreement.DIFFERENT


def _alike(one: str, other: str) -> bool:
    """Say whether two parts may be spellings of one, or one a part of the other's double name."""
    if one == other:
        return True
    if min(len(one), len(other)) < _SHORTEST_SPELLING:
        return False
    return other.startswith(one) or one.startswith(other) or SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _joined_orders(parts: list[str]) -> set[str]:
    """Return the parts run together in every order, so that "Xiao Ming Wang" equals "Wang^XiaoMing"."""
    return {"".join(order) for order in permutations(parts[:_MOST_PARTS])}


def _spell_out(text: str) -> str:
    return _strip_marks(unicodedata.normalize("NFC", text).casefold().translate(_SPELT_OUT))


def _strip_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())
