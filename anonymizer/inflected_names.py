"""Find known names in Latin letters that a language inflects: Kowalskiego of Kowalski, Ayşenin of Ayşe, Müllersche.

The endings are data (`data/inflections.txt`). No name is inflected that is itself a word of reports (Klein, Stein), and
no word that reports are written with is taken for a name: kleiner stays. Short names go with a capital alone.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.known import spelled_words, spellings
from anonymizer.lone_words import opens_sentence
from anonymizer.wording import fold, is_borne, is_clinical, prose_vocabulary

_SURE, _WHOLE = "~", "-"
_SHORTEST_SURE, _SHORTEST_CAPITAL, _SHORTEST_LOWER = 3, 4, 5


@cache
def _table() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """Return the endings of names, each with those of its other cases: all of them, and the sure ones among them."""
    lines = (files("anonymizer") / "data" / "inflections.txt").read_text("utf-8").splitlines()
    rows = (line.partition(" = ") for line in lines if not line.startswith("#"))
    return tuple(
        ("" if ending == _WHOLE else ending, tuple(cases.replace(_SURE, "").split()), _behind_sign(cases))
        for ending, _, cases in rows
    )


def _behind_sign(cases: str) -> tuple[str, ...]:
    return tuple(cases.partition(_SURE)[2].split())


@lru_cache(maxsize=256)
def inflected(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for the inflected forms of names in a folded text; None where no name has any."""
    words = {form for name in names for word in spelled_words(name) for form in spellings(word) if form.isascii()}
    forms = sorted({form for word in words if not _is_word(word) for form in _forms(word)})
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(forms)})(?![^\W\d_])") if forms else None


def _is_word(word: str) -> bool:
    return prose_vocabulary().covers(word) or is_borne(word)


def _forms(word: str) -> Iterator[str]:
    """Yield each stem of a word with the endings that may stand behind it, as patterns."""
    for ending, cases, sure in _table():
        stem = word[: len(word) - len(ending)]
        if not word.endswith(ending) or len(stem) < _SHORTEST_SURE:
            continue
        possible = cases if len(word) >= _SHORTEST_CAPITAL else sure
        if possible:
            yield f"{stem}(?:{'|'.join(possible)})"


def may_be_inflected(text: str, start: int, end: int) -> bool:
    """Tell whether a word that has the letters of a known name's case may be it: no word of reports.

    Where every word has a capital, at the start of a sentence or in a text of capitals, it tells nothing: tiny of Tina.
    """
    written = text[start:end]
    if prose_vocabulary().covers(written) or is_clinical(written):
        return False
    as_names = written[0].isupper() and not written.isupper() and not opens_sentence(text, start)
    return as_names or len(fold(written)) > _SHORTEST_LOWER
