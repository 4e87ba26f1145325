"""Give the same answer to the same question at once, as long as nothing in the reading database has changed.

What is served here follows from the request, the reading database and blobs that never change. So an answer that was
given is given again without asking who may see it and where it lies, if the request is the same to the last byte of its
headers, credentials included, and no process has written to the database since. A revoked token, a log-out or a purge
is a write: after it nothing is given again. What depends on the hour, such as the end of a log-in, lags by `LAG`.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viewer_api.dicomweb.context import PREFIX
from viewer_api.least_recent import LeastRecent
from worklist.room import ReadingRoom

LAG = timedelta(seconds=5)
KEPT_BYTES = 64 << 20
LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class _Answer:
    stamp: int
    at: datetime
    route: Any
    start: Message
    body: bytes


class AnsweredBefore:
    """ASGI middleware; longer answers than `LARGEST` pass through as the stream they are."""

    def __init__(self, app: ASGIApp, room: ReadingRoom) -> None:
        self._app, self._room = app, room
        self._answers: LeastRecent[bytes, _Answer] = LeastRecent(KEPT_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_question(scope):
            await self._app(scope, receive, send)
            return
        with self._room.database.as_of_now() as stamp:
            await self._answer(stamp, scope, receive, send)

    async def _answer(self, stamp: int | None, scope: Scope, receive: Receive, send: Send) -> None:
        if stamp is None:
            await self._app(scope, receive, send)
            return
        key, now = _key(scope), self._room.clock()
        before = self._answers.get(key)
        if before is not None and before.stamp == stamp and timedelta() <= now - before.at < LAG:
            scope["route"] = before.route  # by which requests are counted
            await send(before.start)
            await send({"type": "http.response.body", "body": before.body})
            return
        recorder = _Recorder(send)
        await self._app(scope, receive, recorder.send)
        if recorder.start is not None and recorder.whole:
            body = b"".join(recorder.chunks)
            answer = _Answer(stamp, now, scope.get("route"), recorder.start, body)
            self._answers.put(key, answer, len(body) + 1024)


class _Recorder:
    """Hands messages on and remembers them while they may be given again."""

    def __init__(self, send: Send) -> None:
        self._send, self._length = send, 0
        self.start: Message | None = None
        self.chunks: list[bytes] = []
        self.whole = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message if _may_be_kept(message) else None
        elif message["type"] == "http.response.body" and self.start is not None:
            self._length += len(message.get("body", b""))
            if self._length > LARGEST:
                self.start, self.chunks = None, []
            else:
                self.chunks.append(message.get("body", b""))
                self.whole = not message.get("more_body", False)
        await self._send(message)


def _is_question(scope: Scope) -> bool:
    return bool(scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(f"{PREFIX}/"))


def _key(scope: MutableMapping[str, Any]) -> bytes:
    """Return a digest of all that a request says; every part is preceded by its length."""
    digest = sha256()
    parts = [scope["path"].encode(), scope["query_string"], scope["scheme"].encode()]
    for name, value in scope["headers"]:
        parts += (name, value)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.digest()


def _may_be_kept(message: Message) -> bool:
    control = b"".join(value for name, value in message["headers"] if name.lower() == b"cache-control")
    return bool(message["status"] == 200 and b"no-store" not in control)
