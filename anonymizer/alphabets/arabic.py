"""Arabic letters of Arabic, Persian and Urdu names, which leave short vowels out; Latin spellings of them are free.

The first column is English (near ALA-LC without its marks), the second French, the third German, Egyptian and Turkish
habits follow. Long vowels must be written in Latin letters too, and a vowel that ends a Latin word in Arabic ones. An
unwritten vowel of the last syllable is no u, nor i in a word of three letters: Hasan is not Husain, and Muhammad
not Mahmud.
"""

import re

from anonymizer.alphabets.transcribing import Alphabet, table_of, without_marks

Words = re.Pattern[str]
_FORMS = str.maketrans("ىیئکہھۀۃےەٱ", "ىييكهههةيها")
_PARTS = re.compile("ال|ابن|بن|بنت|ولد")
_LATIN_PARTS = re.compile("[ae][lrsndtz]|ash|u[lr]|ibn|b[ie]n|bint|ould")
_FIRSTS, _LATIN_FIRSTS = re.compile("عبد|ابو"), re.compile("abd(?:[aeuo][lr])?|abo?u|abo")
_LASTS, _LATIN_LASTS = re.compile("(?:ال)?دين"), re.compile("(?:[eau][ld])?d(?:ine?|een)")
_LONG = re.compile("[اويى]")
_AND, _TO, _SHORTEST_STEM = "وف", "بلك", 3


def plain(word: str) -> str:
    """Return a word without vowel marks and hamzas, in the letters of the table."""
    return without_marks(word.translate(_FORMS)).replace("\u0640", "").translate(_FORMS)


def parts(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a native name as its names: servant of, father of and religion joined to what they stand beside."""
    return _joined([plain(word) for word in words], _PARTS, _FIRSTS, _LASTS)


def latin_parts(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a Latin name likewise: Abd al-Rahman is abdrahman, Salah ad-Din salahdin; al, ibn and bin are left out."""
    return _joined(list(words), _LATIN_PARTS, _LATIN_FIRSTS, _LATIN_LASTS)


def _joined(words: list[str], left_out: Words, firsts: Words, lasts: Words) -> tuple[str, ...]:
    found: list[str] = []
    before = ""
    for word in words:
        if lasts.fullmatch(word) and found and not before:
            found[-1] += word
        elif firsts.fullmatch(word):
            before += word
        elif not left_out.fullmatch(word):
            found.append(before + word)
            before = ""
    return (*found, before) if before else tuple(found)


def nominatives(word: str) -> tuple[str, ...]:
    """Return what a word of a sentence may be with what is written to it, itself first: ومحمد and لمحمد of محمد."""
    found = [word]
    for particles in (_AND, _TO):
        found += [each[1:] for each in found if each[0] in particles and len(each) > _SHORTEST_STEM]
    return tuple(dict.fromkeys(found))


def _short_vowels(native: str) -> str:
    """Return the vowels that may stand unwritten in the last syllable, by the letters of the word."""
    return "ae" if len(native) <= 3 and not _LONG.search(native[1:]) else "aei"


ARABIC = Alphabet(
    "Arabic",
    "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufd3d\ufd50-\ufdff\ufe70-\ufefc",
    table_of("arabic"),
    plain,
    nominatives,
    beginnings=nominatives,
    parts=parts,
    latin_parts=latin_parts,
    short_vowels=_short_vowels,
)
