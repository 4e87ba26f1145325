"""A message as segments and fields, read from bytes by the hl7 library within limits (HL7 2.5.1 section 2.6).

A segment ends with a carriage return; line feeds are met in files and taken as the same. A line that does not begin
like a segment goes on with the one before it. An absent field is empty text, a field that says `""` is empty too.

Who sent a message is told by its header alone (`read_header`), before anything else of it is looked at.
"""

import re
from dataclasses import dataclass
from typing import Any

import hl7

from config.errors import Malformed, TooLarge
from gateway.case_reports.document import MOST_IDS
from gateway.case_reports.hl7.character_sets import decode_message
from gateway.case_reports.hl7.escapes import unescape

MOST_PARTS = 60_000  # the library makes some 450 bytes of each
MOST_LINES = 200_000
MOST_SEGMENTS = 5000
MOST_REPETITIONS = 4 * MOST_IDS
LONGEST_HEADER = 4096
_BEGIN = re.compile(r"MSH([^\w\s])([^\w\s]{4,5})\1", re.ASCII)
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9])")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_HEADER_END = re.compile(rb"[\r\n]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"M\0", b"\0M")
_FRAME = b"\x0b\x1c\r\n\t \x00"


@dataclass(frozen=True)
class Segment:
    """One segment; fields, repetitions, components and subcomponents count from 1 as the standard's do.

    `separators` are those of fields, repetitions, components and subcomponents, in this order.
    """

    name: str
    fields: tuple[str, ...]
    separators: str
    escape: str
    codec: str

    def raw(self, field: int) -> str:
        """Return a field as it stands, with separators and escape sequences."""
        return self.fields[field] if 0 < field < len(self.fields) else ""

    def repetitions(self, field: int) -> list["Repetition"]:
        """Return every repetition of a field; an empty one has none.

        Raises:
            TooLarge: more than any field is repeated.
        """
        raw = self.raw(field)
        if raw.count(self.separators[1]) >= MOST_REPETITIONS:
            raise TooLarge(f"a field may be repeated {MOST_REPETITIONS} times")
        return [Repetition(each, self) for each in raw.split(self.separators[1])] if raw else []

    def text(self, field: int, component: int = 1, subcomponent: int = 1) -> str:
        """Return one value of a field's first repetition, unescaped and without outer blanks."""
        return Repetition(self.raw(field).split(self.separators[1], 1)[0], self).text(component, subcomponent)

    def lines(self, field: int) -> list[str]:
        """Return every repetition of a text field, unescaped; with TX and FT each is a line of its own."""
        return [self.plain(each) for each in self.raw(field).split(self.separators[1])]

    def plain(self, value: str) -> str:
        """Return a value of this segment unescaped, without outer blanks and what cannot be printed."""
        value = value.strip()
        if value == '""':
            return ""
        named = {**dict(zip("FRST", self.separators, strict=True)), "E": self.escape, "P": "#"}
        found = unescape(value, separators=named, escape=self.escape, codec=self.codec)
        return "".join(c for c in found if c.isprintable() or c in "\n\t").strip()


@dataclass(frozen=True)
class Repetition:
    """One repetition of a field, as it stands in its segment."""

    raw: str
    segment: Segment

    def text(self, component: int = 1, subcomponent: int = 1) -> str:
        """Return one value, unescaped and without outer blanks."""
        value = _nth(self.raw, self.segment.separators[2], component)
        return self.segment.plain(_nth(value, self.segment.separators[3], subcomponent))


@dataclass(frozen=True)
class Message:
    """A message: its segments in their order, the first of them MSH."""

    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        """Return MSH."""
        return self.segments[0]

    @property
    def kind(self) -> str:
        """Return message code and trigger event, such as ORU^R01."""
        return f"{self.header.text(9)}^{self.header.text(9, 2)}"

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name."""
        return next((each for each in self.segments if each.name == name), None)

    def all(self, name: str) -> list[Segment]:
        """Return every segment of a name."""
        return [each for each in self.segments if each.name == name]


def read_header(payload: bytes, undeclared: str) -> Message:
    """Read a message's MSH alone, in its character set; the rest is not looked at.

    Raises:
        Malformed: no MSH within so many bytes, or not in its character set.
    """
    payload = payload.lstrip(_FRAME) if payload[:2] not in _UTF_16 else payload
    first = payload[:LONGEST_HEADER]
    if payload[:2] in _UTF_16:
        first = _utf_16_line(first)
    elif (end := _HEADER_END.search(first)) is not None:
        first = first[: end.start()]
    elif len(payload) > LONGEST_HEADER:
        raise Malformed(f"MSH may have {LONGEST_HEADER} bytes")
    return read_message(first, undeclared)


def read_message(payload: bytes, undeclared: str) -> Message:
    """Read one message; `undeclared` is its character set where MSH-18 is empty.

    Raises:
        Malformed: no message, or not in its character set.
        TooLarge: more segments, fields and components than a message has.
    """
    text, codec = decode_message(payload.strip(_FRAME) if payload[:2] not in _UTF_16 else payload, undeclared)
    text = text.lstrip("\ufeff\x0b\r\n \t")
    begin = _BEGIN.match(text)
    if begin is None or len(set(begin[1] + begin[2])) != len(begin[1] + begin[2]):
        raise Malformed("the message does not begin with MSH and its separators")
    if sum(text.count(each) for each in begin[1] + begin[2][:2] + begin[2][3]) > MOST_PARTS:
        raise TooLarge(f"a message may have {MOST_PARTS} fields, components and subcomponents")
    if text.count("\r") + text.count("\n") - text.count("\r\n") > MOST_LINES:
        raise TooLarge(f"a message may have {MOST_LINES} lines")
    joined = _joined_lines(text)
    try:
        parsed: Any = hl7.parse("\r".join(joined))
        return Message(tuple(_segment(each, begin, codec) for each in parsed if str(each[0])))
    except Exception as error:  # noqa: BLE001 - whatever a foreign parser makes of a stranger's message is the sender's
        raise Malformed(f"the message cannot be read ({type(error).__name__})") from None


def _segment(parsed: Any, begin: re.Match[str], codec: str) -> Segment:
    fields = tuple(str(each) for each in parsed)
    marks = begin[2]
    return Segment(fields[0].strip(), fields, begin[1] + marks[1] + marks[0] + marks[3], marks[2], codec)


def _joined_lines(text: str) -> list[str]:
    segments: list[list[str]] = []
    for line in _LINE_BREAK.split(text):
        if _SEGMENT.match(line) or not segments:
            segments.append([line])
        elif line.strip(" \t\x1c\x1a\0"):
            segments[-1].append(line)
        if len(segments) > MOST_SEGMENTS:
            raise TooLarge(f"a message may have {MOST_SEGMENTS} segments")
    return ["\n".join(lines) for lines in segments]


def _utf_16_line(first: bytes) -> bytes:
    """Return a UTF-16 or UTF-32 text as far as its first line break, which is found by its unit of two bytes."""
    for position in range(0, len(first) - 1, 2):
        if first[position : position + 2] in {b"\r\0", b"\0\r", b"\n\0", b"\0\n"}:
            return first[:position]
    return first[: len(first) // 4 * 4]


def _nth(text: str, separator: str, number: int) -> str:
    parts = text.split(separator)
    return parts[number - 1] if 0 < number <= len(parts) else ""
