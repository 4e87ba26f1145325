"""No word that may be a known one is passed over by its first letters, and most others are."""

import random

import pytest

from anonymizer import KnownIdentity, clean_text
from anonymizer.alphabets.beginnings import (
    begins_in_latin,
    begins_respelt,
    begins_transcribed,
    goes_on_transcribed,
    latin_beginnings,
    native_beginnings,
)
from anonymizer.alphabets.listed import ALPHABETS
from anonymizer.alphabets.transcribing import may_be_written, romanised

WORDS = {
    "CYRILLIC": ["александр", "анна", "ганна", "євген", "пётр", "щербаков", "лев", "юлия", "ъхяо", "ыйса", "дар'я"],
    "GREEK": ["γεώργιος", "παπαδοπούλου", "μπάμπης", "άννα", "ευάγγελος", "υιός"],
    "ARABIC": ["محمد", "عبدالرحمن", "علي", "السيد", "أحمد", "يوسف", "مُحَمَّد"],
    "HEBREW": ["דוד", "יוסף", "אברהם", "עמית", "ג'ורג'"],
}
PAIRS = [(ALPHABETS[script], word) for script, words in WORDS.items() for word in words]


@pytest.mark.parametrize(("alphabet", "native"), PAIRS, ids=[native for _, native in PAIRS])
def test_every_way_of_writing_a_word_begins_as_it_may(alphabet, native) -> None:
    for column in range(5):
        latin = romanised(native, column, alphabet)
        if may_be_written(native, latin, alphabet):
            assert begins_transcribed(latin, native_beginnings(native, alphabet), alphabet)
            assert goes_on_transcribed(latin, native, alphabet)
            assert begins_in_latin(native, latin_beginnings(latin, alphabet), alphabet)
    for form in alphabet.other_forms(native):
        assert begins_respelt(native, native_beginnings(form, alphabet), alphabet)


def test_few_words_of_a_long_text_are_read_to_their_end(monkeypatch) -> None:
    chosen = random.Random(1)
    words = {"".join(chosen.choices("абвгдежзиклмнопрстуфхцчшщыэюя", k=chosen.randint(3, 12))) for _ in range(3000)}
    read = []

    def counted(form: str, *_: object) -> bool:
        read.append(form)
        return False

    monkeypatch.setattr("anonymizer.other_alphabets.may_be_written", counted)
    text = " ".join(sorted(words))
    assert clean_text(text, KnownIdentity(names=("Ivanov^Timur",))) == text
    assert 0 < len(read) < len(words) / 4


def test_a_mark_behind_a_letter_rules_nothing_out() -> None:
    cyrillic = ALPHABETS["CYRILLIC"]
    assert native_beginnings("и\u0306оган", cyrillic) >= {""}
    assert begins_transcribed("yogan", native_beginnings("и\u0306оган", cyrillic), cyrillic)
