"""Server-sent events (HTML Living Standard, 9.2): what is known of a delivery, and then what changes of it.

A stream begins with the event `delivery`, which bears everything. Each `change` bears the state, the counts, what else
is new, and of the files only those that changed, with their `number` in the list. `done` ends it. It also ends after a
while; a browser then asks again by itself and begins anew. It ends at the next look once the token or link that began
it is good no more. One person may have so many streams open and no more.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from config.errors import NotFound, Unauthenticated
from gateway.http.tus import owner_of
from gateway.http.upload_state import upload_state
from gateway.node import Node
from worklist.access.gate import Gate, Principal
from worklist.access.throttle import Throttled

MOST_STREAMS = 8  # of one token, link or case
_POLL_SECONDS = 1.0
_REST = 4  # a look that took long is followed by so many times that of rest
_LONGEST_SECONDS = 15 * 60
_KEEP_ALIVE_TURNS = 15
_FINAL = frozenset({"done", "failed"})
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}

Look = Callable[[], dict[str, Any]]
Admitted = Callable[[], Awaitable[bool]]


def make_router(node: Node) -> APIRouter:
    """Return the route by which coordinators and admins follow an upload."""
    router = APIRouter(prefix="/intake", tags=["intake"])
    gate = Gate(node.room)
    admitted = Depends(gate.requires("coordinator", "admin"))
    streams = Streams()

    @router.get("/uploads/{upload_id}/events")
    def follow(request: Request, upload_id: str, principal: Annotated[Principal, admitted]) -> StreamingResponse:
        """Follow an upload as it comes and what becomes of its files, as server-sent events."""
        owner = owner_of(principal)

        def look() -> dict[str, Any]:
            return upload_state(node, upload_id, owner=owner)

        async def is_admitted() -> bool:
            return await gate.identify(request) == principal

        look()
        return streams.open(request, look, owner=owner, is_admitted=is_admitted)

    return router


class Streams:
    """The streams that are open at one door of this process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = Lock()

    def open(
        self, request: Request, look: Look, *, owner: str, is_admitted: Admitted | None = None
    ) -> StreamingResponse:
        """Return a stream of what `look` returns; it runs on a thread of the pool.

        Where `look` itself does not refuse whoever may not see it any more, `is_admitted` is asked before each.

        Raises:
            Throttled: the owner has `MOST_STREAMS` open.
        """
        with self._lock:
            if self._open[owner] >= MOST_STREAMS:
                raise Throttled(f"{MOST_STREAMS} streams of events are open already: close one first")
            self._open[owner] += 1
        return _Stream(_events(request, look, is_admitted), lambda: self._closed(owner))

    def _closed(self, owner: str) -> None:
        with self._lock:
            self._open[owner] -= 1
            if not self._open[owner]:
                del self._open[owner]


class _Stream(StreamingResponse):
    """A stream that says when it is over, also when it never began."""

    def __init__(self, events: AsyncIterator[str], closed: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._closed()


async def _events(request: Request, look: Look, is_admitted: Admitted | None) -> AsyncIterator[str]:
    teller, silent, ends_at = _Teller(look), 0, time.monotonic() + _LONGEST_SECONDS
    yield "retry: 3000\n\n"
    while time.monotonic() < ends_at and not await request.is_disconnected():
        began = time.monotonic()
        if is_admitted is not None and not await is_admitted():
            return
        try:
            text = await run_in_threadpool(teller.tell)
        except (NotFound, Unauthenticated):  # cancelled, its time is over, or that of who asks
            return
        silent = 0 if text else silent + 1
        if text:
            yield text
        elif silent % _KEEP_ALIVE_TURNS == 0:
            yield ": waiting\n\n"
        if teller.is_done:
            return
        await asyncio.sleep(max(_POLL_SECONDS, _REST * (time.monotonic() - began)))


class _Teller:
    """Remembers what was told of a delivery, to tell only what is new."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._files: list[dict[str, Any]] = []
        self._rest: dict[str, Any] = {}
        self.is_done = False

    def tell(self) -> str:
        """Return the events for what is new, nothing when nothing is."""
        state = self._look()
        files, rest = state["files"], {key: value for key, value in state.items() if key != "files"}
        if not self._rest or len(files) < len(self._files):
            text = _event("delivery", state)
        else:
            text = self._change(files, rest)
        self._files, self._rest = files, rest
        self.is_done = rest["state"] in _FINAL
        if self.is_done:
            text += _event("done", {"state": rest["state"], "counts": rest["counts"]})
        return text

    def _change(self, files: list[dict[str, Any]], rest: dict[str, Any]) -> str:
        told = len(self._files)
        changed = [
            {"number": number, **file}
            for number, file in enumerate(files)
            if number >= told or file != self._files[number]
        ]
        if not changed and rest == self._rest:
            return ""
        new = {key: value for key, value in rest.items() if key not in self._rest or value != self._rest[key]}
        return _event("change", {**new, "state": rest["state"], "counts": rest["counts"], "files": changed})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
