"""How known names may be written otherwise: in the other Chinese characters, in Latin letters and by their sound.

A report may romanise a name that the images bear in characters only, by pinyin, Wade-Giles, Hepburn or the ways of
Korean families, write in characters what the images bear in Latin letters, or in Hangul or kana what they bear in
Chinese characters. A sound is not an identity: it is looked for as a whole name, and its parts only where they can be
nothing else (`anonymizer.known_places`). What other alphabets write `anonymizer.other_alphabets` finds by itself.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product

from gateway.matching import chinese, chinese_spellings, japanese, japanese_spellings, korean, korean_spellings
from gateway.matching.spelling import Writing, writings

Spoken = tuple[tuple[str, ...], ...]
_MOST_VARIANTS = 16
_SHORTEST_SYLLABLE, _LONGEST_GIVEN = 2, 2


def other_characters(name: str) -> tuple[str, ...]:
    """Return a name in Han characters in their other forms, simplified, traditional, Japanese; nothing for others."""
    each = [chinese.forms_of(character) for character in name]
    variants = ("".join(way) for way in product(*each))
    return tuple(variant for _, variant in zip(range(_MOST_VARIANTS), variants, strict=False) if variant != name)


def spoken_names(names: Iterable[str]) -> tuple[Spoken, ...]:
    """Return the ways in which names may be written by their sound: a family name, then syllables of a given name."""
    return tuple(dict.fromkeys(spoken for name in names for spoken in _readings(name)))


@lru_cache(4096)
def _readings(name: str) -> tuple[Spoken, ...]:
    found: list[Spoken] = []
    for writing in writings(name):
        found += _of_latin(writing) if writing.latin else _of_native(writing)
    return tuple(spoken for spoken in dict.fromkeys(found) if len(spoken) > 1 and all(spoken))


def _of_native(writing: Writing) -> Iterator[Spoken]:
    whole, words = "".join(writing.words), writing.words
    family, given = (words[0], "".join(words[1:])) if len(words) > 1 else (whole[:1], whole[1:])
    yield from _of_korean(family, given)
    if len(words) == 1:
        family, given = (*chinese.han_words(whole), "")[:2]
    yield (chinese_spellings.of_family(family), *(chinese_spellings.of_character(character) for character in given))
    for cut in [len(words[0])] if len(words) > 1 else range(1, len(whole)):
        yield japanese_spellings.family(whole[:cut]), japanese_spellings.given(whole[cut:])
        yield japanese_spellings.family_kana(whole[:cut]), japanese_spellings.given_kana(whole[cut:])
    kana = [japanese.normal(japanese.spell_kana(word)) for word in words]
    if len(words) > 1 and all(kana):
        yield from _in_kanji(kana[0], "".join(kana[1:]))


def _of_korean(family: str, given: str) -> Iterator[Spoken]:
    """Yield a name in Hangul or Hanja in Latin letters, and in the other of the two."""
    syllables = [korean.family_hangul(family) or (family,), *(korean.hangul(each) or (each,) for each in given)]
    yield tuple(tuple(way for each in ways for way in korean_spellings.latin(each)) for ways in syllables)
    if korean.family_hangul(family):
        yield tuple(syllables)
    else:
        yield (korean.hanja(family), *map(korean.hanja, given))


def _of_latin(writing: Writing) -> Iterator[Spoken]:
    """Yield a Latin name cut into syllables, with its other romanisations and in characters."""
    if len(writing.words) < 2:
        return
    words = writing.bare
    for family, given in ((words[0], words[1:]), (words[-1], words[:-1])):
        for syllables in chinese.syllables("".join(given)):
            if len(syllables) <= _LONGEST_GIVEN:
                yield (chinese_spellings.family_romanised(family), *map(chinese_spellings.romanised, syllables))
                yield (chinese_spellings.family_characters(family), *map(chinese_spellings.characters, syllables))
        yield from _in_kanji(family, "".join(given))
        for parts in _korean_parts("".join(given)):
            yield ((family,), *((part,) for part in parts))
            yield (korean_spellings.hangul_family(family), *map(korean_spellings.hangul, parts))
        yield korean_spellings.hangul_family(family), korean_spellings.hangul("".join(given))


def _in_kanji(family: str, given: str) -> Iterator[Spoken]:
    for characters in japanese_spellings.given_kanji(given):
        yield (japanese_spellings.family_kanji(family), *characters)


def _korean_parts(word: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to cut a Latin word into two Korean syllables."""
    for cut in range(_SHORTEST_SYLLABLE, len(word) - _SHORTEST_SYLLABLE + 1):
        if korean_spellings.is_syllable(word[:cut]) and korean_spellings.is_syllable(word[cut:]):
            yield word[:cut], word[cut:]
