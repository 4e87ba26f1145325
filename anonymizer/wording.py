"""Let words through that describe imaging, and nothing else: the default is to drop.

Clean Descriptors (PS3.15 E.3.5) is read strictly. Text is cut into words; a word stays when the vocabulary lists it,
when it is a short number, or when a listed pattern covers it. Digits that could be a date, a telephone or a record
number go, and so does a date in words with its day.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.text_dates import without_day, without_days

_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)+(?![^\W_])|[㐀-鿿]+|[^\W_㐀-鿿]+")
_DIGIT_GROUPS = re.compile(r"(?<![^\W_])[0-9]+(?:[ \-/.:][0-9]+)+")
_DATE_LIKE = re.compile(r"[0-9]{1,4}([\-/.:])[0-9]{1,2}\1[0-9]{1,4}")
_LONGEST_DIGITS = 5
_SHORT_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,3})?")
_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_SEPARATORS = re.compile(r"[^ !#%&'()*+,\-./:;<=>?@\[\]^_|~$\"°²³µ×±\n\r\t]")
_MARKS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "œ": "oe", "ı": "i"})
_TRANSLITERATED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_REMOVED_DIGITS = "\ue010"
_PROSE_TOKEN = re.compile(f"{_REMOVED_DIGITS}|{_TOKEN.pattern}")
_GOES_ON = re.compile(r" [^\W\d_A-ZÀ-ÖØ-Þ]")
LANGUAGES = ("imaging", "en", "de", "es", "zh")
GAP = "[...]"
# Of the words that are names too, those that make up words of the body and of time: Kopfschmerzen is nobody's name.
_BODY_PARTS = frozenset(
    {
        "head",
        "hand",
        "foot",
        "bone",
        "kopf",
        "bauch",
        "fuss",
        "zahn",
        "horn",
        "kern",
        "kerne",
        "links",
        "rechts",
        "stark",
    }
)
_CLINICAL_ENDING = re.compile(
    r"(?:[a-z]{3}(?:itis|itiden|pathy|pathie|patia|schmerz(?:en)?|algie|algia|ektomie|ectom[iy]a?|karzinoms?|carcinomas?|tumou?rs?"
    r"|metastasen?|blutung(?:en)?|storung(?:en)?|schwache|lahmung|verletzung(?:en)?|infarkt|thrombose|embolie|stenose|arthrose"
    r"|fraktur(?:en)?|insuffizienz|beschwerden|syndrome?|plegia?|plegie|paresis?|penia|penie|zyten|cytes|citos|plasty|plastik"
    r"|scopy|skopie|graphy|graphie|grafia))$"
)
SHORTEST_PART, SHORTEST_NAME_PART = 4, 3


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Return a word without case and diacritics: `Schädel` is `schadel`, `Straße` is `strasse`."""
    plain = unicodedata.normalize("NFKD", word.casefold().translate(_MARKS))
    return "".join(symbol for symbol in plain if not unicodedata.combining(symbol))


@dataclass(frozen=True)
class Vocabulary:
    """Hold folded words, patterns for whole words, and words of scripts that write without spaces."""

    words: frozenset[str]
    patterns: re.Pattern[str]
    unspaced: tuple[str, ...]

    def covers(self, word: str) -> bool:
        folded = fold(word)
        return folded in self.words or self.patterns.fullmatch(folded) is not None or self._compound(folded)

    def _compound(self, folded: str) -> bool:
        """Tell whether two listed words of some length make up a compound, as German writes them."""
        cuts = range(SHORTEST_PART, len(folded) - SHORTEST_PART + 1)
        return any(folded[:cut] in self.words and folded[cut:] in self.words for cut in cuts)

    def listed_parts(self, run: str, gap: str = "") -> str:
        """Return the listed words of a run of ideographs, longest first, the rest left out or written as gaps."""
        found: list[str] = []
        at = 0
        while at < len(run):
            word = next((word for word in self.unspaced if run.startswith(word, at)), "")
            if word or not found or found[-1] != gap:
                found.append(word or gap)
            at += len(word) or 1
        return "".join(found)


def entries(name: str) -> list[str]:
    """Return the words of a list of `data/vocabulary`."""
    lines = (files("anonymizer") / "data" / "vocabulary" / f"{name}.txt").read_text("utf-8").splitlines()
    return [entry for line in lines if not line.startswith("#") for entry in line.split()]


def _vocabulary(names: Collection[str]) -> Vocabulary:
    listed = [entry for name in names for entry in entries(name)]
    patterns = [entry[1:-1] for entry in listed if entry.startswith("/")]
    plain = [entry for entry in listed if not entry.startswith("/")]
    words = {fold(entry) for entry in plain} | {fold(entry.casefold().translate(_TRANSLITERATED)) for entry in plain}
    unspaced = sorted((entry for entry in plain if re.fullmatch(r"[㐀-鿿]+", entry)), key=len, reverse=True)
    return Vocabulary(frozenset(words), re.compile("|".join(patterns)), tuple(unspaced))


@cache
def imaging_vocabulary() -> Vocabulary:
    """Return the words of examinations in all languages."""
    return _vocabulary(LANGUAGES)


@cache
def prose_vocabulary() -> Vocabulary:
    """Return the words of examinations and those that reports are written with."""
    return _vocabulary((*LANGUAGES, "prose", "complaints"))


@cache
def technical_vocabulary() -> Vocabulary:
    """Return the words of examinations, makers, devices and processing."""
    return _vocabulary((*LANGUAGES, "technical"))


def _without_digit_groups(text: str, instead: str = " ") -> str:
    def judged(match: re.Match[str]) -> str:
        digits = sum(symbol.isdigit() for symbol in match[0])
        return instead if digits > _LONGEST_DIGITS or _DATE_LIKE.fullmatch(match[0]) else match[0]

    return _DIGIT_GROUPS.sub(judged, text)


def keep_words(text: str, kept: Callable[[str], str]) -> str:
    """Return the text with each word replaced by what `kept` returns for it; separators around a gap become a space."""
    text = _without_digit_groups(without_days(text))
    parts: list[str] = []
    gap, end = False, 0
    for match in _TOKEN.finditer(text):
        word = kept(match[0])
        separator = _SEPARATORS.sub(" ", text[end : match.start()])
        end = match.end()
        if word:
            parts.append((" " if gap and parts else "" if gap else separator) + word)
        gap = word != match[0]
    if not gap and parts:
        parts.append(_SEPARATORS.sub(" ", text[end:]))
    return "".join(parts).strip()


def _imaging_word(word: str, names: frozenset[str]) -> str:
    vocabulary = imaging_vocabulary()
    if "㐀" <= word[0] <= "鿿":
        return vocabulary.listed_parts(word) if word not in names else ""
    if fold(word) in names:
        return ""
    return word if _SHORT_NUMBER.fullmatch(word) or vocabulary.covers(word) else ""


def _technical_word(word: str, names: frozenset[str], others: frozenset[str]) -> str:
    if fold(word) in names:
        return ""
    if _imaging_word(word, names) == word or technical_vocabulary().covers(word):
        return word
    if fold(word) in others:
        return ""
    runs = _RUNS.findall(word)
    coded = len(runs) > 1 and all(len(run) <= (4 if run.isdigit() else 3) for run in runs)
    return word if word.isascii() and (coded or (word.isdigit() and len(word) <= 4)) else ""


@lru_cache(maxsize=16384)
def clean_descriptor(text: str, names: frozenset[str]) -> str:
    """Return the words of a description that the imaging vocabulary lists, except those in `names` (folded)."""
    return keep_words(text, lambda word: _imaging_word(word, names))


@lru_cache(maxsize=16384)
def clean_technical(text: str, names: frozenset[str], others: frozenset[str]) -> str:
    """Return the words of a technical value: listed ones and short codes such as `VA48A`; other words drop out.

    A word in `names` never stays, one in `others` only when it is listed.
    """
    return keep_words(text, lambda word: _technical_word(word, names, others))


_WHOLE_WORD = re.compile(r"[^\W_]+")
_BIRTH_DATE = re.compile(r"(19|20)\d{6}")


@lru_cache(maxsize=16384)
def without_words(text: str, gone: frozenset[str]) -> str:
    """Return a text without the words in `gone` (folded), however it is written; a DA value among them is a date."""
    given = text
    for day in filter(_BIRTH_DATE.fullmatch, gone):
        with suppress(ValueError):
            text = without_day(text, date(int(day[:4]), int(day[4:6]), int(day[6:])))
        parts = (day[:4], day[4:6], day[6:])
        for order in (parts, parts[::-1], (*parts[1:], parts[0])):
            text = re.sub(rf"(?<!\d){'[-/. ]'.join(order)}(?!\d)", "", text)
    for word in gone:
        if "㐀" <= word[0] <= "鿿" and len(word) > 1:
            text = text.replace(word, "")
    kept = _WHOLE_WORD.sub(lambda match: "" if fold(match[0]) in gone else match[0], text)
    return " ".join(kept.split()) if kept != given else text


@cache
def _names_too() -> frozenset[str]:
    return frozenset(fold(entry) for entry in entries("names_too"))


def is_borne(word: str) -> bool:
    """Tell whether a word that reports are written with is a common name, too."""
    return fold(word) in _names_too()


def is_clinical(word: str) -> bool:
    """Tell whether a word is one that reports are written with and nobody is known to bear as a name."""
    folded = fold(word)
    if _CLINICAL_ENDING.search(folded):
        return True
    vocabulary, also_names = prose_vocabulary(), _names_too()
    if folded in vocabulary.words or not vocabulary.covers(word):
        return folded in vocabulary.words and folded not in also_names
    return not any(
        folded.startswith(part) or folded.endswith(part) for part in also_names - _BODY_PARTS if len(part) > 3
    )


def _may_be_name(folded: str, vocabulary: Vocabulary, also_names: frozenset[str]) -> bool:
    """Tell whether a word is borne as a name, or is no word of its own but made of one that is, as Longfield is."""
    if folded in also_names or folded in vocabulary.words:
        return folded in also_names
    cuts = range(SHORTEST_NAME_PART, len(folded) - SHORTEST_NAME_PART + 1)
    return any(folded[:cut] in also_names or folded[cut:] in also_names for cut in cuts)


def _begins_sentence(place: re.Match[str]) -> bool:
    """Tell whether a word opens a sentence that goes on in lower case."""
    before, after = place.string[: place.start()].rstrip(" "), place.string[place.end() :]
    return (not before or before[-1] in ".:\n\r") and _GOES_ON.match(after) is not None


def vouched_words(text: str, named: Callable[[list[str]], bool]) -> str:
    """Return prose with a gap for every word that is not listed, or that `named` knows (folded) as somebody's."""
    vocabulary, also_names = prose_vocabulary(), _names_too()

    def kept(word: str, place: re.Match[str]) -> str:
        if word == _REMOVED_DIGITS or named([fold(word)]):
            return GAP
        if "㐀" <= word[0] <= "鿿":
            return vocabulary.listed_parts(word, GAP)
        if word[0].isupper() and _may_be_name(fold(word), vocabulary, also_names) and not _begins_sentence(place):
            return GAP
        return word if _SHORT_NUMBER.fullmatch(word) or vocabulary.covers(word) else GAP

    text = _without_digit_groups(text.replace(_REMOVED_DIGITS, " "), _REMOVED_DIGITS)
    parts, end = [], 0
    for match in _PROSE_TOKEN.finditer(text):
        parts += [_SEPARATORS.sub(" ", text[end : match.start()]), kept(match[0], match)]
        end = match.end()
    return "".join([*parts, _SEPARATORS.sub(" ", text[end:])])
