"""How a Japanese name is romanised: kana and every usual spelling brought to one form of Hepburn, vowels short.

Kanji are read as surnames that are listed and as given names whose characters are (`data/`, compiled from UniDic by
`compile_names.py`): any reading that the name can have, of which its bearer has one. A DICOM name that says it in its
phonetic group needs no list.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product

from gateway.matching.chinese import is_old_form, simplified
from gateway.matching.spelling import strip_marks

_KANA = {
    "あ": "a", "い": "i", "う": "u", "え": "e", "お": "o", "か": "ka", "き": "ki", "く": "ku", "け": "ke", "こ": "ko",
    "が": "ga", "ぎ": "gi", "ぐ": "gu", "げ": "ge", "ご": "go", "さ": "sa", "し": "shi", "す": "su", "せ": "se",
    "そ": "so",
    "ざ": "za", "じ": "ji", "ず": "zu", "ぜ": "ze", "ぞ": "zo", "た": "ta", "ち": "chi", "つ": "tsu", "て": "te",
    "と": "to",
    "だ": "da", "ぢ": "ji", "づ": "zu", "で": "de", "ど": "do", "な": "na", "に": "ni", "ぬ": "nu", "ね": "ne",
    "の": "no",
    "は": "ha", "ひ": "hi", "ふ": "fu", "へ": "he", "ほ": "ho", "ば": "ba", "び": "bi", "ぶ": "bu", "べ": "be",
    "ぼ": "bo",
    "ぱ": "pa", "ぴ": "pi", "ぷ": "pu", "ぺ": "pe", "ぽ": "po", "ま": "ma", "み": "mi", "む": "mu", "め": "me",
    "も": "mo",
    "や": "ya", "ゆ": "yu", "よ": "yo", "ら": "ra", "り": "ri", "る": "ru", "れ": "re", "ろ": "ro", "わ": "wa",
    "を": "o",
    "ん": "n", "ゔ": "vu", "ー": "",
}  # fmt: skip
_SMALL_Y = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
_HEPBURN = (
    (r"sy", "sh"), (r"ty", "ch"), (r"zy", "j"), (r"jy", "j"), (r"cy", "ch"), (r"si", "shi"), (r"(?<!t)ti", "chi"),
    (r"tu", "tsu"), (r"(?<![sc])hu", "fu"), (r"zi", "ji"), (r"di", "ji"), (r"du", "zu"), (r"m(?=[bpm])", "n"),
    (r"oh(?![aiueoy])", "o"), (r"o[uo]", "o"), (r"u+", "u"), (r"tch", "cch"),
)  # fmt: skip
# One way to read each word: with two, a long word that is no name would be tried in all of their mixtures.
_SYLLABLES = re.compile(
    r"(?:(?:([kstpgzdbcf])(?=\1))?(?:ch|sh|ts|[kgnhbpmr]y|[kgsztdnhbpmyrwjf])?[aiueo]|n(?![aiueoy]))+"
)

_MOST_READINGS = 24
_MOST_KANA, _LONGEST_KANA = 4, 4
_MOST_GIVEN = 3
_KANJI = re.compile(r"[㐀-鿿々]+")


@lru_cache(65536)
def native_readings(text: str) -> frozenset[str]:
    """Return the readings of a word in kana or kanji: a surname, a given name, or both run together."""
    kana = normal(spell_kana(text))
    if kana:
        return frozenset({kana})
    if not _KANJI.fullmatch(text):
        return frozenset()
    found = {normal(reading) for reading in (*surname_readings(text), *given_readings(text))}
    for cut in range(1, len(text)):
        for family in surname_readings(text[:cut]):
            found |= {normal(family) + normal(given) for given in given_readings(text[cut:])}
    return frozenset(sorted(found)[: 4 * _MOST_READINGS])


def is_surname(word: str) -> bool:
    """Say whether a word in kanji is a known surname."""
    return bool(surname_readings(word))


def may_be_given(word: str) -> bool:
    """Say whether each character of a word stands in Japanese given names."""
    return bool(word) and all(map(_parts, _unrepeated(word)))


def surname_readings(word: str) -> tuple[str, ...]:
    """Return the readings of a surname in kanji, spelt as its kana are."""
    found = surnames().get(word, ())
    if found or not any(map(is_old_form, word)):
        return found
    return _surnames_by_form().get(simplified(word), ())


def given_readings(word: str, most: int = _MOST_READINGS) -> tuple[str, ...]:
    """Return so many readings that a given name in kanji can have, spelt as kana are, the usual ones first."""
    if not 0 < len(word) <= _MOST_GIVEN:
        return ()
    each = list(map(_parts, _unrepeated(word)))
    ways = sorted(product(*map(enumerate, each)), key=lambda way: (sum(place for place, _ in way), way))
    return tuple(dict.fromkeys("".join(part for _, part in way) for way in ways[:most]))


@cache
def surnames() -> Mapping[str, tuple[str, ...]]:
    """Return the readings of each known surname in kanji."""
    found: dict[str, tuple[str, ...]] = {}
    for reading, names in listed("japanese_surnames.txt"):
        for name in names.split():
            found[name] = (*found.get(name, ()), reading)
    return found


@cache
def given_parts() -> Mapping[str, tuple[str, ...]]:
    """Return what each character is read as in given names, the most usual first."""
    return {character: tuple(parts.split()) for character, parts in listed("japanese_given.txt")}


@cache
def _surnames_by_form() -> Mapping[str, tuple[str, ...]]:
    return {simplified(name): readings for name, readings in surnames().items()}


def _parts(character: str) -> tuple[str, ...]:
    found = given_parts().get(character, ())
    return _parts_by_form().get(simplified(character), ()) if is_old_form(character) and not found else found


@cache
def _parts_by_form() -> Mapping[str, tuple[str, ...]]:
    return {simplified(character): parts for character, parts in given_parts().items()}


def listed(name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a data file, each at its first blank in two."""
    for line in (files("gateway.matching") / "data" / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            key, _, rest = line.partition(" ")
            yield key, rest


def _unrepeated(word: str) -> str:
    return "".join(word[place - 1] if c == "々" and place else c for place, c in enumerate(word))


@lru_cache(65536)
def latin_readings(word: str) -> frozenset[str]:
    """Return a Latin word in our form of Hepburn; empty where it cannot be Japanese."""
    plain = normal(strip_marks(word))
    return frozenset({plain}) if _SYLLABLES.fullmatch(plain) else frozenset()


def normal(spelt: str) -> str:
    """Return Latin letters in our form of Hepburn: vowels short, no other romanisation."""
    for wrong, right in _HEPBURN:
        spelt = re.sub(wrong, right, spelt)
    return spelt


def spell_kana(text: str) -> str:
    """Return kana in the letters of Hepburn, long vowels as they are written; empty for anything else."""
    found: list[str] = []
    doubled = False
    for character in hiragana(text):
        if character == "っ":
            doubled = True
        elif character in _SMALL_Y and found and found[-1].endswith("i"):
            sound = _SMALL_Y[character]
            stem = found[-1][:-1]
            found[-1] = stem + (sound[1:] if stem.endswith(("sh", "ch", "j")) else sound)
        elif character in _KANA:
            sound = _KANA[character]
            found.append(sound[:1] + sound if doubled and sound else sound)
            doubled = False
        else:
            return ""
    return "" if doubled else "".join(found)


def kana_of(spelt: str) -> tuple[str, ...]:
    """Return the hiragana of a reading that is spelt as its kana are; two where n may stand before a vowel or be apart.

    Nothing for what no kana spell.
    """
    ways: list[list[str]] = [[""], *([] for _ in spelt)]
    for end in range(1, len(spelt) + 1):
        for start in range(max(0, end - _LONGEST_KANA), end):
            for kana in _kana_by_sound().get(spelt[start:end], ()):
                ways[end] += [way + kana for way in ways[start]][:_MOST_KANA]
    return tuple(dict.fromkeys(ways[-1][:_MOST_KANA])) if spelt else ()


@cache
def _kana_by_sound() -> Mapping[str, tuple[str, ...]]:
    """Return the kana of each sound, as names are spelt: without wo, di, du and marks of length."""
    found = {sound: (kana,) for kana, sound in _KANA.items() if kana not in "をぢづー"}
    for kana, sound in _KANA.items():
        if sound.endswith("i") and len(sound) > 1 and kana != "ぢ":
            stem = sound[:-1]
            for small, y in _SMALL_Y.items():
                found[stem + (y[1:] if stem.endswith(("sh", "ch", "j")) else y)] = (kana + small,)
    doubled = {sound[0] + sound: ("っ" + kana[0],) for sound, kana in found.items() if sound[0] in "kstpc"}
    return found | doubled


def katakana(text: str) -> str:
    """Return a text with hiragana as katakana."""
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)


def hiragana(text: str) -> str:
    """Return a text with katakana of any width as hiragana."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in wide)
