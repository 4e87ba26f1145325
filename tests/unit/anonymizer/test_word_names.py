"""A known name that is a word of reports goes where it stands as a name, and the word stays where it is one."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks
from anonymizer.vouched_text import TextRules, masked_text

STAYS = {
    "May^William": "This may represent it. May be old. MAY REPRESENT IT; in May 2 of them; Patient may have; John may",
    "Hand^Grant": "left hand; Left Hand; CT Left Hand; Hand: normal; LEFT HAND FRACTURE; an der linken Hand; hands",
    "Long^Rose": "a long stent; Long segment stenosis; long-standing; no prolonged, long",
    "Head^Mark": "HEAD CT; CT HEAD WITHOUT CONTRAST; CT Head Without Contrast; mark; "
    "•\tHead of the pancreas; 1. Head; Head, with neck and chest",
    "Klein^Hans": "klein und 12 mm; KLEIN",
    "Stein^Peter": "ein Stein in der Blase",
    "Young^Will": "young woman; will follow up; Young woman",
    "Patient^Study": "The patient denies it. Patient denies pain; this study; STUDY; Patient reports pain",
    "Contrast^Removed": "with contrast; stent removed; Contrast: none; CONTRAST; Removed stent",
    "Burned^Image": "burned; Image 12; images; Burned in text",
}
GOES = {
    "May^William": "seen with May yesterday; Mrs May; mrs may; William May; william may; MAY, WILLIAM; Patient: May; "
    "name: may; Patient May complains; May complains of pain; seen with MAY again; "
    "May came with pain; May's chest; seen for May's sake",
    "Hand^Grant": "we asked Hand; Frau Hand; Hand, Grant; hand grant; GRANT HAND; seen with Grant; "
    "Grant was seen today; Grant's mother says; GRANT WAS SEEN; Hand has pain",
    "Long^Rose": "patient Long; we saw Long and; Long, 67 years; Long\nRose",
    "Klein^Hans": "Klein wurde untersucht; Klein ist gestürzt; Herr Klein; "
    "der Patient Klein klagt; hat Klein gesehen; Hans Klein",
    "Allen^Nina": "allen; nina",
    "Patient^Study": "Patient Study came; Study^Patient; Patient: Study",
    "Burned^Removed": "Mr Burned; burned, removed; we asked Burned",
}


def _each(cases: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, words) for name, listed in cases.items() for words in listed.split("; ")]


@pytest.mark.parametrize(("name", "words"), _each(STAYS))
def test_the_word_of_a_report_stays_whoever_is_called_so(name: str, words: str) -> None:
    known = KnownIdentity(names=(name,))
    assert clean_text(f"CT. {words} x", known) == f"CT. {words} x"
    assert leaks(f"CT. {words} x".encode(), known) == []


@pytest.mark.parametrize(("name", "words"), _each(GOES))
def test_the_name_goes_where_it_stands_as_one(name: str, words: str) -> None:
    known = KnownIdentity(names=(name,))
    cleaned = clean_text(f"CT. {words}", known)
    assert "[name]" in cleaned
    assert leaks(f"CT. {words}".encode(), known) == ["name"]
    assert leaks(cleaned.encode(), known) == []


def test_in_objects_the_word_goes_too_as_their_bytes_are_searched_for_it() -> None:
    known = KnownIdentity(names=("May^William",))
    assert "may" not in masked_text("it may be", TextRules(None, known))  # type: ignore[arg-type]
    assert leaks(b"\xff may \xff", known) == ["name"]


@pytest.mark.parametrize("joined", ["{}_{}", "{}/{}", "{} {}", "{}, {}", "{}-{}"])
@pytest.mark.parametrize(("family", "given"), [("Κακα", "Βαβα"), ("Рак", "Бобак"), ("Long", "Bobak")])
def test_the_word_goes_beside_a_name_that_was_found_before_it(family: str, given: str, joined: str) -> None:
    known = KnownIdentity(names=(f"{family}^{given}",))
    for form in (joined.format(family, given), joined.format(family, given).lower()):
        cleaned = clean_text(f"{form}临床资料:患者女", known).casefold()
        assert family.casefold() not in cleaned and given.casefold() not in cleaned
