"""Find known names in Latin letters that a language inflects: Kowalskiego of Kowalski, Ayşenin of Ayşe, Müllersche.

The endings are data (`data/inflections.txt`). No word that reports are written with is taken for a name: kleiner stays.
Short names go with a capital alone, or beside a title or another name; where the language of the text inflects names,
in lower case too: jana of Jan. A name that is itself a word of reports (Klein, Stein) goes beside those alone.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.inflecting_languages import inflects_names
from anonymizer.known import spelled_words, spellings
from anonymizer.lone_words import opens_sentence
from anonymizer.titles_beside import is_addressed, is_titled
from anonymizer.word_names import is_report_word
from anonymizer.wording import fold, is_borne, is_clinical, prose_vocabulary

_SURE, _WHOLE, _LINE = "~", "-", "=="
_SHORTEST_SURE, _SHORTEST_CAPITAL, _SHORTEST_LOWER = 3, 4, 5
_SHORTEST_STEM, _SHORTEST_WITHOUT_CAPITAL = 2, 4
_BEHIND_NAME, _BEFORE_NAME = re.compile("\ue000[ ,-]{0,2}$"), re.compile("[ ,-]{0,2}\ue000")
_FARTHEST = 3


@cache
def _table() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...]:
    """Return the endings of names, each with those of its other cases: all of them, the sure ones among them.

    The last says that they are looked for in texts of a language alone that inflects names.
    """
    text = (files("anonymizer") / "data" / "inflections.txt").read_text("utf-8")
    found, there_alone = [], False
    for line in text.splitlines():
        there_alone = there_alone or line.startswith(_LINE)
        ending, _, cases = line.partition(" = ")
        if cases and not line.startswith(("#", _LINE)):
            stem = "" if ending == _WHOLE else ending
            found.append((stem, tuple(cases.replace(_SURE, "").split()), _behind_sign(cases), there_alone))
    return tuple(found)


def _behind_sign(cases: str) -> tuple[str, ...]:
    return tuple(cases.partition(_SURE)[2].split())


@lru_cache(maxsize=256)
def inflected(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for the inflected forms of names in a folded text; None where no name has any."""
    return _pattern(form for word in _words(names) if not _is_word(word) for form in _forms(word, _SHORTEST_SURE))


@lru_cache(maxsize=256)
def shortly_inflected(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for such forms of short names too, and of names that are words of reports."""
    return _pattern(form for word in _words(names) for form in _forms(word, _SHORTEST_STEM, all_cases=True))


@lru_cache(maxsize=256)
def _prolonged(names: tuple[str, ...]) -> re.Pattern[str] | None:
    words = sorted({word for name in names for word in spelled_words(name) if len(word) >= _SHORTEST_SURE})
    marked = [word for word in words if not word.isascii() and fold(word).isascii()]
    found = [rf"(?i:{'|'.join(marked)})"] if marked else []
    found += [rf"(?i:{'|'.join(plain)})(?=[éÉ])" for plain in [[word for word in words if word.isascii()]] if plain]
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(found)})[^\W\d_]{{1,5}}(?![^\W\d_])") if found else None


def prolonged_in(text: str, names: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where a word goes on behind a known name with marks, or an é behind one, as few do: Tóthhal, Editért."""
    pattern = _prolonged(names)
    for match in pattern.finditer(text) if pattern else ():
        if not _is_word_of_reports(match[0]):
            yield match.span()


def _words(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        form for name in names for word in spelled_words(name) for form in spellings(word) if form.isascii()
    )


def _pattern(forms: Iterator[str]) -> re.Pattern[str] | None:
    found = sorted(set(forms))
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(found)})(?![^\W\d_])") if found else None


def _is_word(word: str) -> bool:
    return prose_vocabulary().covers(word) or is_borne(word)


def _forms(word: str, shortest: int, *, all_cases: bool = False) -> Iterator[str]:
    """Yield each stem of a word with the endings that may stand behind it, as patterns."""
    for ending, cases, sure, there_alone in _table():
        stem = word[: len(word) - len(ending)]
        if not word.endswith(ending) or len(stem) < shortest or (there_alone and not all_cases):
            continue
        possible = cases if all_cases or len(word) >= _SHORTEST_CAPITAL else sure
        if possible:
            yield f"{stem}(?:{'|'.join(possible)})"


def _is_word_of_reports(written: str) -> bool:
    return is_report_word(written) or prose_vocabulary().covers(written) or is_clinical(written)


def may_be_inflected(text: str, start: int, end: int) -> bool:
    """Tell whether a word that has the letters of a known name's case may be it: no word of reports.

    Where every word has a capital, at the start of a sentence or in a text of capitals, it tells nothing: tiny of Tina.
    """
    written = text[start:end]
    if _is_word_of_reports(written):
        return False
    return _is_as_names(text, start, written) or len(fold(written)) > _SHORTEST_LOWER


def may_be_shortly_inflected(text: str, start: int, end: int, *, capital: bool = False) -> bool:
    """Tell the same of a short form, or one of a name that is a word: by what stands beside it, and by its language.

    Names that were found before are overwritten with a private-use character. With `capital` a word in lower case is
    none: of nicknames there are too many.
    """
    written = text[start:end]
    if (
        _BEHIND_NAME.search(text[max(0, start - _FARTHEST) : start])
        or _BEFORE_NAME.match(text, end)
        or is_titled(text, start, end)
        or is_addressed(text, start, end)
    ):
        return not (written.islower() and is_clinical(written))
    if _is_word_of_reports(written) or not inflects_names(text, start):
        return False
    return _is_as_names(text, start, written) or (not capital and len(fold(written)) >= _SHORTEST_WITHOUT_CAPITAL)


def _is_as_names(text: str, start: int, written: str) -> bool:
    """Tell whether a capital says that a word is a name."""
    return written[0].isupper() and not written.isupper() and not opens_sentence(text, start)
