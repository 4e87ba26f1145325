"""What a reader will ask for next is made ahead: for who scrolls only, in either direction, and never twice."""

import threading
import time
from dataclasses import dataclass, field

import pytest

from viewer_api.dicomweb.ahead import DEPTH, Ahead
from viewer_api.dicomweb.locate import Located
from viewer_api.errors import CannotRender
from worklist.principal import Principal

CINE = Located("2.25.1", "2.25.2", "2.25.3", "1.2.840.10008.1.2.1", "0" * 64, 1, 100)
READER = Principal("Dr Ada Example", "reader", 1, "cookie")
OTHER = Principal("Dr Ben Example", "reader", 2, "cookie")


@dataclass
class Made:
    """Which frames were made, in their order; `fails` makes every one fail."""

    fails: type[Exception] | None = None
    frames: list[int] = field(default_factory=list)

    def __call__(self, _found: Located, index: int) -> None:
        self.frames.append(index)
        if self.fails is not None:
            raise self.fails("it cannot be made")


@pytest.fixture
def ahead() -> Ahead:
    return Ahead(None, lambda: True)  # several frames of one instance need no room


def ask(ahead: Ahead, made: Made, *frames: int, principal: Principal = READER, wish: str = "picture") -> list[int]:
    """Ask for frames one after the other and return which others were made meanwhile."""
    for frame in frames:
        ahead.note(principal, CINE, frame, wish, made)
        wait_until_nothing_is_made(ahead)
    return made.frames


def wait_until_nothing_is_made(ahead: Ahead) -> None:
    deadline = time.monotonic() + 60
    while ahead.busy:
        assert time.monotonic() < deadline, "it does not come to an end"
        time.sleep(0.001)


def test_a_first_look_is_no_scroll(ahead):
    assert ask(ahead, Made(), 10) == []


def test_after_two_neighbours_the_next_ones_are_made(ahead):
    assert ask(ahead, Made(), 10, 11) == [12, 13, 14, 15]


def test_further_on_only_what_was_not_made_yet_is_made(ahead):
    assert ask(ahead, Made(), 10, 11, 12, 13) == [12, 13, 14, 15, 16, 17]


def test_backwards_as_well(ahead):
    assert ask(ahead, Made(), 50, 49) == [48, 47, 46, 45]


def test_who_turns_round_is_followed(ahead):
    assert ask(ahead, Made(), 50, 51, 50) == [52, 53, 54, 55, 49, 48, 47, 46]


def test_nothing_is_made_before_the_first_or_behind_the_last_frame(ahead):
    assert ask(ahead, Made(), 97, 98) == [99]
    assert ask(ahead, Made(), 2, 1) == [0]


def test_a_leap_is_no_scroll(ahead):
    assert ask(ahead, Made(), 10, 60) == []


def test_who_asks_again_for_the_same_scrolls_not(ahead):
    assert ask(ahead, Made(), 10, 10, 10) == []


def test_the_scroll_of_one_reader_or_wish_is_not_that_of_another(ahead):
    made = Made()
    ask(ahead, made, 10)
    ask(ahead, made, 11, principal=OTHER)
    assert ask(ahead, made, 11, wish="another window") == []


def test_without_an_idle_decoder_nothing_is_made():
    assert ask(Ahead(None, lambda: False), Made(), 10, 11) == []


@pytest.mark.parametrize("failure", [CannotRender, RuntimeError])
def test_one_that_cannot_be_made_does_not_end_the_making_of_others(ahead, failure):
    assert ask(ahead, Made(failure), 10, 11) == [12, 13, 14, 15]
    assert ask(ahead, Made(), 30, 31) == [32, 33, 34, 35]


def test_a_reader_who_outruns_it_leaves_old_wishes_behind(ahead):
    begun, go_on = threading.Event(), threading.Event()
    made = Made()

    def slowly(found: Located, index: int) -> None:
        begun.set()
        assert go_on.wait(30)
        made(found, index)

    for frame in range(60):
        ahead.note(READER, CINE, frame, "picture", slowly)
        assert frame == 0 or begun.wait(30)
    go_on.set()
    wait_until_nothing_is_made(ahead)
    assert len(made.frames) <= 1 + 4 * DEPTH
    assert made.frames[-1] == 59 + DEPTH
