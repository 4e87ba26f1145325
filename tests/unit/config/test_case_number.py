"""Case numbers: the check digit finds what people get wrong."""

import itertools
import random

import pytest

from config.case_number import CaseNumber, check_digit, find_case_numbers
from config.errors import Malformed


def test_the_known_example_of_damm():
    assert check_digit("572") == "4"


def test_the_quasigroup_is_totally_anti_symmetric():
    """(c * x) * y = (c * y) * x only for x = y: what makes every swap of neighbours be found."""
    from config.case_number import _QUASIGROUP as TABLE

    assert all(sorted(row) == list("0123456789") for row in TABLE)
    assert all(TABLE[digit][digit] == "0" for digit in range(10))
    for start, x, y in itertools.product(range(10), repeat=3):
        one = TABLE[int(TABLE[start][x])][y]
        other = TABLE[int(TABLE[start][y])][x]
        assert (one == other) == (x == y)


@pytest.mark.parametrize("seed", range(20))
def test_every_wrong_digit_and_every_swap_of_neighbours_is_found(seed):
    body = "".join(random.Random(seed).choice("0123456789") for _ in range(9))
    number = CaseNumber(body + check_digit(body)).value
    for place, digit in itertools.product(range(10), "0123456789"):
        wrong = number[:place] + digit + number[place + 1 :]
        if wrong != number:
            with pytest.raises(Malformed):
                CaseNumber(wrong)
    for place in range(9):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if swapped != number:
            with pytest.raises(Malformed):
                CaseNumber(swapped)


@pytest.mark.parametrize(
    "text", ["", "123", "12345678901", "123456789x", "1234 56789", "１２３４５６７８９０", "5724\n"]
)
def test_what_has_not_ten_digits_is_malformed(text):
    with pytest.raises(Malformed):
        CaseNumber(text)


def test_drawn_numbers_are_valid_and_differ():
    drawn = {CaseNumber.draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(len(str(number)) == 10 and str(number)[0] != "0" for number in drawn)


def test_numbers_are_found_in_text_in_order_each_once_also_grouped():
    first, second = (
        CaseNumber("123456789" + check_digit("123456789")),
        CaseNumber("987654321" + check_digit("987654321")),
    )
    grouped = f"{first.value[:3]}-{first.value[3:6]} {first.value[6:]}"
    text = f"Case {second}, again {grouped}; {second}. Phone 0123456789012, wrong {first.value[:-1]}x"
    assert find_case_numbers(text) == (second, first)


def test_full_width_digits_are_digits_and_superscripts_are_none():
    number = CaseNumber.draw()
    wide = str(number).translate({ord(d): chr(0xFF10 + int(d)) for d in "0123456789"})
    assert find_case_numbers(f"会诊号　{wide[:3]}　{wide[3:]}") == (number,)
    assert find_case_numbers(f"{wide}１") == ()
    assert find_case_numbers(f"{str(number)[:9]}²") == ()


def test_a_number_inside_a_longer_one_is_none():
    number = "123456789" + check_digit("123456789")
    assert find_case_numbers(f"1{number}") == ()
    assert find_case_numbers(f"{number}1") == ()
    assert find_case_numbers("") == ()
