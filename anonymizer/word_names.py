"""Tell where a known name that is also a word of reports stands as a name: Long, May, Hand, Klein.

Everybody would lose the word otherwise, and a report a side, an organ or a doubt: `may be long`, `left hand`. Where it
is written as the word is, it tells nobody's name. As a name it stands beside a title or another word of the name, or
with a capital inside a sentence that is neither a heading nor a noun of German.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from anonymizer.alphabets.everyday import is_everyday
from anonymizer.other_alphabets import alphabet_of
from anonymizer.titles_beside import is_titled
from anonymizer.wording import entries, fold, prose_vocabulary

Span = tuple[int, int]
NAME_HIDDEN = "\ue000"  # stands in a text for each letter of a known name that was found before
_JOINED_TO_HIDDEN = re.compile(rf"{NAME_HIDDEN}[\^/_-]$"), re.compile(rf"[\^/_-]{NAME_HIDDEN}")
_BESIDE_HIDDEN = re.compile(rf"{NAME_HIDDEN}[ \t,]{{0,3}}$"), re.compile(rf"[ \t,]{{0,3}}{NAME_HIDDEN}")
_BETWEEN = re.compile(r"[\s,.^/_-]{0,3}")
_TITLE = re.compile(
    r"(?<![^\W\d_])(?:mr|mrs|ms|miss|mx|dr|prof|herrn?|fr|frau|sra?|srta|señora?|don|doña)\.?[ \t]+$", re.IGNORECASE
)
_NAME_LABEL = re.compile(
    r"(?<![^\W\d_])(?:name|nombre|apellidos?|nachname|vorname|familienname|geburtsname"
    r"|nom|prénom|cognome)[ \t]*[:=][ \t]*$",
    re.IGNORECASE,
)
_PATIENT_LABEL = re.compile(r"(?<![^\W\d_])(?:patient(?:in|en)?|paciente|pat|pt)\.?[ \t]*[:=][ \t]*$", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \t./-]+$")
_WORD_BEHIND = re.compile(r"[ \t./-]+([^\W\d_]+)")
# What people do where a sentence begins with their name; what organs do as well (`is`) counts, and the word is lost.
_DOES = re.compile(
    r",?[ \t]+(?i:complain\w*|reports|reported|present(?:s|ed)|denie[sd]|states|stated|feels|felt|says|said|fell"
    r"|smokes|works|lives|underwent|is|was|has|had|who|came|comes|went|needs?|wants?|takes|took|received|attended|returned"
    r"|klagt\w*|berichtet\w*|stürzte|leidet|ist|war|hat|hatte|wurde|wird|kam|kommt|möchte"
    r"|refiere|presenta|acude|niega|es|fue|tiene|tuvo|vino|está|estaba|consulta"
    r"|был[аи]?|поступил\w*|жалуется|осмотрен\w*|обратил\w*|находи\w+)\b"
    r"|,[ \t]+(?:\d|[A-ZÀ-Þ][^\W\d_])"
)
_POSSESSED = re.compile(r"['’]s\b|(?<=s)['’](?!\w)")
_PATIENTS = frozenset({"patient", "patients", "patientin", "patienten"})
_OPENS = re.compile(r"(?:^|[.:;!?\n])[\s•*·–—-]*(?:\d{1,2}[.)][ \t]*)?$")
_MONTHS = frozenset({"may", "mai", "march", "mars", "märz", "august"})
_BEFORE_MONTHS = "in since until till of during from last this early late mid im seit ende mitte anfang"
_IN_MONTH = frozenset(_BEFORE_MONTHS.split())
_GERMAN = re.compile(
    r"\b(?:der|die|das|des|dem|den|und|mit|ohne|im|am|kein(?:e[nrsm]?)?|ist|sind|nicht|bei|ein(?:e[nrsm]?)?|nach|vom|zur|zum|links|rechts"
    r"|linke[nrsm]?|rechte[nrsm]?|beide[nrsm]?|bds)\b",
    re.IGNORECASE,
)
_VERBS = frozenset({"may", "will", "can"})
_FARTHEST, _AROUND, _SHORTEST_PLURAL = 24, 120, 4
_TURKISH_CASE = re.compile(r"['’](?!s\b)[^\W\d_]{1,5}(?![^\W\d_])")  # what is written to names alone


@cache
def _words_too() -> frozenset[str]:
    return frozenset(map(fold, entries("words_too"))) | _german_nouns()


@cache
def _german_nouns() -> frozenset[str]:
    return frozenset(map(fold, entries("german_nouns")))


@cache
def _rather_names() -> frozenset[str]:
    return frozenset(map(fold, entries("rather_names")))


@lru_cache(maxsize=16384)
def is_report_word(word: str) -> bool:
    """Tell whether a word, or its plural, is one that reports are written with, whoever bears it as a name."""
    folded, alphabet = fold(word), alphabet_of(word)
    if alphabet is not None:
        return folded not in _rather_names() and is_everyday(word.casefold(), alphabet)
    return any(
        each not in _rather_names() and (each in prose_vocabulary().words or each in _words_too())
        for each in (folded, folded.removesuffix("s") if len(folded) > _SHORTEST_PLURAL else folded)
    )


def standing_as_names(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the places of known names in a text that are none of a word of reports written as one."""
    found = sorted(set(spans))
    words = [is_report_word(text[start:end]) for start, end in found]
    for at, (start, end) in enumerate(found):
        if not words[at] or _is_beside(text, found, at) or _stands_as_name(text, start, end):
            yield start, end


def _is_beside(text: str, found: list[Span], at: int) -> bool:
    """Tell whether another word of the name stands beside one, written alike: John May and john may.

    Of one that was found before nobody can see how it was written: a capital is enough then, or a sign that joins them.
    """
    start, end = found[at]
    before = text[max(0, start - _FARTHEST) : start]
    for ahead, behind in (_JOINED_TO_HIDDEN, *([_BESIDE_HIDDEN] if text[start].isupper() else [])):
        if ahead.search(before) or behind.match(text, end):
            return True
    for other in (at - 1, at + 1):
        if not 0 <= other < len(found):
            continue
        first, second = sorted((found[at], found[other]))
        gap = text[first[1] : second[0]] if second[0] >= first[1] else None
        there = text[slice(*found[other])]
        if gap is None or not _BETWEEN.fullmatch(gap) or fold(there) == fold(text[start:end]):
            continue
        both = {fold(text[start:end]), fold(there)}
        if text[start].isupper() == there[0].isupper() and (text[start].isupper() or not both & _VERBS):
            return True
    return False


def _stands_as_name(text: str, start: int, end: int) -> bool:
    """Tell by what is around a word, and by its capitals, that it is a name there."""
    written, before = text[start:end], text[max(0, start - _FARTHEST) : start]
    if _TITLE.search(before) or _NAME_LABEL.search(before) or _TURKISH_CASE.match(text, end):
        return True
    if not written[0].isupper():
        return False
    people = fold(written) in _PATIENTS
    if not people and (_POSSESSED.match(text, end) or (_OPENS.search(before) and _DOES.match(text, end))):
        return True
    preceding, following = _WORD_BEFORE.search(before), _WORD_BEHIND.match(text, end)
    around = [each[1] for each in (preceding, following) if each]
    if written.isupper() and len(written) > 1:
        return bool(around) and not any(each.isupper() for each in around) and text[end : end + 1] != ":"
    return _is_name_by_capital(text, start, end, preceding, following)


def _is_name_by_capital(
    text: str, start: int, end: int, preceding: re.Match[str] | None, following: re.Match[str] | None
) -> bool:
    """Tell whether the capital of a word is that of a name: of no heading, month, or noun of German."""
    written, before = text[start:end], text[max(0, start - _FARTHEST) : start]
    is_heading = following is not None and following[1][0].isupper() and is_report_word(following[1])
    if not is_heading and (is_titled(text, start, end) or _PATIENT_LABEL.search(before)):
        return True
    if _OPENS.search(before):
        return False
    if _GERMAN.search(text, max(0, start - _AROUND), end + _AROUND):
        return fold(written) not in _german_nouns()
    return not (
        any(each[1][0].isupper() and is_report_word(each[1]) for each in (preceding, following) if each)
        or (fold(written) in _MONTHS and preceding and preceding[1].casefold() in _IN_MONTH)
    )
