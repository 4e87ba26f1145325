"""One table from errors to statuses, complete."""

import pytest

from config import errors
from scp.query_statuses import QUERY_ANSWERS, query_answer_to
from scp.statuses import ANSWERS, STORED, DataSetMismatch, Status, WrongSopClass, answer_to


def every_error(kind=errors.OverreadError):
    for child in kind.__subclasses__():
        yield child
        yield from every_error(child)


@pytest.mark.parametrize("kind", list(every_error()))
def test_every_error_has_an_answer_that_is_a_refusal(kind):
    assert any(parent in ANSWERS for parent in kind.__mro__)
    assert not answer_to(kind("words")).stored


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.StorageFull("x"), 0xA700),
        (DataSetMismatch("x"), 0xA900),
        (errors.Malformed("x"), 0xC000),
        (WrongSopClass("x"), 0x0122),
        (errors.Unavailable("x"), 0x0110),
        (OSError(5, "I/O error"), 0x0110),
    ],
)
def test_the_statuses_are_those_of_the_standard(error, status):
    assert answer_to(error).status == status


def test_a_comment_fits_its_value_representation_and_says_nothing_received():
    for answer in ANSWERS.values():
        assert 0 < len(answer.comment) <= 64
        assert answer.comment.isascii()


def test_only_success_is_stored():
    assert STORED.stored
    assert [status for status in Status if status == 0] == [Status.SUCCESS]


@pytest.mark.parametrize("operation", QUERY_ANSWERS)
def test_every_error_has_an_answer_of_query_and_retrieve(operation):
    for kind in every_error():
        assert any(parent in QUERY_ANSWERS[operation] for parent in kind.__mro__)
    for status, comment in QUERY_ANSWERS[operation].values():
        assert status == 0x0124 or status >> 12 in (0xA, 0xC)
        assert 0 < len(comment) <= 64
        assert comment.isascii()
    assert query_answer_to(operation, errors.Malformed("x"))[0] == 0xA900
    assert query_answer_to(operation, OSError(5, "I/O error"))[0] == 0xC000
