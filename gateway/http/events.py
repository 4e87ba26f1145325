"""Server-sent events (HTML Living Standard, 9.2): what is known of a delivery, again whenever it changed.

The stream ends when the delivery is done or after a while; a browser then asks again by itself.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from gateway.node import Node
from gateway.uploads import upload_report
from worklist.access.gate import Gate, Principal

_POLL_SECONDS = 1.0
_LONGEST_SECONDS = 15 * 60
_KEEP_ALIVE_TURNS = 15
_FINAL = frozenset({"done", "failed"})


def make_router(node: Node) -> APIRouter:
    """Return the route by which coordinators and admins follow an upload."""
    router = APIRouter(prefix="/intake", tags=["intake"])
    admitted = Depends(Gate(node.room).requires("coordinator", "admin"))

    @router.get("/uploads/{upload_id}/events")
    def follow(request: Request, upload_id: str, _principal: Annotated[Principal, admitted]) -> StreamingResponse:
        """Follow what becomes of the files of an upload, as server-sent events."""

        def look() -> dict[str, Any]:
            with node.identity.read() as session:
                return upload_report(session, upload_id)

        look()
        return event_stream(request, look)

    return router


def event_stream(request: Request, look: Callable[[], dict[str, Any]]) -> StreamingResponse:
    """Return a stream of what `look` returns; it runs on a thread of the pool."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(_events(request, look), media_type="text/event-stream", headers=headers)


async def _events(request: Request, look: Callable[[], dict[str, Any]]) -> AsyncIterator[str]:
    said, silent = "", 0
    yield "retry: 3000\n\n"
    for _ in range(int(_LONGEST_SECONDS / _POLL_SECONDS)):
        if await request.is_disconnected():
            return
        state = await run_in_threadpool(look)
        text = json.dumps(state, ensure_ascii=False)
        silent = silent + 1 if text == said else 0
        if text != said:
            said = text
            yield f"event: delivery\ndata: {text}\n\n"
        elif silent % _KEEP_ALIVE_TURNS == 0:
            yield ": waiting\n\n"
        if state["state"] in _FINAL:
            return
        await asyncio.sleep(_POLL_SECONDS)
