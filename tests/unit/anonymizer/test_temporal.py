"""Dates move, times stay, everything doubtful is emptied."""

from datetime import date

import pytest

from anonymizer.temporal import age_at, capped_age, shift_date, shift_datetime, valid_time, valid_zone


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20240301", "20240223"),
        ("2024.03.01", "20240223"),
        ("202403", ""),
        ("2024", ""),
        ("20240230", ""),
        ("00010101", ""),
        ("", ""),
        ("20240301-20240302", ""),
        ("Smith", ""),
        ("2024-03-01", ""),
    ],
)
def test_whole_dates_move_and_others_are_emptied(value, expected):
    assert shift_date(value, -7) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20240301", "20240223"),
        ("20240301235959.123456+0100", "20240223235959.123456+0100"),
        ("2024030112", "2024022312"),
        ("20240301120000-0500", "20240223120000-0500"),
        ("202403", ""),
        ("2024", ""),
        ("20240301 1200", ""),
        ("20240301120000 DOE", ""),
    ],
)
def test_datetimes_keep_time_and_offset(value, expected):
    assert shift_datetime(value, -7) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("101530", "101530"),
        ("101530.25", "101530.25"),
        ("10", "10"),
        ("10:15:30", "10:15:30"),
        ("251530", ""),
        ("DOE", ""),
    ],
)
def test_times_stay_when_they_are_times(value, expected):
    assert valid_time(value) == expected


@pytest.mark.parametrize(("value", "expected"), [("+0100", "+0100"), ("-0530", "-0530"), ("0100", ""), ("+9900", "")])
def test_offsets_stay_when_they_are_offsets(value, expected):
    assert valid_zone(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("089Y", "089Y"),
        ("090Y", "090Y"),
        ("101Y", "090Y"),
        ("999M", "999M"),
        ("014D", "014D"),
        ("14D", ""),
        ("old", ""),
    ],
)
def test_high_ages_become_ninety(value, expected):
    assert capped_age(value) == expected


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (date(1952, 3, 9), "071Y"),
        (date(1930, 1, 1), "090Y"),
        (date(2024, 2, 1), "014D"),
        (date(2023, 12, 20), "001M"),
        (date(2022, 3, 1), "023M"),
        (date(2024, 3, 1), ""),
        (date(2022, 2, 15), "002Y"),
    ],
)
def test_an_age_is_computed_in_the_fitting_unit(birth, expected):
    assert age_at(birth, date(2024, 2, 15)) == expected
