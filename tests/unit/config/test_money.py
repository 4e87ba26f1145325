"""Money: integers of minor units, and a text that says what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Malformed
from config.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "text"),
    [
        ("300", "USD", 30000, "300.00 USD"),
        ("300.50", "EUR", 30050, "300.50 EUR"),
        ("0.01", "USD", 1, "0.01 USD"),
        ("0", "USD", 0, "0.00 USD"),
        ("5000", "JPY", 5000, "5000 JPY"),
        ("1.234", "KWD", 1234, "1.234 KWD"),
        (" 300 ", "USD", 30000, "300.00 USD"),
        ("3e2", "USD", 30000, "300.00 USD"),
    ],
)
def test_an_amount_is_read_and_written(amount, currency, minor, text):
    money = Money.parse(amount, currency)
    assert money == Money(minor, currency)
    assert str(money) == text


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("", "USD"),
        ("abc", "USD"),
        ("-1", "USD"),
        ("0.001", "USD"),
        ("0.5", "JPY"),
        ("NaN", "USD"),
        ("sNaN", "USD"),
        ("Infinity", "USD"),
        ("1,000", "USD"),
        ("300", "usd"),
        ("300", "US"),
        ("300", ""),
        ("1e999999999", "USD"),
        ("1e100000", "USD"),
    ],
)
def test_what_is_no_amount_is_malformed(amount, currency):
    with pytest.raises(Malformed):
        Money.parse(amount, currency)


@given(st.integers(0, 10**12))
def test_what_is_written_reads_the_same(minor):
    for currency in ("USD", "JPY", "KWD"):
        money = Money(minor, currency)
        assert Money.parse(str(money).split()[0], currency) == money


@pytest.mark.parametrize(
    ("minor", "percent", "result"), [(30000, 0, 30000), (30000, 15, 34500), (5, 10, 6), (4, 10, 4)]
)
def test_a_mark_up_rounds_half_up(minor, percent, result):
    assert Money(minor, "USD").plus_percent(percent) == Money(result, "USD")
