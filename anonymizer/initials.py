"""Find the initials of known people, initials behind a title, and a known name that is misspelt beside another.

Initials with points go (J.D.), but for what reports abbreviate so (I.V., A.P.); those without points beside a title, a
known name or a word for what somebody does (`JD was seen`), and a single letter beside a known name alone. The names
that were found before are overwritten with a private-use character.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache

from anonymizer.known import spelled_words
from anonymizer.titles_beside import is_titled
from anonymizer.word_names import is_report_word
from anonymizer.wording import entries, fold, is_clinical

Span = tuple[int, int]
_NAME = "\ue000"
_BESIDE = (re.compile(rf"{_NAME}[ \t,]{{1,2}}$"), re.compile(rf"[ \t]{_NAME}"))
_DOES = re.compile(
    r"[ \t]+(?:was[ \t]+(?:seen|admitted|referred|examined|reviewed)|complain\w*|reports|present(?:s|ed)|denie[sd]"
    r"|states|klagt\w*|berichtet\w*|refiere|acude|жалуется)\b"
)
_CAPITAL = "A-ZÀ-ÖØ-ÞΑ-ΩЀ-Я"
_OWN_SIGNS = r"\.[ \t]?-?[ \t]?"
_TITLED = re.compile(
    r"(?<![^\W\d_])(?:(?i:mr|mrs|ms|miss|mx|dr|prof|herrn?|hr|frau|fr|sra?|srta|mme|г-н|г-жа|гр|пан|пані))\.?[ \t]+"
    rf"(?P<who>(?:[{_CAPITAL}]\.[ \t-]{{0,2}}){{1,4}})(?![\w])"
    r"|(?<![^\W\d_])(?i:patient(?:in|en)?|paciente|pat\.?|pacjent\w{0,3}|pacient\w{0,3})[ \t]+"
    rf"(?P<two>(?:[{_CAPITAL}]\.[ \t-]{{0,2}}){{2,4}})(?![\w])"
    r"|(?<![^\W\d_])(?i:пациент\w{0,3}|пацієнт\w{0,3}|больн(?:ой|ая|ого|ому|ую)|хвор\w{1,3})[ \t]+"
    r"(?P<one>(?:[А-ЯЁІЇЄ]\.[ \t-]?){1,3})(?!\w)"
)
_BESIDE_NAME = re.compile(
    rf"(?<![^\W\d_])(?P<before>[{_CAPITAL}][^\W\d_]{{3,30}})(?=[ \t]{_NAME})"
    rf"|(?<={_NAME}[ \t])(?P<behind>[{_CAPITAL}][^\W\d_]{{3,30}})(?![^\W\d_])"
)
_SIDES = frozenset("LRlrЛПлп")
_ALIKE, _SHORTEST_MISSPELT, _MOST_INITIALS, _FARTHEST = 0.8, 5, 4, 3


@cache
def _abbreviated() -> frozenset[str]:
    return frozenset(entries("abbreviated"))


def titled_initials_in(text: str) -> Iterator[Span]:
    """Yield where initials stand behind a title or the word for a patient, whoever it is."""
    for match in _TITLED.finditer(text):
        group = next(each for each in ("who", "two", "one") if match[each])
        if fold("".join(filter(str.isalpha, match[group]))) not in _abbreviated():
            yield match.start(group), match.start(group) + len(match[group].rstrip(" \t-"))


@lru_cache(maxsize=256)
def _initials(names: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the single initials of names, and the ways in which several of them are written, in capitals."""
    single, several = set[str](), set[str]()
    for group in (group for name in names for group in name.split("=")):
        components = [[word[0].upper() for word in spelled_words(part)] for part in group.split("^")]
        family, given = components[0], [letter for part in components[1:] for letter in part]
        if not given:
            family, given = family[-1:], family[:-1]
        single.update(family + given)
        for ours in (given, given[:1]):
            for theirs in (family, family[:1], []):
                several |= {"".join(ours + theirs), "".join(theirs + ours)}
    return frozenset(single), frozenset(each for each in several if 1 < len(each) <= _MOST_INITIALS)


@lru_cache(maxsize=256)
def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]] | None:
    single, several = _initials(names)
    if not several:
        return None
    longest_first = sorted(several, key=len, reverse=True)
    dotted = "|".join(_OWN_SIGNS.join(map(re.escape, each)) for each in longest_first)
    return (
        re.compile(rf"(?<![\w.-])(?:{dotted})(?:\.(?!\w)|(?![\w.]))"),
        re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])"),
        re.compile(rf"(?<![\w.-])[{''.join(map(re.escape, sorted(single)))}](?![\w.'’-])"),
    )


def initials_in(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """Yield where the initials of known names stand, and where one is misspelt beside another or a title."""
    patterns = _patterns(names)
    if patterns is None:
        return
    dotted, joined, single = patterns
    for match in dotted.finditer(text):
        known = fold("".join(filter(str.isalpha, match[0]))) not in _abbreviated()
        if known or _is_beside(text, *match.span()):
            yield match.span()
    for match in joined.finditer(text):
        as_name = _is_beside(text, *match.span()) or is_titled(text, *match.span()) or _DOES.match(text, match.end())
        if as_name and match[0].casefold() not in _abbreviated():
            yield match.span()
    if _NAME not in text:
        return
    for match in single.finditer(text):
        side = match[0] in _SIDES and re.match(r"[ \t]+[^\W\d_]", text[match.end() : match.end() + 3])
        if _is_beside(text, *match.span()) and not side:
            yield match.span()
    yield from _misspelt(text, names)


def _is_beside(text: str, start: int, end: int) -> bool:
    before, behind = _BESIDE
    return before.search(text[max(0, start - _FARTHEST) : start]) is not None or behind.match(text, end) is not None


def _misspelt(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    known = {fold(word) for name in names for word in spelled_words(name) if len(word) >= _SHORTEST_MISSPELT}
    for match in _BESIDE_NAME.finditer(text):
        word = match["before"] or match["behind"]
        if is_report_word(word) or is_clinical(word) or not any(_is_alike(fold(word), each) for each in known):
            continue
        yield match.span("before" if match["before"] else "behind")


def _is_alike(written: str, known: str) -> bool:
    if written[:1] != known[:1] or abs(len(written) - len(known)) > 2:
        return False
    return SequenceMatcher(None, written, known).ratio() >= _ALIKE
