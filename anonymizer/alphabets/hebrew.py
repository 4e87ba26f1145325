"""Hebrew letters, which leave most vowels out: English spellings first, then those of German and French families."""

from anonymizer.alphabets.transcribing import Alphabet, table_of, without_marks

_WITHOUT_SIGNS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7-\u05f4\ufb1d-\ufb4f"  # no maqaf, as it parts words
_SHORTEST_STEM = 2
_FINALS = str.maketrans("ךםןףץ׳’", "כמנפצ''")


def plain(word: str) -> str:
    """Return a word without points, its last letter as it stands elsewhere."""
    folded = word.translate(_FINALS)
    return "".join(each for each in folded if each == "'" or without_marks(each))


def nominatives(word: str) -> tuple[str, ...]:
    """Return what a word of a sentence may be with what is written to it, itself first: לדוד and ולדוד of דוד."""
    found = [word]
    for particles in ("ו", "בהכלמש"):
        found += [each[1:] for each in found if each[0] in particles and len(each) > _SHORTEST_STEM]
    return tuple(dict.fromkeys(found))


def _short_vowels(native: str) -> str:
    return "aeiou" if native else ""


HEBREW = Alphabet(
    "Hebrew", _WITHOUT_SIGNS, table_of("hebrew"), plain, nominatives, beginnings=nominatives, short_vowels=_short_vowels
)
