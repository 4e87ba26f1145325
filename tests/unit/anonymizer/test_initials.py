"""Initials of a known person go, those behind a title whoever bears them; abbreviations of reports stay."""

import pytest

from anonymizer import KnownIdentity, clean_text, leaks

KNOWN = KnownIdentity(names=("Doe-Smithfield^Johnathan David", "Иванов^Пётр Сергеевич", "Peterson^Igor", "Tanner^Carl"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Seen: J.D. with pain", "Seen: [name] with pain"),
        ("we asked J. D. D.-S. again", "we asked [name] again"),
        ("JD was seen; patient JD, well", "[name] was seen; patient [name], well"),
        ("Doe JD", "[name]"),
        ("DOE, JOHNATHAN D", "[name]"),
        ("J Doe", "[name]"),
        ("у П.С. боли", "у [name] боли"),
        ("Frau M. klagt", "Frau [name] klagt"),
        ("Sra. G.L. refiere", "Sra. [name] refiere"),
        ("пациент К. жалуется", "пациент [name] жалуется"),
        ("Johnathon Doe", "[name]"),
        ("seen by ipeterson", "seen by [name]"),
    ],
)
def test_initials_go(text: str, expected: str) -> None:
    cleaned = clean_text(text, KNOWN)
    assert cleaned == expected
    assert leaks(cleaned.encode(), KNOWN) == []


@pytest.mark.parametrize(
    "text",
    [
        "I.P. view, C.T. and A.P. film",
        "IP joint; CT of the chest; patient CT showed it",
        "patient I.V. contrast",
        "the D vitamin, type J, a J tube; S1, D12",
        "M.D.; J-tube; D-dimer",
        "Patient L. side",
    ],
)
def test_abbreviations_and_single_letters_stay(text: str) -> None:
    assert clean_text(text, KNOWN) == text


def test_a_side_beside_a_name_stays() -> None:
    assert clean_text("Roe L knee", KnownIdentity(names=("Roe^Larry",))) == "[name] L knee"
