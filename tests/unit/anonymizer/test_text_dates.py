"""Dates in texts: nothing but the date goes, however it is written, and what only looks like one breaks nothing."""

from datetime import date

import pytest

from anonymizer.text_dates import DateShift, dates_in, without_day, without_days
from anonymizer.wording import without_words

BORN = date(1952, 3, 9)


@pytest.mark.parametrize(
    "written",
    [
        "9.3.1952", "09/03/52", "09-MAR-1952", "March 9th, 1952", "9 Mar 52", "9. März '52", "52-03-09", "09031952",
        "03091952", "Mar 9, 52", "1952年3月9日", "1952.03.09", "9/III/1952", "3/1952",
    ],
)  # fmt: skip
def test_a_known_day_goes_and_nothing_beside_it(written):
    assert without_words(f"Spine {written} CT 3 mm", frozenset({"19520309"})) == "Spine CT 3 mm"


@pytest.mark.parametrize("written", ["9.4.1952", "9 May 52", "52-03-10", "MAR 3 mm", "1952", "10031952"])
def test_another_day_stays(written):
    assert without_day(f"Spine {written}, CT", BORN) == f"Spine {written}, CT"


def test_of_two_dates_beside_each_other_only_the_known_one_goes():
    assert without_day("09.03.1952-12.03.1952 CT", BORN) == "-12.03.1952 CT"
    assert without_days("9.3.1952 CT") == "         CT"


@pytest.mark.parametrize(
    "written",
    [
        "3 mäerz 1952",
        "二〇二四年十十月三日",
        "一九五二年三月十十十日",
        "一九五二年二二月廿卅日",
        "二〇二四年三月一二十三日",
    ],
)
def test_what_only_looks_like_a_date_breaks_nothing(written):
    for each in dates_in(written, DateShift(-7, date(2024, 1, 1))):
        assert each.moved is None


def test_numerals_are_numbers():
    found = {day for each in dates_in("二〇二四年十二月廿三日 二〇二四年十月三十日", None) for day in each.days}
    assert found == {date(2024, 12, 23), date(2024, 10, 30)}
