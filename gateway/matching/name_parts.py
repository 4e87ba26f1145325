"""Compare the given and the family part of two names, each by itself.

Twins have the family name in common and another given name, father and son may share both, who marries keeps the given
one. So who else a pair may be of (`look_alikes.py`) is asked of the parts, not of the name as a whole. Which word is
which a DICOM PN tells (PS3.5 section 6.2.1); two names in free form do not, and what differs there is taken for the
given name. What stands where a newborn has no name yet (`newborns.py`) is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from gateway.matching.facts import Fact
from gateway.matching.names import NameAgreement, compare_pair, compare_writings, may_be_spellings
from gateway.matching.newborns import has_given_name, is_placeholder, is_unnamed, marked_otherwise
from gateway.matching.nobody import names_nobody
from gateway.matching.short_names import may_be_called
from gateway.matching.spelling import Writing, generation, slips, spell_out, strip_marks, unspell, writings

_NEARLY_BABY = "baby"
_ORDER = (Fact.SAME, Fact.NEAR, Fact.UNTOLD, Fact.UNREAD, Fact.OTHER)
_NOT_COMPARED = {NameAgreement.UNKNOWN: Fact.UNTOLD, NameAgreement.UNREAD: Fact.UNREAD}
_UNLIKE = frozenset({NameAgreement.HOMOPHONE, NameAgreement.DIFFERENT})


@dataclass(frozen=True)
class NameParts:
    """How the given and the family part of two names agree."""

    given: Fact = Fact.UNTOLD
    family: Fact = Fact.UNTOLD


@lru_cache(8192)
def compare_parts(one: str, other: str) -> NameParts:
    """Say how the parts of two names agree; by the sound alone they are near at most, as 伟 and 薇 are both Wei."""
    found = _compare_whole(one, other)
    other_child = marked_otherwise(one, other)
    if is_unnamed(one) or is_unnamed(other):
        differ = other_child or found.given is Fact.OTHER
        return NameParts(Fact.OTHER if differ else Fact.UNTOLD, found.family)
    if other_child and found.given is Fact.SAME:
        return NameParts(Fact.NEAR, found.family)
    return found


@lru_cache(8192)
def tells_given_name(name: str) -> bool:
    """Say whether a name tells a given name, so that it can be told from a brother's or sister's."""
    return not is_unnamed(name) and not names_nobody(name) and any(map(_is_named, writings(name)))


def told_apart_by_a_mark(one: str, other: str) -> bool:
    """Say whether two names, however much they agree, name two people or nobody: Baby A and B, Jr and Sr, newborns."""
    return marked_otherwise(one, other) or _two_generations(one, other) or is_unnamed(one) or is_unnamed(other)


def _two_generations(one: str, other: str) -> bool:
    return {generation(one), generation(other)} == {"father", "son"}


def _compare_whole(one: str, other: str) -> NameParts:
    agreement = compare_writings(one, other).agreement
    if agreement in _NOT_COMPARED:
        return NameParts(_NOT_COMPARED[agreement], _NOT_COMPARED[agreement])
    if _two_generations(one, other):
        return NameParts(Fact.OTHER, Fact.SAME)
    pairs = [(a, b) for a in writings(one) for b in writings(other) if a.script == b.script]
    spelt = [(a, b) for a, b in pairs if a.spelt]
    if agreement is NameAgreement.EQUAL:
        return _as_far_as_named(pairs, spelt)
    if agreement is NameAgreement.SOUND:
        return NameParts(Fact.NEAR, Fact.NEAR)
    if agreement is NameAgreement.HOMOPHONE or not spelt:
        return NameParts(Fact.OTHER, Fact.OTHER) if agreement in _UNLIKE else NameParts(Fact.UNTOLD, Fact.SAME)
    return min((_compare(a, b) for a, b in spelt), key=_place)


def _as_far_as_named(pairs: list[tuple[Writing, Writing]], spelt: list[tuple[Writing, Writing]]) -> NameParts:
    """Compare names equal in a script: where that is a family name alone, an alphabet's letters say more."""
    equal = [pair for pair in pairs if compare_pair(*pair).agreement is NameAgreement.EQUAL]
    if any(_is_named(each) for pair in equal for each in pair):
        return NameParts(Fact.SAME, Fact.SAME)
    if spelt and not any(pair in spelt for pair in equal):
        return min((_compare(a, b) for a, b in spelt), key=_place)
    return NameParts(Fact.UNTOLD, Fact.SAME)


def _place(parts: NameParts) -> tuple[int, int]:
    return _ORDER.index(parts.given), _ORDER.index(parts.family)


def _compare(a: Writing, b: Writing) -> NameParts:
    """Compare by each writing that says which word is which; what they say differently counts as the worse."""
    found = [_as_one_says(one, other) for one, other in ((a, b), (b, a)) if one.given]
    return max(found, key=_place) if found else _in_free_form(a, b)


def _as_one_says(one: Writing, other: Writing) -> NameParts:
    """Compare by one writing's parts; what agrees in the family's place of the other was written in the wrong field."""
    given = tuple(word for word in one.words if word in one.given)
    family = tuple(word for word in one.words if word not in one.given)
    found = _compare_as(given, family, other)
    if found.given is Fact.SAME and found.family is not Fact.SAME and not _stands_as_given(given, other):
        return _compare_as(family, given, other)
    return found


def _stands_as_given(given: tuple[str, ...], other: Writing) -> bool:
    """Say whether given names stand as such in another writing: in free form anywhere but at its end."""
    place = other.given or other.words[:-1]
    return any(_is_one(word, each) for word in (*given, "".join(given)) for each in (*place, "".join(place)))


def _compare_as(given: tuple[str, ...], family: tuple[str, ...], other: Writing) -> NameParts:
    left = list(other.words)
    found_given, own = _take_same(list(given), left)
    found_family, own_family = _take_same(list(family), left)
    near_given = not found_given and (_take_near(own, left) or _take_called(own, left))
    near_family = not found_family and _take_near(own_family, left)
    beside = [word for word in left if _is_name(word)]
    return NameParts(
        given=_given(found_given, near_given, [word for word in own if _is_name(word)], beside),
        family=Fact.SAME if found_family else Fact.NEAR if near_family else _missing(own_family, left),
    )


def _given(found: bool, near: bool, own: Sequence[str], beside: Sequence[str]) -> Fact:
    """Say how given names agree: with one in common and another beside it on both sides they are twins' perhaps."""
    if found:
        return Fact.NEAR if own and beside else Fact.SAME
    return Fact.NEAR if near else _missing(own, beside)


def _missing(own: Sequence[str], beside: Sequence[str]) -> Fact:
    return Fact.OTHER if own and beside else Fact.UNTOLD


def _in_free_form(a: Writing, b: Writing) -> NameParts:
    left = list(b.words)
    found, own = _take_same(list(a.words), left)
    if not own or not left:
        return NameParts(Fact.UNTOLD, Fact.SAME if found else Fact.OTHER)
    near = _take_near(own, left) or _take_called(own, left)
    return NameParts(Fact.NEAR if near else Fact.OTHER, Fact.SAME if found else Fact.NEAR if near else Fact.OTHER)


def _take_same(own: list[str], left: list[str]) -> tuple[bool, list[str]]:
    """Take from what is left the words that are one's own, run together as may be; return whether, and the rest."""
    for start, end in combinations(range(len(left) + 1), 2):
        if _is_one("".join(own), "".join(left[start:end])) and any(map(_is_name, own)):
            del left[start:end]
            return True, []
    rest = []
    for word in own:
        found = next((other for other in left if _is_one(word, other)), None)
        if found is None:
            rest.append(word)
        else:
            left.remove(found)
    return any(_is_name(word) for word in own if word not in rest), rest


def _take_near(own: list[str], left: list[str]) -> bool:
    for one in dict.fromkeys(("".join(own), *own)):
        for start, end in combinations(range(len(left) + 1), 2):
            if _is_name(one) and may_be_spellings(strip_marks(one), strip_marks("".join(left[start:end]))):
                del left[start:end]
                return True
    return False


def _take_called(own: list[str], left: list[str]) -> bool:
    """Take from what is left a given name by which who bears one's own may be called; say whether there is one."""
    pairs = ((one, other) for one in own for other in left)
    found = next((other for one, other in pairs if may_be_called(strip_marks(one), strip_marks(other))), None)
    if found is not None:
        left.remove(found)
    return found is not None


def _is_one(one: str, other: str) -> bool:
    return bool(_forms(one) & _forms(other))


@lru_cache(65536)
def _forms(word: str) -> frozenset[str]:
    bare = strip_marks(word)
    return frozenset({bare, spell_out(word), unspell(bare)} - {""})


def _is_named(writing: Writing) -> bool:
    """Say whether a whole name has a given name: two words that are names, or one alone in the given name's place."""
    if not writing.spelt:
        return len(writing.words) > 1 or has_given_name(writing.words[0])
    names = [word for word in writing.words if _is_name(word)]
    return len(names) > 1 or any(word in writing.given for word in names)


@lru_cache(65536)
def _is_name(word: str) -> bool:
    bare = strip_marks(word)
    if len(bare) <= 1 or is_placeholder(word) or any(c.isdigit() for c in bare):
        return False
    return slips(bare, _NEARLY_BABY, 1) > 1
