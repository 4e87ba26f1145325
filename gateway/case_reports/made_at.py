"""When messages were made, as their senders say (a time stamp by HL7 2.5.1 section 2.A.77): which was before.

A queue, or a line that was down, brings messages late and in another order. Their own times tell what the sender knew
when it made them. A time is as long as it is told for: a day is all of its hours. Where either has none, or the two
overlap, nothing is said. A time far ahead of the node's clock is none, as nothing made later could follow it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_TIME = re.compile(r"(\d{8}(?:\d\d){0,3})(?:\.(\d{1,4}))?(?:([+-])(\d\d)(\d\d))?", re.ASCII)
_FORMS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_LENGTHS = {
    8: timedelta(days=1),
    10: timedelta(hours=1),
    12: timedelta(minutes=1),
    14: timedelta(seconds=1),
}
_FARTHEST_EAST, _FARTHEST_WEST = timedelta(hours=14), timedelta(hours=12)
_MAY_BE_AHEAD = timedelta(hours=1)


class _Span(NamedTuple):
    """The time from `begin` to before `end` on the sender's clock, and its offset from UTC where that is told."""

    begin: datetime
    end: datetime
    offset: timedelta | None


def made_before(one: str, other: str) -> bool:
    """Say whether one of two times is surely earlier.

    Their offsets from UTC count where both tell one. Where one does, both clocks are taken to be of one place, but
    where it tells UTC: then the other may be anywhere.
    """
    first, second = _span(one), _span(other)
    if first is None or second is None:
        return False
    if None not in (first.offset, second.offset):
        first, second = _by_utc(first), _by_utc(second)
    elif timedelta() in (first.offset, second.offset):
        first, second = _wherever(first), _wherever(second)
    return first.end <= second.begin


def believed(made_at: str, now: datetime) -> str:
    """Return a time as it is told, empty where it is none or a clock that is far ahead tells it."""
    span = _span(made_at)
    if span is None:
        return ""
    begin = _by_utc(span).begin if span.offset is not None else span.begin - _FARTHEST_EAST
    return made_at.strip() if begin <= now.astimezone(UTC).replace(tzinfo=None) + _MAY_BE_AHEAD else ""


def clearest(*told: str) -> str:
    """Return the first of some times, or one that tells more of the same moment; empty where none is a time."""
    found = [each.strip() for each in told if _span(each)]
    return max((each for each in found if _digits(each).startswith(_digits(found[0]))), key=_how_clear, default="")


def stamp(moment: datetime) -> str:
    """Return a moment of the node's clock as HL7 writes it."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}+0000"


def from_instant(text: str) -> str:
    """Return an instant as FHIR writes it (2025-03-02T10:00:00.000+01:00) as HL7 does; empty where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if moment.tzinfo is None:
        return ""
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 100:04d}{moment:%z}"[:24]


def _span(text: str) -> _Span | None:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return None
    digits, fraction, sign, hours, minutes = match.groups()
    try:
        begin = datetime.strptime(digits, _FORMS[len(digits)])  # noqa: DTZ007 - the wall clock of the sender
        length = _LENGTHS[len(digits)]
        if fraction and len(digits) == max(_FORMS):
            begin += timedelta(seconds=int(fraction) / 10 ** len(fraction))
            length /= 10 ** len(fraction)
        offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else None
        span = _Span(begin, begin + length, -offset if offset is not None and sign == "-" else offset)
        _by_utc(span), _wherever(span)
    except (ValueError, OverflowError):
        return None
    return span


def _by_utc(span: _Span) -> _Span:
    offset = span.offset or timedelta()
    return _Span(span.begin - offset, span.end - offset, timedelta())


def _wherever(span: _Span) -> _Span:
    """Return a span of UTC within which a time was, whose clock may be anywhere where it tells no offset."""
    if span.offset is not None:
        return _by_utc(span)
    return _Span(span.begin - _FARTHEST_EAST, span.end + _FARTHEST_WEST, timedelta())


def _digits(text: str) -> str:
    return re.split(r"[.+-]", text, maxsplit=1)[0]


def _how_clear(text: str) -> int:
    return len(_digits(text))
