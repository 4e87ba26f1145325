"""Dates with a month in another language than the four of the reports move like them, and birth dates go."""

from datetime import date

import pytest

from anonymizer import DateShift, KnownIdentity, clean_text, leaks

SHIFT = DateShift(-10, date(2026, 3, 1))
KNOWN = KnownIdentity(dates=(date(1952, 3, 9),))
BIRTH = (
    "9 марта 1952; 9 березня 1952; 9 marca 1952; 9. března 1952; 9. ožujka 1952; 9 Mart 1952; 9 Μαρτίου 1952"
    "; 1952. március 9.; 9. maaliskuuta 1952; 9 martie 1952; 1952 m. kovo 9; 9. martā 1952; 9 mars 1952; 9 marzo 1952"
    "; 9 de março de 1952; 9 maart 1952; 9 במרץ 1952; 9 مارس 1952; 9 tháng 3 năm 1952; marzec 1952; 9 marca '52"
    "; 9 марта"
)
MOVED = {
    "14 февраля 2026": "2026-02-04",
    "14. února 2026": "2026-02-04",
    "2026. február 14.": "2026-02-04",
    "14 فبراير 2026": "2026-02-04",
    "14 tháng 2 năm 2026": "2026-02-04",
    "3 марта": "21 февраля",
    "14. února": "4. února",
}
GONE = ("2 listopada 2025", "w lutym 2026", "5 maja 1931")  # of two months, without a day, far from the study


@pytest.mark.parametrize("written", BIRTH.split("; "))
def test_a_birth_date_goes_in_every_language(written: str) -> None:
    cleaned = clean_text(f"CT {written}, b", KNOWN, SHIFT)
    assert "[date]" in cleaned
    assert not any(part in cleaned for part in ("1952", "mar", "мар", "9"))


@pytest.mark.parametrize("written", MOVED)
def test_a_date_near_the_study_moves(written: str) -> None:
    assert clean_text(f"CT {written} normal", KNOWN, SHIFT) == f"CT {MOVED[written]} normal"


@pytest.mark.parametrize("written", GONE)
def test_a_date_that_does_not_move_goes(written: str) -> None:
    assert "[date]" in clean_text(f"CT {written} normal", KNOWN, SHIFT)
    assert not any(sign.isdigit() for sign in clean_text(f"CT {written} normal", KNOWN, SHIFT))


def test_the_check_finds_a_birth_date_in_them() -> None:
    assert leaks("9 марта 1952".encode(), KNOWN) == ["date"]
    assert leaks("10 марта 1952, 3 marca, март 2 мм".encode(), KNOWN) == []


@pytest.mark.parametrize("written", ["1952 г.р.", "1952 р.н.", "Jg. 52", "Jahrgang '52", "born 9/3", "geb. 9.3."])
def test_what_stands_beside_a_word_for_birth_goes(written: str) -> None:
    assert "[date]" in clean_text(f"CT, {written} b", KnownIdentity())
    assert "52" not in clean_text(f"CT, {written} b", KnownIdentity())


@pytest.mark.parametrize("words", ["März 2 mm", "mart 2 mm", "3. 4. rebro"])
def test_a_month_beside_a_measurement_is_no_date(words: str) -> None:
    assert clean_text(f"CT {words} x", KNOWN) == f"CT {words} x"
