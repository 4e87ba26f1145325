"""Request bodies as they come: handed on in pieces, off the event loop, and not for ever."""

import asyncio
from collections.abc import Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from config.errors import Malformed, TooLarge

_PIECE = 1 << 20


async def hand_on_body(request: Request, feed: Callable[[bytes], None], *, patience_seconds: int) -> None:
    """Hand the body to `feed` in pieces of about a mebibyte, each on a thread of the pool.

    Raises:
        Malformed: the sender fell silent or went away; and whatever `feed` raises.
    """
    stream = request.stream()
    piece = bytearray()
    while True:
        try:
            async with asyncio.timeout(patience_seconds):
                chunk = await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise Malformed(f"nothing came for {patience_seconds} seconds: send it again") from None
        except ClientDisconnect:
            raise Malformed("the connection broke before everything had come: send it again") from None
        piece += chunk
        if len(piece) >= _PIECE:
            await run_in_threadpool(feed, bytes(piece))
            piece.clear()
    if piece:
        await run_in_threadpool(feed, bytes(piece))


async def small_body(request: Request, *, most_bytes: int, patience_seconds: int) -> bytes:
    """Return a body that fits into memory.

    Raises:
        TooLarge: it has more than `most_bytes`.
        Malformed: the sender fell silent or went away.
    """
    body = bytearray()

    def feed(data: bytes) -> None:
        body.extend(data)
        if len(body) > most_bytes:
            raise TooLarge(f"the document may have {most_bytes} bytes")

    await hand_on_body(request, feed, patience_seconds=patience_seconds)
    return bytes(body)


def declared_bytes(request: Request) -> int:
    """Return what Content-Length announces, 0 where nothing usable is announced."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0
