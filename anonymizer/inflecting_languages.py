"""Tell whether a place of a text is in a language that inflects names: there short forms of known ones are looked for.

Polish, Czech, Slovak, Croatian, Slovene, Hungarian, Finnish, Estonian, Turkish, Romanian, Lithuanian and Latvian do; in
English, German, French and Spanish a name has an s at most, and short words that look like its case are words.
"""

import re
from functools import lru_cache

_LETTERS = "ąćęłńśźżěščřžýůťďňőűğışțăķļņģāēīūėįųđ"
_SMALL = {
    "inflecting": (
        "w z na się nie jest po do od bez przy oraz bardzo jego jej ze dla był była było pacjent pacjenta "
        "pacjentka badanie v s se si pro při nebo bylo není ve ke bolest pacient vyšetření u i je nije su kod kao "
        "ili pri nakon bolesnik pregled és az nem van volt egy hogy meg beteg vizsgálat ja ei on oli että kanssa "
        "potilas tutkimus bir bu için olan yok var ile hasta și nu este fost pe pentru fără durere ir su yra nėra "
        "iš dėl un ar nav uz pacients kes ning valu ole eikä näy má "
    ),
    "others": (
        "the of is are no and with to for was were has not der die das und mit ohne ist kein keine nicht bei des "
        "dem den el los las con sin que por una le les et avec sans est dans della il che senza os com sem het een "
        "met zonder och att "
    ),
}
_WORDS = {kind: frozenset(words.split()) for kind, words in _SMALL.items()}
_WORD = re.compile(r"[^\W\d_]+")
_MARKED = re.compile(f"[{_LETTERS}]")
_STEP, _AROUND, _ENOUGH = 128, 300, 2


def inflects_names(text: str, place: int) -> bool:
    """Tell whether the words around a place of a text are of such a language: two at least, and more than of others."""
    return _judged(text, place // _STEP)


@lru_cache(maxsize=4096)
def _judged(text: str, step: int) -> bool:
    around = text[max(0, step * _STEP - _AROUND) : step * _STEP + _STEP + _AROUND]
    words = [word.casefold() for word in _WORD.findall(around)]
    small = sum(word in _WORDS["inflecting"] for word in words)
    marked = sum(_MARKED.search(word) is not None for word in words)
    others = sum(word in _WORDS["others"] for word in words)
    return small + marked >= _ENOUGH and small + marked > others
