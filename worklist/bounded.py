"""Bound what a route reads into memory, before anybody knows who sends it.

A framework reads a JSON body before it asks who is there; these routes stop reading at a limit instead. Not for routes
that take files: those stream, and have limits of their own.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from config.errors import TooLarge

LARGEST_BODY = 2 * 1024 * 1024


class BoundedRoute(APIRoute):
    """A route whose request body has at most 2 MiB; a longer one is TooLarge."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the body read and counted first."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            return await handle(Request(request.scope, _replay(await _read(request))))

        return bounded


async def _read(request: Request) -> bytes:
    length = request.headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise TooLarge(f"a request here has at most {LARGEST_BODY} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLarge(f"a request here has at most {LARGEST_BODY} bytes")
    return bytes(body)


def _replay(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
