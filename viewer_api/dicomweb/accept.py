"""Content negotiation of DICOMweb (PS3.18 sections 8.3.3, 8.7.3, 8.7.4): media ranges, quality, transfer syntaxes.

A range `multipart/related; type="X"` asks for parts of the media type X. The `accept` query parameter comes before the
header. Nothing in common is an error with the list of what is offered, never a silent default.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from config.errors import Malformed
from viewer_api.errors import NotAcceptable

MULTIPART = "multipart/related"
ANY_SYNTAX = "*"
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be served: a media type, in parts or alone, in a transfer syntax where that matters."""

    media_type: str
    multipart: bool = False
    transfer_syntax: str | None = None

    def __str__(self) -> str:
        base = f'{MULTIPART}; type="{self.media_type}"' if self.multipart else self.media_type
        return f"{base}; transfer-syntax={self.transfer_syntax}" if self.transfer_syntax else base


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of an Accept header. `multipart` is None when the range does not say (`*/*`)."""

    media_type: str
    multipart: bool | None
    transfer_syntax: str | None
    quality: float

    def admits(self, offer: Offer) -> bool:
        """Say whether the range covers an offer."""
        if self.multipart is not None and self.multipart != offer.multipart:
            return False
        if not _covers(self.media_type, offer.media_type):
            return False
        return self.transfer_syntax in (None, ANY_SYNTAX) or self.transfer_syntax == offer.transfer_syntax

    @property
    def specificity(self) -> int:
        """Return how much the range says: any type, a family of types, one type; and its transfer syntax."""
        kind = 0 if self.media_type == "*/*" else 2 if self.media_type.endswith("/*") else 4
        return kind + (self.transfer_syntax not in (None, ANY_SYNTAX))


ANYTHING = MediaRange("*/*", None, None, 1.0)


def parse_accept(header: str | None, parameter: str | None = None) -> tuple[MediaRange, ...]:
    """Return the media ranges, the preferred first; nothing said means anything.

    Raises:
        Malformed: an element that is no media range.
    """
    text = parameter or header or ""
    if len(text) > _LONGEST:
        raise Malformed("the Accept header is too long")
    ranges = [_parse_range(part) for part in split_quoted(text, ",") if part]
    return tuple(sorted(ranges, key=lambda one: -one.quality)) or (ANYTHING,)


def negotiate(ranges: Sequence[MediaRange], offers: Iterable[Offer]) -> Offer:
    """Return the offer that the client likes best; among equals the one named first, then the one offered first.

    The most specific range that covers an offer tells how much it is liked (RFC 9110 section 12.5.1).

    Raises:
        NotAcceptable: no offer is covered.
    """
    listed = tuple(offers)
    best: tuple[float, int] = (0.0, 0)
    chosen: Offer | None = None
    for offer in listed:
        places = [place for place, wanted in enumerate(ranges) if wanted.admits(offer)]
        if not places:
            continue
        place = max(places, key=lambda each: (ranges[each].specificity, -each))
        rank = ranges[place].quality, -place
        if ranges[place].quality > 0 and (chosen is None or rank > best):
            best, chosen = rank, offer
    if chosen is None:
        raise NotAcceptable(f"offered here: {', '.join(str(offer) for offer in listed)}")
    return chosen


def split_quoted(text: str, separator: str) -> list[str]:
    """Split at a separator that does not stand inside double quotes."""
    parts, quoted, start = [], False, 0
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return parts


def accepted(request: Request) -> tuple[MediaRange, ...]:
    """Return the media ranges of a request: of its `accept` parameter, else of all its Accept headers."""
    return parse_accept(", ".join(request.headers.getlist("Accept")), request.query_params.get("accept"))


def _parse_range(text: str) -> MediaRange:
    media_type, *rest = split_quoted(text, ";")
    media_type = media_type.lower()
    if media_type.count("/") != 1:
        raise Malformed("the Accept header cannot be read")
    parameters = {}
    for parameter in rest:
        name, _, value = parameter.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        raise Malformed("a quality value of the Accept header is no number") from None
    multipart: bool | None = None
    if media_type.startswith("multipart/"):
        media_type, multipart = parameters.get("type", "*/*").lower(), True
    elif media_type != "*/*":
        multipart = False
    return MediaRange(media_type, multipart, parameters.get("transfer-syntax"), quality)


def _covers(wanted: str, offered: str) -> bool:
    if wanted in ("*/*", offered):
        return True
    return wanted.endswith("/*") and offered.startswith(wanted[:-1])
