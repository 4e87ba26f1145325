"""multipart/related bodies, written as a stream (RFC 2387, PS3.18 section 8.6.1.2)."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from starlette.responses import Response, StreamingResponse

Item = TypeVar("Item")
_SHORT = 4 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its media type with parameters, where it can be had alone, and its bytes in chunks."""

    content_type: str
    chunks: Iterable[bytes]
    location: str | None = None


def stream_parts(media_type: str, parts: Iterable[Part], headers: Mapping[str, str]) -> StreamingResponse:
    """Answer with parts of one media type; each is begun only when the one before has been sent."""
    boundary = secrets.token_hex(16)
    content_type = f'multipart/related; type="{media_type}"; boundary={boundary}'
    return StreamingResponse(_body(boundary, parts), media_type=content_type, headers=dict(headers))


def answer_value(media_type: str, content_type: str, value: bytes, headers: Mapping[str, str]) -> Response:
    """Answer with one part that is in memory: a short one in one piece, its length known, a long one as a stream."""
    part = Part(content_type, [value])
    if len(value) > _SHORT:
        return stream_parts(media_type, (part,), headers)
    boundary = secrets.token_hex(16)
    content_type = f'multipart/related; type="{media_type}"; boundary={boundary}'
    return Response(b"".join(_body(boundary, (part,))), media_type=content_type, headers=dict(headers))


def begun(items: Iterator[Item]) -> Iterator[Item]:
    """Return the same items, the first of them already made: what fails there is an honest error, not half an answer.

    What fails later ends the connection before the closing boundary, which no client takes for a whole answer.
    """
    return chain(list(islice(items, 1)), items)


def _body(boundary: str, parts: Iterable[Part]) -> Iterator[bytes]:
    for part in parts:
        lines = [f"--{boundary}", f"Content-Type: {part.content_type}"]
        if part.location:
            lines.append(f"Content-Location: {part.location}")
        yield ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        yield from part.chunks
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
