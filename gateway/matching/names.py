"""Compare person names: by their writings, in any order of the words, and by their sound where the writing differs.

The levels go from equal to different; which words two names share is told too, because sharing a rare one says more.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from gateway.matching.chinese import han_words, simplified
from gateway.matching.japanese import hiragana
from gateway.matching.nobody import names_nobody
from gateway.matching.short_names import may_be_called
from gateway.matching.sounds import sounds
from gateway.matching.spelling import Writing, generation, letters, slips, strip_marks, unspell, writings
from gateway.matching.transcription import bearers, sounds_alike

_SHORTEST_SPELLING = 4
_LONG = 8
_WITHOUT_VOWELS = re.compile("[\u0590-\u07ff]")


class NameAgreement(Enum):
    """How two names compare, the best first."""

    EQUAL = "equal"
    PARTLY = "partly equal"
    INITIALS = "equal but for initials"
    SHORT = "equal but for a short or pet name"
    SIMILAR = "similar"
    SOUND = "equal by the sound"
    INCOMPLETE = "equal as far as it is given"
    HOMOPHONE = "of the same sound, but written otherwise"
    GIVEN = "equal in the given name alone"
    ONE_PART = "equal in one part"
    DIFFERENT = "different"
    UNREAD = "in scripts that cannot be compared, or do not sound alike as far as they can"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class NameComparison:
    """How two names agree, in which words, and in which language where only the sound agrees.

    `native` are those words in the other alphabet, `bearers` how many times more people share the sound than the words.
    """

    agreement: NameAgreement
    shared: tuple[str, ...] = ()
    language: str = ""
    native: tuple[str, ...] = ()
    bearers: float = 1.0


_ORDER = {agreement: place for place, agreement in enumerate(NameAgreement)}
_UNKNOWN, _UNREAD = NameComparison(NameAgreement.UNKNOWN), NameComparison(NameAgreement.UNREAD)
_DIFFERENT = NameComparison(NameAgreement.DIFFERENT)
_BARELY = frozenset({NameAgreement.GIVEN, NameAgreement.ONE_PART, NameAgreement.DIFFERENT, NameAgreement.UNKNOWN})
_OTHERS = frozenset({NameAgreement.GIVEN, NameAgreement.ONE_PART})
_UNLIKE = frozenset({NameAgreement.HOMOPHONE, NameAgreement.DIFFERENT, NameAgreement.UNREAD, NameAgreement.UNKNOWN})


def compare_names(one: str, other: str) -> NameAgreement:
    """Say how two names agree: by their best pair of writings, and by the sound where nothing better can be said."""
    return compare_writings(one, other).agreement


@lru_cache(8192)
def compare_writings(one: str, other: str) -> NameComparison:
    """Compare two names; father and son, where both say which they are, share a part of theirs at most."""
    found = _compare_all(one, other)
    opposed = {generation(one), generation(other)} == {"father", "son"}
    if not opposed or found.agreement in _UNLIKE:
        return found
    return NameComparison(NameAgreement.ONE_PART, found.shared)


def _compare_all(one: str, other: str) -> NameComparison:
    """Compare every writing of two names.

    Where both write the name natively and the native writings differ, an equal romanisation speaks for nobody.
    """
    ours, theirs = writings(one), writings(other)
    if not ours or not theirs or names_nobody(one) or names_nobody(other):
        return _UNKNOWN
    best: dict[str, NameComparison] = {}
    for a in ours:
        for b in theirs:
            if a.script == b.script:
                best[a.script] = _better(best.get(a.script, _UNKNOWN), compare_pair(a, b))
    heard = _sound(ours, theirs)
    latin = best.pop("LATIN", _UNKNOWN)
    native = min(best.values(), key=_place, default=_UNKNOWN)
    if native.agreement is NameAgreement.DIFFERENT:
        alike = heard.agreement is NameAgreement.SOUND or latin.agreement not in _BARELY
        return NameComparison(NameAgreement.HOMOPHONE) if alike else _DIFFERENT
    if native.agreement in _OTHERS:
        return native
    return min(native, latin, heard, _UNREAD, key=_place)


def _better(one: NameComparison, other: NameComparison) -> NameComparison:
    return min(one, other, key=_place)


def _place(comparison: NameComparison) -> int:
    return _ORDER[comparison.agreement]


def _sound(ours: tuple[Writing, ...], theirs: tuple[Writing, ...]) -> NameComparison:
    """Compare by the sound; a native and a Latin writing that sound of nothing in common cannot be told apart."""
    for a in ours:
        for b in theirs:
            common = sounds(a) & sounds(b)
            if common:
                latin = a if a.latin else b
                return NameComparison(NameAgreement.SOUND, latin.bare if latin.latin else (), min(common)[0])
            native, latin = (b, a) if a.latin else (a, b)
            if sounds_alike(native, latin):
                language = native.script.capitalize()
                return NameComparison(NameAgreement.SOUND, latin.bare, language, native.bare, bearers(native))
    return _UNKNOWN


def compare_pair(a: Writing, b: Writing) -> NameComparison:
    """Compare two writings of one script."""
    if not a.spelt:
        return _compare_native(a, b)
    best = _UNKNOWN
    for ours, theirs in _foldings(a, b):
        if letters(ours) == letters(theirs) and _same_words(ours, theirs):
            return NameComparison(NameAgreement.EQUAL, max(ours, theirs, key=len))
        best = _better(best, _compare_words(ours, theirs))
    if best.agreement is NameAgreement.ONE_PART and _given(a, b):
        return replace(best, agreement=NameAgreement.GIVEN)
    return best


def _given(a: Writing, b: Writing) -> bool:
    """Say whether two names have the given names in common and other family names.

    One of them must be written as a DICOM PN (family name first, PS3.5 section 6.2.1); two in free form do not say
    which part is which.
    """
    ways = [(one, other) for one, other in ((a, b), (b, a)) if one.given]
    return bool(ways) and all(_only_given(one, other) for one, other in ways)


def _only_given(one: Writing, other: Writing) -> bool:
    given, theirs = _plain(one.given), _plain(other.given)
    common = given <= theirs or theirs <= given if theirs else given <= _plain(other.words)
    return common and not _plain(frozenset(one.words) - one.given) & _plain(other.words)


def _plain(words: Iterable[str]) -> frozenset[str]:
    return frozenset(unspell(strip_marks(word)) for word in words)


def _foldings(a: Writing, b: Writing) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return both in comparable letters: umlauts without their dots, spelt out, or spelt out once and lost."""
    found = [(a.bare, b.bare)]
    for pair in (
        (a.spelt_out, b.spelt_out),
        (tuple(map(unspell, a.bare)), b.bare),
        (a.bare, tuple(map(unspell, b.bare))),
    ):
        if pair not in found:
            found.append(pair)
    return found


def _same_words(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Say whether one writing's words, in some order and run together as need be, make the other's."""
    if sorted(ours) == sorted(theirs):
        return True
    return any(
        _laid_out(frozenset(enumerate(words)), "".join(order))
        for words, order in ((ours, theirs), (theirs, ours))
        for order in ((order, order[::-1]) if len(order) > 1 else (order,))
    )


def _laid_out(words: frozenset[tuple[int, str]], text: str) -> bool:
    """Say whether words can be laid one after the other to make a text."""
    if not text:
        return not words
    return any(text.startswith(word[1]) and _laid_out(words - {word}, text[len(word[1]) :]) for word in words)


def _compare_native(a: Writing, b: Writing) -> NameComparison:
    ours, theirs = (tuple(simplified(hiragana(word)) for word in each.words) for each in (a, b))
    if letters(ours) == letters(theirs) and _same_words(ours, theirs):
        words = max(ours, theirs, key=len)
        return NameComparison(NameAgreement.EQUAL, words if len(words) > 1 else han_words(words[0]))
    fewer, more = sorted((frozenset(ours), frozenset(theirs)), key=len)
    if len(fewer) == 1 < len(more) and fewer <= more:
        return NameComparison(NameAgreement.INCOMPLETE, tuple(fewer))
    return _DIFFERENT


def _compare_words(ours: tuple[str, ...], theirs: tuple[str, ...]) -> NameComparison:
    """Compare where the whole names are not equal: a word left out, an initial, another spelling, one word alone."""
    fewer, more = sorted((frozenset(ours), frozenset(theirs)), key=lambda words: (len(words), sorted(words)))
    shared = tuple(sorted(word for word in fewer & more if len(word) > 1))
    if len(fewer) == 1 and shared:
        return NameComparison(NameAgreement.INCOMPLETE, shared)
    if len(fewer) > 1 and fewer <= more and len(shared) > 1:
        return NameComparison(NameAgreement.PARTLY, shared)
    if len(fewer) > 1 and (how := _as_another_form(fewer, more, shared)):
        return how
    if _slipped_whole("".join(sorted(ours)), "".join(sorted(theirs)), shared):
        return NameComparison(NameAgreement.SIMILAR, tuple(sorted(fewer)))
    if shared or any(may_be_spellings(a, b) for a in fewer for b in more):
        return NameComparison(NameAgreement.ONE_PART, shared or tuple(sorted(fewer))[:1])
    return _DIFFERENT


def _as_another_form(fewer: frozenset[str], more: frozenset[str], shared: tuple[str, ...]) -> NameComparison | None:
    """Compare what two names do not share word for word: initials, short and pet names, other spellings."""
    rest, left = [word for word in fewer if word not in more], [word for word in more if word not in fewer]
    if shared and all(_is_initial(word, left) for word in rest):
        return NameComparison(NameAgreement.INITIALS, shared)
    if shared and _match_each(rest, left, may_be_called):
        return NameComparison(NameAgreement.SHORT, shared)
    if _match_each(rest, left, may_be_spellings):
        return NameComparison(NameAgreement.SIMILAR, tuple(sorted(fewer)))
    return None


def _is_initial(word: str, others: list[str]) -> bool:
    return any(word[0] == other[0] and 1 in {len(word), len(other)} for other in others)


def _match_each(rest: list[str], left: list[str], alike: Callable[[str, str], bool]) -> bool:
    """Say whether every word of the shorter name has one of its own in the longer one that is like it."""
    open_words = list(left)
    for word in rest:
        found = next((other for other in open_words if alike(word, other)), None)
        if found is None:
            return False
        open_words.remove(found)
    return True


def may_be_spellings(one: str, other: str) -> bool:
    """Say whether two words may be spellings of one name, or one a part of the other's double name.

    Where vowels are not written a letter more or less is another name: Hasan and Husain.
    """
    shorter = min(len(one), len(other))
    if one == other:
        return True
    if _WITHOUT_VOWELS.search(one + other):
        return False
    if _digits(one) != _digits(other):
        return False
    if shorter < _SHORTEST_SPELLING:
        return shorter == _SHORTEST_SPELLING - 1 and slips(one, other, 1) <= 1
    if other.startswith(one) or one.startswith(other):
        return True
    most = 2 if shorter >= _LONG - 2 else 1
    return slips(one, other, most) <= most


def _slipped_whole(one: str, other: str, shared: tuple[str, ...]) -> bool:
    """Say whether whole names differ by a blank in the wrong place and a slip."""
    alike = not shared and min(len(one), len(other)) >= _LONG and slips(one, other, 1) <= 1
    return alike and not _WITHOUT_VOWELS.search(one) and _digits(one) == _digits(other)


def _digits(word: str) -> str:
    """Return the digits of a word: those of newborns tell twins apart, and are no slip."""
    return "" if word.isalpha() else re.sub(r"\D", "", word)
