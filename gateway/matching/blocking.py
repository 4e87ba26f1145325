"""By which keys a pair worth a look is found without looking at every pair.

A pair is worth a look when it shares one key: an identifier, a birth date (or one of its usual slips), a whole name in
any order, romanisation and spelling of its umlauts, one word of a name together with the year or the day of birth, or
a word of a name that few others bear.
Keys are numbers: hashes that bear the site, so that two sites never meet. A collision costs one comparison.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from gateway.matching.birth_dates import is_first_of_january, swapped
from gateway.matching.chinese import han_words, simplified
from gateway.matching.days import is_day
from gateway.matching.japanese import hiragana
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.patient_ids import plain_number
from gateway.matching.sounds import sounds
from gateway.matching.spelling import Writing, letters, unspell, writings
from gateway.matching.transcription import first_letters, romanisations

_SOUND_CLASSES = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "aeiouyhw")
_PHONETIC = 4
_LONG_ID = 6
RARE = 40


@dataclass(frozen=True)
class BlockKeys:
    """The keys of one study or case: those that name it, those that only narrow the search, and its name's words.

    The words are counted, to know how common they are; one that at most `RARE` bear narrows the search too.
    """

    naming: frozenset[int]
    narrowing: frozenset[int]
    terms: dict[str, int]

    @property
    def numbers(self) -> frozenset[int]:
        """Return all keys."""
        return self.naming | self.narrowing | frozenset(self.terms.values())


def case_block_keys(site: str, case: CaseKeys) -> BlockKeys:
    """Return the keys under which a case is found."""
    naming = [
        f"number {case.case_number}",
        *(f"uid {uid}" for uid in case.study_uids),
        *(f"accession {plain_number(number)}" for number in case.accession_numbers if plain_number(number)),
        *(f"patient {plain_number(number)}" for number, _ in case.patient_ids if plain_number(number)),
    ]
    names = (case.name, *sorted(case.other_names))
    return _block_keys(site, naming, names, case.birth_date, slips=False)


def study_block_keys(site: str, study: StudyKeys) -> BlockKeys:
    """Return the keys by which a study looks for its case."""
    naming = [
        f"uid {study.study_instance_uid}",
        *(f"number {number}" for number in study.case_numbers),
        *(f"accession {each}" for each in [plain_number(study.accession_number)] if each),
        *(f"patient {each}" for each in _with_swaps(plain_number(study.patient_id))),
        *(f"patient {each}" for number, _ in sorted(study.other_ids) if (each := plain_number(number))),
    ]
    names = (study.name, *sorted(study.other_names))
    return _block_keys(site, naming, names, study.birth_date, slips=True)


def _with_swaps(number: str) -> list[str]:
    """Return an identifier, and what it may have been before two neighbours were swapped; of a stopgap nothing."""
    swaps = range(len(number) - 1) if len(number) >= _LONG_ID else ()
    return [each for each in dict.fromkeys([number, *(_swap(number, place) for place in swaps)]) if each]


def _swap(text: str, place: int) -> str:
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _block_keys(site: str, naming: Iterable[str], names: Iterable[str], birth_date: str, *, slips: bool) -> BlockKeys:
    found = [writing for name in names for writing in writings(name)]
    narrowing = [*_of_names(found), *_of_birth_date(birth_date, slips=slips)]
    if is_day(birth_date):
        for word in {each for writing in found for each in _word_keys(writing)}:
            narrowing += [f"year {word} {birth_date[:4]}", f"day {word} {birth_date[4:]}"]
    return BlockKeys(
        naming=frozenset(_number(site, key) for key in naming),
        narrowing=frozenset(_number(site, key) for key in narrowing),
        terms={word: _number(site, f"term {word}") for writing in found for word in terms_of(writing)},
    )


def terms_of(writing: Writing) -> tuple[str, ...]:
    """Return the words of a writing that are counted, to know how common a name is."""
    if writing.spelt:
        return tuple(dict.fromkeys((*writing.bare, *writing.spelt_out)))
    words = tuple(simplified(hiragana(word)) for word in writing.words)
    return words if len(words) > 1 else han_words(words[0])


def _of_names(found: Iterable[Writing]) -> Iterator[str]:
    for writing in found:
        if writing.latin:
            for words in (writing.bare, writing.spelt_out, tuple(map(unspell, writing.bare))):
                yield f"name {letters(words)}"
        elif writing.spelt:
            for words in (writing.bare, *romanisations(writing)):
                yield f"name {letters(words)}"
        else:
            yield f"name {letters(tuple(simplified(hiragana(word)) for word in writing.words))}"
        for language, sound in sounds(writing):
            yield f"sound {language} {sound}"


def _of_birth_date(day: str, *, slips: bool) -> Iterator[str]:
    """Yield a birth date, and for a search its usual slips; a 1 January is too common to look for by itself."""
    if not is_day(day):
        return
    days = {day, swapped(day)} if slips else {day}
    if slips:
        days |= {_swap(day, place) for place in range(len(day) - 1)}
    for each in days:
        if is_day(each) and not is_first_of_january(each):
            yield f"born {each}"


def _word_keys(writing: Writing) -> Iterator[str]:
    if writing.latin:
        yield from map(_word_key, writing.bare)
    elif writing.spelt:
        for words in romanisations(writing):
            yield from map(_word_key, words)
            for native, word in zip(writing.words, words, strict=True):
                yield from (_word_key(letter + word[1:]) for letter in first_letters(native, writing.script))
    else:
        yield letters(tuple(simplified(hiragana(word)) for word in writing.words))


def _word_key(word: str) -> str:
    return word[:1] + re.sub(r"(.)\1+", r"\1", unspell(word)[1:].translate(_SOUND_CLASSES))[:_PHONETIC]


def _number(site: str, key: str) -> int:
    digest = blake2b(f"{site}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
