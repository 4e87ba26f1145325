"""Connections that hold no place for nothing: the head of a request has to come in time and within bounds.

The server's own protocol waits for ever for the end of a request's head, and keeps it in memory however long it is.
Here a connection that has no request under way is closed after `http.header_seconds`, or once its head is too large
(RFC 6585 section 5). One more than `http.maximum_connections` is answered with 503.
"""

import asyncio
from http import HTTPStatus

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.settings import Http
from worklist.problems import problem

LARGEST_HEAD = 64 * 1024
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def guarded_protocol(http: Http) -> type[asyncio.Protocol]:
    """Return the protocol class for a server with these limits."""

    class Guarded(_GuardedProtocol):
        limits = http

    return Guarded


class _GuardedProtocol(HttpToolsProtocol):
    limits: Http
    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.maximum_connections:
            self.app = self._say_crowded
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing() or self._is_under_way():
            self._stop_waiting()
            return
        self._wait_for_head()
        self._head_bytes += len(data)
        if self._head_bytes > LARGEST_HEAD:
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _is_under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.limits.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        self._head_bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self._is_under_way():
            self.transport.close()

    async def _say_crowded(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = f"{self.limits.maximum_connections} connections are open already (http.maximum_connections)"
        headers = {"Retry-After": str(self.limits.header_seconds), "Connection": "close"}
        await problem(HTTPStatus.SERVICE_UNAVAILABLE, told, headers)(scope, receive, send)
