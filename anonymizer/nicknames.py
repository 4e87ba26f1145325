"""Find the short and pet names of people whose given names are known: Bob of Robert, Pepe of José, Саша of Александр.

The list is data (`data/nicknames.txt`): any name of a line may stand for any other. In lower case those of four letters
and more go that are no words (`data/vocabulary/nickname_words.txt`), in Latin letters; a listed word of reports that is
a name too (Will, Bill) goes only with a capital inside a sentence.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.alphabets.everyday import is_everyday
from anonymizer.alphabets.transcribing import Alphabet, may_be_written
from anonymizer.known import spelled_words
from anonymizer.lone_words import opens_sentence
from anonymizer.other_alphabets import alphabet_of, in_other_alphabets
from anonymizer.word_names import is_report_word
from anonymizer.wording import entries, fold, is_borne, prose_vocabulary

Span = tuple[int, int]
_SHORTEST_IN_CAPITALS, _SHORTEST_OPENING, _SHORTEST_LOWER = 4, 3, 4

_MEASURED = re.compile(r"[\s.:=]*\d|\.(?=\s+[^\W\dA-Z])")  # Max 5 mm, Jan 2024
# Words that are nobody's name beside these others.
_TERMS = re.compile(
    "|".join(
        (
            r"\b(?:x|γ|gamma|röntgen)[\s-]*rays?\b",
            r"\b(?:suv|t|hu|peak|v)[\s_-]*max\b",
            r"\bmax[\s.:-]+(?:of\b|value|wert\b|diameter|durchmesser|intensit|dos[ei]s?\b|width|length|height|thickness)",
            r"\bmax[\s.:-]+(?:velocity|gradient|pressure|breite\b|länge\b|dicke\b)",
            r"\bwolf[\s\u2010-\u2013-]*parkinson",
            r"\bc-kit\b",
            r"\bpat\.(?=\s*[-:]|\s+(?:id|nr|no|name)\b)",
            r"\bted\s+(?:hose|stocking)",
            r"\bconchas?\s+(?:bullosa|nasal|media|inferior|superior)",
            r"\btori\s+(?:palatin|mandibul)|\b(?:mandibular|palatine|palatal)\s+tori\b",
        )
    ),
    re.IGNORECASE,
)
_FARTHEST = 20
_DISEASES = frozenset({"gerd"})  # abbreviations in capitals


@cache
def lines_of_names() -> tuple[frozenset[str], ...]:
    """Return the names that one person may be called by, a set for each line of the list, in lower case."""
    lines = (files("anonymizer") / "data" / "nicknames.txt").read_text("utf-8").splitlines()
    return tuple(frozenset(line.split()) for line in lines if not line.startswith("#"))


@cache
def _lines_by_word() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in lines_of_names():
        for word in line:
            found[fold(word)] = found.get(fold(word), frozenset()) | line
    return found


@lru_cache(maxsize=1024)
def _of_word(word: str) -> frozenset[str]:
    """Return what somebody of a given name may be called; a name in Latin letters may be a Russian or Greek one."""
    found = _lines_by_word().get(fold(word), frozenset())
    if alphabet_of(word) is not None or len(word) < _SHORTEST_OPENING:
        return found
    for line in lines_of_names():
        for each in line:
            alphabet = alphabet_of(each)
            if alphabet is not None and may_be_written(each, word, alphabet):
                found |= line
    return found


@lru_cache(maxsize=256)
def nicknames(names: tuple[str, ...]) -> frozenset[str]:
    """Return what people of some names may be called beside these; of a DICOM PN the given names count."""
    given = (word for name in names for part in _given(name) for word in spelled_words(part))
    known = {fold(word) for name in names for word in spelled_words(name)}
    return frozenset(each for word in given for each in _of_word(word.casefold()) if fold(each) not in known)


def _given(name: str) -> Iterator[str]:
    for group in name.split("="):
        components = group.split("^")
        yield from components[1:3] if len(components) > 1 else components


@lru_cache(maxsize=256)
def _in_latin(names: tuple[str, ...]) -> re.Pattern[str] | None:
    words = sorted(each for each in nicknames(names) if alphabet_of(each) is None)
    forms = "|".join(dict.fromkeys(form for each in words for form in (each, fold(each))))
    return re.compile(rf"(?<![^\W\d_])(?i:{forms})s?(?![^\W\d_])") if forms else None


def nicknames_in(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """Yield where a text calls somebody of known names by another name."""
    latin = _in_latin(names)
    for match in latin.finditer(text) if latin else ():
        measured = len(match[0]) == _SHORTEST_OPENING and _MEASURED.match(text, match.end())
        if measured or _is_term(text, match.start(), match.end()):
            continue
        if _is_called(match[0], opens_sentence(text, match.start())):
            yield match.span()
    native = tuple(sorted(each for each in nicknames(names) if alphabet_of(each) is not None))
    for start, end in in_other_alphabets(text, native, capitals=True):
        alphabet = alphabet_of(text[start:end])
        if alphabet is None or _is_case_of(text[start:end].casefold(), native, alphabet, opens_sentence(text, start)):
            yield start, end


def _is_case_of(word: str, names: tuple[str, ...], alphabet: Alphabet, opens: bool) -> bool:
    """Tell whether a word is a nickname letter by letter, in any case: грыжа is nearly Гриша, and a hernia."""
    if opens and is_everyday(word, alphabet):
        return False
    known = {fold(alphabet.plain(each)) for each in names}
    return any(fold(alphabet.plain(form)) in known for form in alphabet.nominatives(word))


def _is_term(text: str, start: int, end: int) -> bool:
    """Tell whether a word is part of a term that nobody is called by: X-Ray, SUV Max."""
    if text[start:end].isupper() and text[start:end].casefold() in _DISEASES:
        return True
    around = _TERMS.finditer(text, max(0, start - _FARTHEST), end + _FARTHEST)
    return any(term.start() < end and start < term.end() for term in around)


def _is_word(written: str) -> bool:
    return is_report_word(written) or prose_vocabulary().covers(written) or fold(written) in _ordinary()


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(map(fold, entries("nickname_words")))


def _is_called(written: str, opens: bool) -> bool:
    """Tell whether a word is written as a name is, and cannot be the word of a report that it may also be."""
    one = written.removesuffix("s")
    if written.islower():
        return len(one) >= _SHORTEST_LOWER and not _is_word(written) and not _is_word(one)
    if not written[0].isupper() or not (one[1:].islower() or len(one) >= _SHORTEST_IN_CAPITALS):
        return False
    if not prose_vocabulary().covers(written):
        return len(written) >= _SHORTEST_OPENING or not opens
    return is_borne(written) and not opens and written[1:].islower()
