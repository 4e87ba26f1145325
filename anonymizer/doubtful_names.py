"""Find words that stay in a cleaned text and may yet be a known name: a person looks at them before anybody reads it.

A name that is a word of reports (Grant, Long, Klein) is doubtful where its capital tells nothing: in a line of
capitals, at the start of a sentence, among the nouns of German; in small letters where the text has no capitals. So is
a word that begins as a known name does and is no word of reports (Evu of Eva), and one in another alphabet that may be
the name. Words of grammar (he, an, so) tell nobody who is meant.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import normalize

from anonymizer.inflected_names import shortly_inflected
from anonymizer.inflecting_languages import inflects_names
from anonymizer.known import spelled_words, spellings
from anonymizer.lone_words import SIDE, opens_sentence
from anonymizer.other_alphabets import doubtful_in_other_alphabets
from anonymizer.word_names import is_report_word
from anonymizer.wording import fold, is_clinical, prose_vocabulary

Span = tuple[int, int]
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]){1,60}")  # marks may stand behind their letters
_OPENING = re.compile(r"(?:^|[.!?\n])(?:[•*–—-]|[^\S\n])*([^\W\d_])")
_GRAMMAR = frozenset(
    word
    for words in (
        "an as at be by do had has he her him his if in is it its me my no nor not of off on or our out so than the",
        "then to up us was we who you your am bei da er es ihm ihn im ist man mit nun nur ob um uns vom war wie wir",
        "zu zum zur al con de del el en la las lo los mas mi por que se si sin son su tan un una ya le les",
        "des du et ne pas",
    )
    for word in words.split()
)
_SHORTEST_STEM, _LONGEST_ENDING, _SHORT_NAME = 2, 5, 4


@lru_cache(maxsize=256)
def _known(names: tuple[str, ...]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """Return the spellings of the words of names, and the same by their first two letters."""
    words = frozenset(
        form
        for name in names
        for word in spelled_words(normalize("NFC", name))
        for form in spellings(word)
        if len(form) >= _SHORTEST_STEM and form not in _GRAMMAR
    )
    beginnings: dict[str, set[str]] = {}
    for word in words:
        beginnings.setdefault(word[:_SHORTEST_STEM], set()).add(word)
    return words, {start: frozenset(each) for start, each in beginnings.items()}


def doubtful_in(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """Yield the places of words that may be a known name, in a text whose certain ones are overwritten."""
    equal, beginnings = _known(names)
    for word in _WORD.finditer(text):
        folded, known = fold(word[0]), beginnings.get(fold(word[0])[:_SHORTEST_STEM])
        if known is None or SIDE.match(text, word.start()):
            continue
        capital = word[0][0].isupper()
        if (
            ((capital or _is_in_small_letters(text)) and (folded in equal or folded.removesuffix("s") in equal))
            or (capital and _is_like(text, word, folded, known))
            or _is_inflected(text, word, folded, names)
        ):
            yield word.span()
    yield from doubtful_in_other_alphabets(text, names)


def _is_inflected(text: str, word: re.Match[str], folded: str, names: tuple[str, ...]) -> bool:
    """Tell whether a word is a known name's in a case of the text's language: in lower case no word of reports."""
    pattern = shortly_inflected(names)
    if pattern is None or not pattern.fullmatch(folded) or not inflects_names(text, word.start()):
        return False
    capital: bool = word[0][0].isupper()
    return capital or not prose_vocabulary().covers(folded)


def _is_like(text: str, word: re.Match[str], folded: str, known: frozenset[str]) -> bool:
    """Tell whether a word that no report is written with begins as a known name does, and is about as long."""
    if word[0].isupper() or opens_sentence(text, word.start()):
        return False
    if is_report_word(word[0]) or prose_vocabulary().covers(word[0]) or is_clinical(word[0]):
        return False
    return any(_shares_stem(folded, each) for each in known)


def _shares_stem(folded: str, known: str) -> bool:
    kept = 1 if len(known) <= _SHORT_NAME else 2
    longest = len(known) + min(_LONGEST_ENDING, len(known))
    return folded.startswith(known[: len(known) - kept]) and len(known) - 2 <= len(folded) <= longest


@lru_cache(maxsize=64)
def _is_in_small_letters(text: str) -> bool:
    """Tell whether most sentences and lines of a text begin without a capital, so that names may do so, too."""
    opening: list[str] = _OPENING.findall(text)
    return 2 * sum(letter.islower() for letter in opening) > len(opening)
