"""Multipart bodies (RFC 2046 section 5.1) taken apart as they come, in constant memory and without temporary files."""

from collections.abc import Mapping
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from config.errors import Malformed

_MOST_HEADERS = 16


class PartTaker(Protocol):
    """Who is handed the parts of a multipart body, one after the other."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin a part with its headers, their names in lower case."""

    def data(self, data: bytes) -> None:
        """Take the next bytes of the part."""

    def end(self) -> None:
        """End the part."""


class Multipart:
    """A multipart body on its way to a taker.

    Raises:
        Malformed: the content type has no usable boundary.
    """

    def __init__(self, parameters: Mapping[str, str], taker: PartTaker) -> None:
        self._taker = taker
        self._headers: dict[str, str] = {}
        self._field = bytearray()
        self._value = bytearray()
        self._ended = False
        callbacks = {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_ended,
            "on_headers_finished": lambda: taker.begin(dict(self._headers)),
            "on_part_data": lambda data, start, end: taker.data(data[start:end]),
            "on_part_end": taker.end,
            "on_end": self._body_ended,
        }
        boundary = parameters.get("boundary", "")
        if not boundary:
            raise Malformed("the multipart body has no boundary in its Content-Type")
        try:
            self._parser = MultipartParser(boundary.encode(), callbacks, max_header_count=_MOST_HEADERS)  # type: ignore[arg-type]
        except FormParserError:
            raise Malformed("the boundary of the multipart body is too long") from None

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            Malformed: not a multipart body; and whatever the taker raises.
        """
        try:
            self._parser.write(data)
        except FormParserError:
            raise Malformed("the body is not the multipart body that its Content-Type announces") from None

    def finish(self) -> None:
        """End the body.

        Raises:
            Malformed: its last boundary never came.
        """
        if not self._ended:
            raise Malformed("the multipart body ends too early: it was not sent whole")

    def _header_ended(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._field.clear()
        self._value.clear()

    def _body_ended(self) -> None:
        self._ended = True


def parse_content_type(value: str) -> tuple[str, dict[str, str]]:
    """Return a media type in lower case and its parameters; good for Content-Disposition as well."""
    kind, options = parse_options_header(value.encode("latin-1", "replace"))
    return kind.decode("latin-1").lower(), {
        key.decode("latin-1").lower(): text.decode("utf-8", "replace") for key, text in options.items()
    }
