"""Dates that are written out in words, in Chinese numerals, by an era or in Korean go whole, or move with the study."""

from datetime import date

import pytest

from anonymizer import DateShift, KnownIdentity, clean_text, leaks
from anonymizer.text_dates import dates_in

BORN = date(1952, 3, 9)
KNOWN = KnownIdentity(dates=(BORN,))
WRITTEN = [
    "ninth of March 1952",
    "ninth day of March, 1952",
    "March the ninth, nineteen fifty-two",
    "March 9, nineteen hundred and fifty two",
    "neunten März 1952",
    "Neunter Maerz neunzehnhundertzweiundfünfzig",
    "neunten März im Jahre 1952",
    "nueve de marzo de 1952",
    "nueve de marzo de mil novecientos cincuenta y dos",
    "9 de marzo del año 1952",
    "9. März 52",
    "9 March '52",
    "一九五二年三月九日",
    "52年3月9日",
    "昭和27年3月9日",
    "昭和二十七年三月九日",
    "昭27.3.9",
    "S27.3.9",
    "民國41年3月9日",
    "1952년 3월 9일",
    "52년 3월 9일",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_birth_date_in_words_goes_whole_and_is_noticed(written: str) -> None:
    assert clean_text(f"CT, {written}: normal", KNOWN, DateShift(10, date(2025, 3, 1))) == "CT, [date]: normal"
    assert BORN in {day for each in dates_in(written, None) for day in each.days}
    assert leaks(f"CT, {written}: normal".encode(), KNOWN) == ["date"]


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("twenty-first of May two thousand and twenty-five", "2025-05-31"),
        ("the second of June, twenty twenty-four", "the 2024-06-12"),
        ("einundzwanzigsten Mai zweitausendfünfundzwanzig", "2025-05-31"),
        ("primero de mayo de dos mil veinticinco", "2025-05-11"),
        ("令和7年3月1日", "2025年3月11日"),
        ("令和元年五月一日", "2019年5月11日"),
        ("2025년 3월 1일", "2025-03-11"),
    ],
)
def test_date_of_an_examination_in_words_moves_with_the_study(written: str, moved: str) -> None:
    assert clean_text(f"seen on {written}.", KnownIdentity(), DateShift(10, date(2025, 3, 1))) == f"seen on {moved}."


@pytest.mark.parametrize(
    "text",
    [
        "the second of three lesions, first seen elsewhere",
        "Am neunten Brustwirbel, im zehnten Segment",
        "nueve de diez costillas",
        "slice 12 MAR 20 mm",
        "twenty nineteen-millimetre slices",
        "第三月牙形, 二年三班",
    ],
)
def test_words_that_are_no_date_stay(text: str) -> None:
    assert clean_text(text, KNOWN, DateShift(10, date(2025, 3, 1))) == text
