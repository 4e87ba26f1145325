"""MLLP frames out of any pieces of any stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import TooLarge
from gateway.case_reports.hl7.framing import Frames, frame

CONTENT = st.binary(max_size=60).map(lambda each: each.replace(b"\x0b", b"").replace(b"\x1c", b""))


@given(st.lists(CONTENT, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_messages_come_out_whole_however_they_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    stream, frames, found = b"".join(frame(each) for each in messages), Frames(1000), []
    while stream:
        cut = cuts[len(found) % len(cuts)]
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    assert found == messages
    assert not frames.inside


def test_what_stands_between_frames_is_passed_over() -> None:
    assert Frames(100).feed(b"noise\r\n" + frame(b"a") + b"\r\n\x00" + frame(b"b") + b"more") == [b"a", b"b"]


def test_frame_that_begins_anew_drops_the_unfinished_one() -> None:
    frames = Frames(100)
    assert frames.feed(b"\x0bhalf a mess") == []
    assert frames.feed(b"age\x0bwhole\x1c\r") == [b"whole"]


def test_end_without_its_carriage_return_is_no_end() -> None:
    frames = Frames(100)
    assert frames.feed(b"\x0ba\x1cb") == []
    assert frames.feed(b"\x1c") == []
    assert frames.feed(b"\r") == [b"a\x1cb"]


def test_an_end_without_its_carriage_return_is_one_where_the_next_frame_begins() -> None:
    stream = b"\x0ba\x1c\x0bb\x1c\x0bc\x1c\r"
    assert Frames(100).feed(stream) == [b"a", b"b", b"c"]
    frames = Frames(100)
    assert [each for byte in stream for each in frames.feed(bytes([byte]))] == [b"a", b"b", b"c"]
    assert not frames.inside


def test_an_end_without_its_carriage_return_is_one_where_the_sender_falls_silent() -> None:
    frames = Frames(100)
    assert frames.end_in_silence() == []
    assert frames.feed(b"\x0ba") == []
    assert frames.end_in_silence() == []
    assert frames.feed(b"b\x1c") == []
    assert frames.end_in_silence() == [b"ab"]
    assert frames.end_in_silence() == []
    assert not frames.inside
    assert frames.feed(b"\r" + frame(b"next")) == [b"next"]


def test_noise_without_end_is_not_held() -> None:
    frames = Frames(100)
    for _ in range(50):
        assert frames.feed(b"x" * 90) == []
    assert not frames.inside


def test_message_above_the_limit_is_refused_with_its_beginning_at_hand() -> None:
    frames = Frames(100)
    with pytest.raises(TooLarge):
        frames.feed(b"\x0bMSH|" + b"x" * 200)
    assert frames.begun.startswith(b"MSH|")


@pytest.mark.parametrize("end", [b"\x1c\r", b"\x1c"])
def test_message_of_just_the_limit_is_taken_however_its_end_comes(end: bytes) -> None:
    whole = b"x" * 100
    for cut in range(3):
        frames, stream = Frames(100), b"\x0b" + whole + end
        found = frames.feed(stream[: len(stream) - cut]) + frames.feed(stream[len(stream) - cut :])
        assert found + frames.end_in_silence() == [whole]


@pytest.mark.parametrize("end", [b"\x1c\r", b"\x1c"])
def test_frames_behind_an_unfinished_one_come_out_whole(end: bytes) -> None:
    stream = b"\x0bunfinished\x0bwhole" + end + b"\x0bnext" + end + b"\x0blast\x1c\r"
    assert Frames(100).feed(stream) == [b"whole", b"next", b"last"]
