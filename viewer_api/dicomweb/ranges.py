"""Byte ranges of answers that come in one part (RFC 9110 section 14, PS3.18 section 8.4.1).

One range at a time: several are answered with the whole, which section 14.2 permits. `If-Range` is honoured for entity
tags; a date there never fits, since nothing here has one.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from viewer_api.dicomweb.multipart import begun
from viewer_api.errors import RangeNotSatisfiable

Reader = Callable[[int, int], Iterator[bytes]]
"""Gives the bytes from a first up to, and without, a last."""

_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def serve_bytes(
    request: Request, read: Reader, length: int, media_type: str, headers: Mapping[str, str]
) -> StreamingResponse:
    """Answer with `length` bytes or the part of them that the client asks for.

    Raises:
        RangeNotSatisfiable: the range begins behind the end.
    """
    wanted = _wanted(request, length, headers.get("ETag"))
    first, last = wanted or (0, length)
    sent = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(last - first)}
    if wanted:
        sent["Content-Range"] = f"bytes {first}-{last - 1}/{length}"
    return StreamingResponse(begun(read(first, last)), 206 if wanted else 200, sent, media_type)


def serve_value(request: Request, value: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with a value that is in memory, or the part of it that the client asks for; errors as `serve_bytes`."""
    return serve_bytes(request, lambda first, last: iter((value[first:last],)), len(value), media_type, headers)


def _wanted(request: Request, length: int, tag: str | None) -> tuple[int, int] | None:
    match = _ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    condition = request.headers.get("If-Range")
    if match is None or (condition is not None and condition != tag):
        return None
    begin, end = match.groups()
    if not begin and not end:
        return None
    if not begin:  # the last so many bytes
        if int(end) == 0 or length == 0:
            raise RangeNotSatisfiable(length)
        return max(0, length - int(end)), length
    if end and int(end) < int(begin):
        return None
    if int(begin) >= length:
        raise RangeNotSatisfiable(length)
    return int(begin), min(int(end) + 1, length) if end else length
