"""Greek letters: ELOT 743 (ISO 843, as passports have it), the everyday ways, and what families keep.

Accents are not told apart. A woman's family name stands in the genitive (Παπαδοπούλου) and is written so in Latin
letters as well: where one side has -ou and the other -os, two names are meant.
"""

from anonymizer.alphabets.transcribing import Alphabet, table_of, without_marks

_ENDINGS = (
    ("ου", "ος"),
    ("ου", "ης"),
    ("ους", "ης"),
    ("", "ς"),
    ("ς", ""),
    ("ε", "ος"),
    ("ο", "ος"),
    ("οντος", "ων"),
    ("οντα", "ων"),
)
_LONGEST_ENDING, _SHORTEST_STEM = 5, 2


def nominatives(word: str) -> tuple[str, ...]:
    """Return what a case-folded word of a sentence may be a case of, itself first: Γεωργίου of Γεώργιος."""
    bare = plain(word)
    found = (
        bare[: len(bare) - len(case)] + ending.replace("ς", "σ")
        for case, ending in _ENDINGS
        if bare.endswith(case.replace("ς", "σ"))
    )
    return tuple(dict.fromkeys((word, *found)))


def plain(word: str) -> str:
    """Return a word without accents and with one sigma."""
    return without_marks(word).replace("ς", "σ")


def beginnings(word: str) -> tuple[str, ...]:
    """Return how the forms of a case-folded word begin: as it does, where it is longer than an ending."""
    return (word if len(word) > _LONGEST_ENDING + _SHORTEST_STEM else "",)


GREEK = Alphabet(
    "Greek",
    "\u0370-\u0373\u0376-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fff",
    table_of("greek"),
    plain,
    nominatives,
    beginnings=beginnings,
)
