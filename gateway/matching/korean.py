"""How a Korean name is romanised: by the state's rules, by McCune-Reischauer, and as each family likes it.

All are brought to one coarse form in which Kim and Gim, Lee, Yi and Rhee, Park and Bak are the same. It is coarse: it
supports and never decides. Hanja are read by a list (`data/hanja.txt`, compiled from Unihan by `compile_names.py`).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import islice, product

from gateway.matching.japanese import listed
from gateway.matching.spelling import strip_marks

_ONSETS = "k kk n t tt r m p pp s ss - c cc c k t p h"
_VOWELS = "a e ya e u e yu ye o wa we oi yo u wu we wi yu u ui i"
_CODAS = "- k k k n n n t l k m p l l p l m p p t t ng t t k t p t"
_COARSE = (
    (r"[()']", ""), (r"h(?=$)", ""), (r"(?<=[aeiou])h(?=[^aeiouyw])", ""), (r"sh(?=[iy])", "s"), (r"sh", "s"),
    (r"y?eo", lambda m: "yu" if m.group().startswith("y") else "u"),
    (r"y?ou", lambda m: "yu" if m.group()[0] == "y" else "u"),
    (r"oo", "u"), (r"ee", "i"), (r"eu", "u"), (r"ae|ai|ay|ey", "e"), (r"ui|wi(?=$)", "i"), (r"oe|oi|oy", "oi"),
    (r"[gkq]+", "k"), (r"[dt]+", "t"), (r"[bpv]+", "p"), (r"ch|j+|z", "c"), (r"[lr]+", "l"), (r"s+", "s"),
    (r"n+(?!k)", "n"), (r"nk", "ng"), (r"w(?=u)", ""), (r"yi", "i"),
)  # fmt: skip
# Surnames that families write in ways which no rule gives; the coarse form of each is the one of its Hangul.
SURNAMES = {
    "이": ("lee", "yi", "rhee", "ri", "i", "yee", "rhie", "reigh"), "김": ("kim", "gim", "ghim"),
    "박": ("park", "bak", "pak", "bahk", "pack"), "최": ("choi", "choe", "chwe"),
    "정": ("jung", "jeong", "chung", "joung", "cheong"),
    "강": ("kang", "gang"), "조": ("cho", "jo", "joe"), "윤": ("yoon", "yun", "youn"), "장": ("jang", "chang"),
    "임": ("lim", "im", "rim", "yim"), "한": ("han", "hahn"), "오": ("oh", "o"), "서": ("seo", "suh", "so", "sur"),
    "신": ("shin", "sin"), "권": ("kwon", "gwon"), "황": ("hwang", "whang"), "안": ("ahn", "an"), "송": ("song",),
    "류": ("ryu", "yoo", "yu", "ryoo", "lyu"), "유": ("yoo", "yu", "you"), "전": ("jeon", "jun", "chun", "chon"),
    "홍": ("hong",), "고": ("ko", "go", "koh"), "문": ("moon", "mun"), "양": ("yang",), "손": ("son", "sohn"),
    "배": ("bae", "pae"), "백": ("baek", "paik", "baik", "paek", "back"), "허": ("heo", "huh", "hur", "her"),
    "노": ("noh", "roh", "no", "ro"), "심": ("shim", "sim"), "하": ("ha", "hah"), "주": ("joo", "ju", "choo"),
    "구": ("koo", "gu", "ku", "goo"), "곽": ("kwak", "gwak"), "성": ("sung", "seong", "song"), "우": ("woo", "u", "wu"),
    "나": ("na", "ra", "nah"), "민": ("min",), "진": ("jin", "chin"), "지": ("ji", "chi", "jee"),
    "엄": ("um", "eom", "uhm"),
    "원": ("won",), "천": ("cheon", "chun"), "방": ("bang", "pang"), "현": ("hyun", "hyeon"),
    "변": ("byun", "byeon", "pyun"),
    "석": ("seok", "suk"), "선": ("sun", "seon"), "설": ("seol", "sul"), "마": ("ma",), "길": ("gil", "kil"),
    "여": ("yeo", "yuh"), "연": ("yeon", "youn"), "남": ("nam",), "공": ("kong", "gong"), "표": ("pyo",),
    "명": ("myung", "myeong"),
}  # fmt: skip
# Surnames that are read otherwise than the character is elsewhere.
_HANJA_SURNAMES = {"金": "김", "沈": "심", "車": "차", "葉": "섭"}
_FIRST_SYLLABLE, _PER_ONSET, _PER_VOWEL = 0xAC00, 588, 28
_N, _R, _SILENT = 2, 5, 11
_BEFORE_I_AND_Y = frozenset({2, 3, 6, 7, 12, 17, 20})
_MOST_READINGS = 24
_HANGUL = re.compile(r"[가-힣]+")
# One way to read each word: with two, a long word that is no name would be tried in all of their mixtures.
_SYLLABLES = re.compile(r"(?:(?:[ktpcnlmsh]?[yw]?|[yw]{2})[aeiou](?:ng|[knmtplr](?![aeiouyw]))?)+")


@lru_cache(65536)
def native_readings(text: str) -> frozenset[str]:
    """Return the coarse forms of a word in Hangul, or in Hanja by their Korean reading; empty for anything else."""
    if _HANGUL.fullmatch(text):
        return frozenset({_coarse_of(text)})
    if not text:
        return frozenset()
    ways = islice(product(family_hangul(text[0]), *map(hangul, text[1:])), _MOST_READINGS)
    return frozenset(_coarse_of("".join(way)) for way in ways)


def family_hangul(character: str) -> tuple[str, ...]:
    """Return how a family name of one Hanja is read in Hangul."""
    own = _HANJA_SURNAMES.get(character)
    return tuple(dict.fromkeys(((own,) if own else ()) + hangul(character)))


@lru_cache(4096)
def hangul(character: str) -> tuple[str, ...]:
    """Return how a Hanja is read in Hangul, as at the beginning of a word too, where ㄹ and ㄴ are lost."""
    said = _hanja_readings().get(character, ())
    return tuple(dict.fromkeys(form for syllable in said for form in (syllable, _at_the_beginning(syllable))))


def hanja(syllable: str) -> tuple[str, ...]:
    """Return the Hanja that are read as a Hangul syllable, also at the beginning of a word."""
    return _hanja_of().get(syllable, ())


@cache
def _hanja_readings() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for syllable, characters in listed("hanja.txt"):
        for character in characters:
            found[character] = (*found.get(character, ()), syllable)
    return found


@cache
def _hanja_of() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for character in _hanja_readings():
        for syllable in family_hangul(character):
            found[syllable].append(character)
    return {syllable: tuple(characters) for syllable, characters in found.items()}


def _at_the_beginning(syllable: str) -> str:
    """Return a syllable as it is read where a word begins: 리 as 이, 라 as 나, 녀 as 여."""
    onset, rest = divmod(ord(syllable) - _FIRST_SYLLABLE, _PER_ONSET)
    if onset not in {_N, _R}:
        return syllable
    before_i = rest // _PER_VOWEL in _BEFORE_I_AND_Y
    lost = _SILENT if before_i else _N
    return chr(_FIRST_SYLLABLE + lost * _PER_ONSET + rest)


def _coarse_of(text: str) -> str:
    return "".join(_coarse(_syllable(character)) for character in text)


@lru_cache(65536)
def latin_readings(word: str) -> frozenset[str]:
    """Return the coarse forms that a Latin word can have; empty where it cannot be Korean."""
    plain = strip_marks(word)
    found = {reading for native in _surnames().get(plain, ()) for reading in native_readings(native)}
    coarse = _coarse(plain)
    return frozenset(found | ({coarse} if _SYLLABLES.fullmatch(coarse) else set()))


@lru_cache(1)
def _surnames() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for native, spellings in SURNAMES.items():
        for spelling in spellings:
            found[spelling] = (*found.get(spelling, ()), native)
    return found


def _syllable(character: str) -> str:
    onset, rest = divmod(ord(character) - _FIRST_SYLLABLE, _PER_ONSET)
    parts = _ONSETS.split()[onset], _VOWELS.split()[rest // _PER_VOWEL], _CODAS.split()[rest % _PER_VOWEL]
    return "".join(part for part in parts if part != "-")


def _coarse(text: str) -> str:
    for pattern, replacement in _COARSE:
        text = re.sub(pattern, replacement, text)
    return text
