"""Request bodies as they come: handed on in pieces, off the event loop. How long they may take, `pace.py` says."""

from collections.abc import Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from config.errors import Malformed, TooLarge, TooSlow

_PIECE = 1 << 20


async def hand_on_body(request: Request, feed: Callable[[bytes], None]) -> None:
    """Hand the body to `feed` in pieces of about a mebibyte, each on a thread of the pool.

    Raises:
        TooSlow: the sender fell silent or nearly so; what came is handed on first.
        Malformed: the sender went away; and whatever `feed` raises.
    """
    piece = bytearray()
    try:
        async for chunk in request.stream():
            piece += chunk
            if len(piece) >= _PIECE:
                await run_in_threadpool(feed, bytes(piece))
                piece.clear()
    except ClientDisconnect:
        await _hand_on_rest(feed, piece)
        raise Malformed("the connection broke before everything had come: send it again") from None
    except TooSlow:
        await _hand_on_rest(feed, piece)
        raise
    await _hand_on_rest(feed, piece)


async def _hand_on_rest(feed: Callable[[bytes], None], piece: bytearray) -> None:
    if piece:
        await run_in_threadpool(feed, bytes(piece))


async def small_body(request: Request, *, most_bytes: int) -> bytes:
    """Return a body that fits into memory.

    Raises:
        TooLarge: it has more than `most_bytes`.
        TooSlow: the sender fell silent or nearly so.
        Malformed: the sender went away.
    """
    body = bytearray()

    def feed(data: bytes) -> None:
        body.extend(data)
        if len(body) > most_bytes:
            raise TooLarge(f"the document may have {most_bytes} bytes")

    await hand_on_body(request, feed)
    return bytes(body)


def declared_bytes(request: Request) -> int:
    """Return what Content-Length announces, 0 where nothing usable is announced."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0
