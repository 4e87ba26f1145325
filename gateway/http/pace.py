"""A body must keep coming: at a least rate, and to its end within some hours (RFC 9110 section 15.5.9).

The time in which this node waits for the sender is what counts, never the time in which it writes. It is measured in
windows of `http.slow_seconds`: each has to bring its share of `http.minimum_bytes_per_second`, so that neither silence
nor a byte now and then holds a place. Kept for every route, as none reads a body but through here.
"""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import TooSlow
from config.settings import Http


class Pace:
    """ASGI middleware that gives up a body that drips."""

    def __init__(self, app: ASGIApp, http: Http) -> None:
        self._app = app
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = _Body(receive, self._http).receive
        await self._app(scope, receive, send)


class _Body:
    """The body of one request."""

    def __init__(self, receive: Receive, http: Http) -> None:
        self._receive = receive
        self._http = http
        self._over = False
        self._ends_at = time.monotonic() + http.body_hours * 3600
        self._left = float(http.slow_seconds)
        self._came = 0

    async def receive(self) -> Message:
        """Return the next message of the request.

        Raises:
            TooSlow: the body came too slowly, or takes too long; what came of it is the route's to keep or to drop.
        """
        if self._over:  # what is still asked for is whether the sender is there
            return await self._receive()
        while True:
            began = time.monotonic()
            remaining = self._ends_at - began
            if remaining <= 0:
                raise self._too_long()
            try:
                async with asyncio.timeout(min(self._left, remaining)):
                    message = await self._receive()
            except TimeoutError:
                if remaining < self._left:  # by what was waited for: the loop's clock is coarser than ours
                    raise self._too_long() from None
                self._left = 0.0
            else:
                self._left -= time.monotonic() - began
                self._came += len(message.get("body", b""))
                self._over = not message.get("more_body", False)
                return message
            self._judge()

    def _too_long(self) -> TooSlow:
        return TooSlow(f"a request may take {self._http.body_hours} hours (http.body_hours): send it in parts")

    def _judge(self) -> None:
        seconds, rate = self._http.slow_seconds, self._http.minimum_bytes_per_second
        if self._came < seconds * rate:
            told = f"it came slower than {rate} bytes a second for {seconds} seconds"
            raise TooSlow(f"{told} (http.minimum_bytes_per_second, http.slow_seconds): send it again")
        self._left, self._came = float(seconds), 0
