"""Words that stay in a cleaned text and may yet be the patient's name are told, so that a person looks at them."""

from functools import partial
from time import process_time
from unicodedata import normalize

import pytest

from anonymizer import KnownIdentity, clean_and_trace
from anonymizer.doubtful_names import doubtful_in


def doubtful(text: str, *names: str) -> list[str]:
    cleaned = clean_and_trace(text, KnownIdentity(names=names))
    return [text[start:end] for start, end in cleaned.doubtful]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Grant^Testa", "CT CHEST. AFTER CONTRAST GRANT FELT UNWELL.", ["GRANT"]),
        ("Long^Testa", "Nothing else. Long segment stenosis.", ["Long"]),
        ("Stein^Testa", "Kein Nachweis, dass der Stein gewandert ist.", ["Stein"]),
        ("Small^Testa", "pain in the back, small was seen before", ["small"]),
        ("May^Testa", "FINDINGS MAY REPRESENT A CYST", ["MAY"]),
        ("Roe^Eva", "Pacientka je po operaci. Evu to bolí, nález není ve změně.", ["Evu"]),
        ("Laine^Aino", "Potilas on vanha ja Laineella ei ole kipua.", ["Laineella"]),
        ("Rak^Mark", "Рак оценён вчера.", ["Рак"]),
        ("Salim^Testa", "لا يوجد نزيف والدماغ سليم تماما", ["سليم"]),
    ],
)
def test_word_that_may_be_the_name_is_told(name: str, text: str, words: list[str]) -> None:
    assert doubtful(text, name) == words


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Grant^Testa", "The left lung is clear. We grant that it may be small."),
        ("Small^Testa", "There is a small nodule in the long bone."),
        ("He^Testa", "HE HAS PAIN. SO FAR NO FRACTURE."),
        ("An^Testa", "An effusion is not seen. AN OLD FRACTURE."),
        ("Hodgson^Testa", "No effusion. No fracture. Hepatic steatosis, Hounsfield units 40."),
        ("Roe^Testa", "Rosette sign absent. Root of the aorta normal."),
    ],
)
def test_word_that_is_written_as_a_word_is_not(name: str, text: str) -> None:
    assert doubtful(text, name) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Grün^Testa", "IM BEFUND IST GRÜN ZU SEHEN"),
        ("Schön^Testa", "Schön dargestellt sind die Organe."),
        ("Niño^Testa", "Niño sano. Sin lesiones."),
    ],
)
@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_marks_may_stand_behind_their_letters(name: str, text: str, forms: tuple[str, str]) -> None:
    of_name, of_text = (partial(normalize, form) for form in forms)
    told = doubtful(of_text(text), of_name(name))
    assert [normalize("NFC", each).casefold() for each in told] == [name.partition("^")[0].casefold()]


@pytest.mark.parametrize("filling", ["\n-", "\n", ". ", "\n \n", "•"])
def test_long_text_takes_no_longer_than_it_is(filling: str) -> None:
    text = "small was seen before" + filling * (60_000 // len(filling))
    before = process_time()
    assert [text[start:end] for start, end in doubtful_in(text, ("Small^Testa",))] == ["small"]
    assert process_time() - before < 2


def test_name_that_was_taken_out_is_no_longer_doubtful() -> None:
    text = "Mr Grant was seen. IN THE SCANNER GRANT FELT UNWELL."
    cleaned = clean_and_trace(text, KnownIdentity(names=("Grant^Testa",)))
    assert cleaned.text == "Mr [name] was seen. IN THE SCANNER GRANT FELT UNWELL."
    assert [text[start:end] for start, end in cleaned.doubtful] == ["GRANT"]
