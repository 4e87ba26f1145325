"""Compare where patients live: addresses by their words and numbers in any order, telephones by their last digits.

Addresses are written in as many ways as there are forms, so that what counts is how much of the shorter one is found in
the other, and that the house is the same: a number with the street's name beside it. What names no house says nothing.
Households share both: equal ones say nothing of who in the household it is.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from string import ascii_lowercase

from gateway.matching.names import may_be_spellings
from gateway.matching.spelling import slips, spell_out

_WORDS = re.compile(r"[\u3400-\u9fff]|[^\W\d_\u3400-\u9fff]+|\d+[^\W\d_\u3400-\u9fff]?(?![^\W_\u3400-\u9fff])|\d+")
_STREET = re.compile(r"(?<=[a-z]{3})(strasse|str)$")
_STREET_WORDS = (
    "street st str strasse road rd avenue ave av lane ln drive dr court ct crescent cres close place pl square sq "
    "weg platz allee gasse calle c avda avenida plaza paseo apt apartment unit flat floor no nr num numero piso "
    "the of de del der den la los"
)
_LEFT_OUT = frozenset(_STREET_WORDS.split())
_NO_HOME = re.compile(r"unknown|homeless|no fixed|unbekannt|obdachlos|ohne festen|desconocid|sin domicilio|不详|未知")
_ALL_BUT, _HALF = 0.9, 0.5
_LEAST_LETTERS = 5
_POSTAL_CODE = 4
_LEAST_DIGITS = 7


def compare_homes(ours: Iterable[str], theirs: Iterable[str]) -> str:
    """Return the row of the weights table that two patients' addresses meet by their best pair; empty for none."""
    found = {row for one, other in product(ours, theirs) if (row := compare_addresses(one, other))}
    return next((row for row in ("address equal", "address similar", "address different") if row in found), "")


@lru_cache(8192)
def compare_addresses(one: str, other: str) -> str:
    """Return the row of the weights table that two addresses meet; empty where one names no house."""
    ours, theirs = _parts(one), _parts(other)
    if not all(_names_a_house(each) for each in (ours, theirs)):
        return ""
    fewer, more = sorted((ours, theirs), key=lambda words: (sum(map(len, words)), words))
    found = _found(fewer, list(more))
    share = sum(map(len, found)) / sum(map(len, fewer))
    if share < _HALF:
        return "address different"
    return "address equal" if _one_house(ours, theirs, share) else "address similar"


def share_telephone(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Say whether two patients have a telephone number in common, with or without country and area code."""
    return any(_one_line(_digits(one), _digits(other)) for one, other in product(ours, theirs))


def _one_line(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= _LEAST_DIGITS and len(set(shorter)) > 2 and longer.endswith(shorter)


def _digits(telephone: str) -> str:
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", telephone).partition("@")[0]).lstrip("0")


@lru_cache(8192)
def _parts(address: str) -> tuple[str, ...]:
    """Return the words and numbers of an address that tell it from others; of none known, none."""
    text = unicodedata.normalize("NFKC", address).casefold()
    if _NO_HOME.search(text):
        return ()
    words = (_STREET.sub("", spell_out(word)) for word in _WORDS.findall(text))
    return tuple(dict.fromkeys(word for word in words if word and word not in _LEFT_OUT))


def _names_a_house(words: tuple[str, ...]) -> bool:
    letters = sum(len(word) * (1 if word.isascii() else 2) for word in words if not word[0].isdigit())
    return letters >= _LEAST_LETTERS and any(word[0].isdigit() for word in words)


def _one_house(ours: tuple[str, ...], theirs: tuple[str, ...], share: float) -> bool:
    """Say whether a number and the word beside it, the street, are in both; else all must agree but for a slip."""
    houses, others = _houses(ours), _houses(theirs)
    if any(one == other and _any_alike(beside, near) for one, beside in houses for other, near in others):
        return True
    return share >= _ALL_BUT and not (houses and others)


def _houses(words: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Return the numbers that are no postal codes, each with the words beside it; one that comes first is a house's."""
    return [
        (word, [each for each in words[max(place - 1, 0) : place + 2] if not each[0].isdigit()])
        for place, word in enumerate(words)
        if word[0].isdigit() and (place == 0 or len(word.rstrip(ascii_lowercase)) < _POSTAL_CODE)
    ]


def _any_alike(ours: list[str], theirs: list[str]) -> bool:
    return any(one == other or _alike(one, other) for one, other in product(ours, theirs))


def _found(words: tuple[str, ...], left: list[str]) -> list[str]:
    """Return the words that are among others too, the equal ones first, each of the others once."""
    found = []
    for alike in (str.__eq__, _alike):
        for word in words:
            other = None if word in found else next((each for each in left if alike(word, each)), None)
            if other is not None:
                found.append(word)
                left.remove(other)
    return found


def _alike(one: str, other: str) -> bool:
    if one[0].isdigit() or other[0].isdigit():
        return min(len(one), len(other)) >= _POSTAL_CODE and slips(one, other, 1) <= 1
    return len(one) > 1 and may_be_spellings(one, other)
