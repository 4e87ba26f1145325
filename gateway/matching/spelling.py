"""A person's name as writings: each component group as its words, folded to comparable letters.

A name comes as a DICOM PN ("MÜLLER^HANS", "Wang^XiaoMing=王^小明", PS3.5 section 6.2.1) or in free form ("Hans Müller",
"王小明"). Titles, generations and the words that announce a birth name are dropped; `generation` tells father from son.
What is run together in one spelling may be parted in another, so whole writings are compared by their letters,
whatever their order.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anonymizer.alphabets.listed import ALPHABETS

_SPELT_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "ł": "l", "đ": "dj"}
)
_SIGNS = re.compile("[\u02b0-\u02ff]")
_UNMARKED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d"})
_UNSPELT = re.compile(r"(?<=[^aeiou])([aou])e(?![aeiou])|^([aou])e(?=[^aeiou])")
_DROPPED = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "herr", "frau", "med", "sr", "sra", "don", "doña", "jr"}
    | {"geb", "geborene", "geborener", "née", "né", "nee", "born", "nacida", "nacido"}
)
_GENERATIONS = {"jr": "son", "jnr": "son", "jun": "son", "junior": "son"} | {
    "sr": "father", "snr": "father", "sen": "father", "senior": "father"
}  # fmt: skip
_PARTING = re.compile(r"[\s^,.·・\-‐–\u05be()/]+")
_MOST_WORDS = 6
_LONGEST_WORD = 64  # a whole component group of a DICOM PN has no more characters (PS3.5 section 6.2)
_CACHED = 65536


@dataclass(frozen=True)
class Writing:
    """One way in which a name is written; `words` are case-folded and keep their marks, of Latin letters all of them.

    `given` are those of them that stand where a DICOM PN has the given and middle names; none in free form.
    """

    words: tuple[str, ...]
    script: str
    given: frozenset[str] = frozenset()

    @property
    def latin(self) -> bool:
        """Say whether the writing is in Latin letters."""
        return self.script == "LATIN"

    @property
    def spelt(self) -> bool:
        """Say whether the writing is in letters of an alphabet, word for word: Latin or another that is known."""
        return self.latin or self.script in ALPHABETS

    @property
    def spelt_out(self) -> tuple[str, ...]:
        """Return the words with ä as ae and its like."""
        return tuple(spell_out(word) for word in self.words)

    @property
    def bare(self) -> tuple[str, ...]:
        """Return the words without marks: ä as a."""
        return tuple(strip_marks(word) for word in self.words)


@lru_cache(_CACHED)
def writings(name: str) -> tuple[Writing, ...]:
    """Return the writings of a name; empty groups are left out."""
    found = []
    for group in unicodedata.normalize("NFKC", name).split("="):
        words = _words(group)
        kept = tuple(word for word in words if word not in _DROPPED) or words
        if kept:
            given = frozenset(_words("^".join(group.split("^")[1:3]))).intersection(kept)
            found.append(_writing(kept[:_MOST_WORDS], _script("".join(kept)), given))
    return tuple(found)


def _writing(words: tuple[str, ...], script: str, given: frozenset[str]) -> Writing:
    """Return a writing; letters that are written in several ways in another alphabet are brought to one."""
    alphabet = ALPHABETS.get(script)
    if alphabet is None:
        return Writing(words, script, given)
    plain = tuple(filter(None, map(alphabet.plain, words)))
    return Writing(plain, script, frozenset(map(alphabet.plain, given)).intersection(plain))


def bare_word(word: str) -> str:
    """Return a word without marks, in the letters to which a writing brings it."""
    return writings(word)[0].bare[0]


def generation(name: str) -> str:
    """Return whether a name says that it is the father's or the son's; empty where it says neither or both."""
    said = {_GENERATIONS[word] for word in _words(unicodedata.normalize("NFKC", name)) if word in _GENERATIONS}
    return said.pop() if len(said) == 1 else ""


def _words(text: str) -> tuple[str, ...]:
    words = (word[:_LONGEST_WORD].casefold() for word in _PARTING.split(text))
    return tuple(word for word in words if strip_marks(word))


def _script(text: str) -> str:
    """Return the script by the first word of the letters' Unicode names; Han where kanji stand beside kana."""
    found = {unicodedata.name(c, "LATIN").split()[0].split("-")[0] for c in text if c.isalpha()} or {"LATIN"}
    kana = {"HIRAGANA", "KATAKANA"}
    return "CJK" if "CJK" in found else "KANA" if found & kana else min(found)


@lru_cache(_CACHED)
def spell_out(text: str) -> str:
    """Return the letters of a text with umlauts and their like spelt out."""
    return strip_marks(text.casefold().translate(_SPELT_OUT))


@lru_cache(_CACHED)
def strip_marks(text: str) -> str:
    """Return the letters and digits of a text without diacritics; the sound marks of kana stay.

    The signs by which scholars write a hamza, an ain or a soft sign in Latin letters are no letters.
    """
    decomposed = _SIGNS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    bare = "".join(c for c in decomposed if c.isalnum() or c in "\u3099\u309a")
    return unicodedata.normalize("NFC", bare).translate(_UNMARKED)


def unspell(text: str) -> str:
    """Return plain letters with ae, oe and ue read as an umlaut whose dots were lost: mueller as muller."""
    return _UNSPELT.sub(lambda match: match.group(1) or match.group(2), text)


def letters(words: tuple[str, ...]) -> str:
    """Return all letters of a writing in the alphabet's order: equal for every order and parting of its words."""
    return "".join(sorted("".join(words)))


@lru_cache(_CACHED)
def slips(one: str, other: str, most: int = 2) -> int:
    """Return how many letters must be changed, added, left out or swapped with their neighbour; at most `most` + 1."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) > most or max(_foreign(one, other), _foreign(other, one)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row, older = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if older and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = above
    return min(row[-1], most + 1)


def _foreign(one: str, other: str) -> int:
    """Return how many letters of one word another has not at all: each costs a slip of its own."""
    return len(set(one).difference(other))
