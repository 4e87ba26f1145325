"""Judge whether one word alone, in another alphabet or inflected, can be nothing but a known name.

A word that reports are written with is none where it begins without a capital. Else its length decides: more letters
where there is no capital, or one that every word has at the start of a sentence, where the word is inflected, or the
name is known in other letters only, since then more words look like it.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto

from anonymizer.alphabets.everyday import is_everyday
from anonymizer.alphabets.transcribing import Alphabet
from anonymizer.wording import prose_vocabulary

_OPENS_SENTENCE = re.compile(r"(?:^|[.:;!?\n])\s*$")
_LONGEST_BEFORE = 8
SIDE = re.compile(r"[Лл]ев\.[ \t]*[а-яё]")  # the left, not Лев


class Known(Enum):
    """In what letters a name is known that a text may bear."""

    IN_THESE = auto()
    IN_LATIN = auto()
    IN_OTHERS = auto()  # the text is in Latin letters


# The letters that a word needs: as it is known, inflected.
_SHORTEST_CAPITAL: Mapping[Known, tuple[int, int]] = {
    Known.IN_THESE: (3, 3), Known.IN_LATIN: (4, 4), Known.IN_OTHERS: (4, 6),
}  # fmt: skip
_SHORTEST_DOUBTFUL: Mapping[Known, tuple[int, int]] = {
    Known.IN_THESE: (3, 3), Known.IN_LATIN: (4, 6), Known.IN_OTHERS: (4, 6),
}  # fmt: skip
_SHORTEST_LOWER: Mapping[Known, tuple[int, int]] = {
    Known.IN_THESE: (3, 3), Known.IN_LATIN: (5, 7), Known.IN_OTHERS: (6, 7),
}  # fmt: skip


def stands_alone(
    text: str, start: int, end: int, alphabet: Alphabet, known: Known, *, exactly: bool, strictly: bool = False
) -> bool:
    """Tell whether a word of a text that may be a known name's, inflected or `exactly`, can be nothing else.

    One that is the name `strictly`, letter by letter, needs no more letters than one known in the same ones.
    """
    written = text[start:end]
    if all(map(prose_vocabulary().covers, written.split())) or SIDE.match(text, start):
        return False
    letters = sum(map(str.isalpha, written))
    everyday, opens = is_everyday(written.casefold(), alphabet), opens_sentence(text, start)
    known = Known.IN_THESE if strictly and not everyday else known
    if not written[0].isupper():
        return not everyday and letters >= _SHORTEST_LOWER[known][not exactly]
    if everyday and (opens or written.isupper()):
        return False
    return letters >= (_SHORTEST_DOUBTFUL if everyday or opens else _SHORTEST_CAPITAL)[known][not exactly]


def opens_sentence(text: str, start: int) -> bool:
    """Tell whether a place of a text is where a sentence or a line begins, and every word has a capital."""
    return _OPENS_SENTENCE.search(text[max(0, start - _LONGEST_BEFORE) : start]) is not None
