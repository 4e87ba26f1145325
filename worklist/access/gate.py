"""The gate: every route names the roles it admits, and nobody else comes in.

A bearer token is asked for first; only a request without an Authorization header may use the log-in cookie, and then
must prove on unsafe methods that it is no forgery. What fails is 401 for nobody known, 403 for the wrong role.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from config.errors import Forbidden, Unauthenticated
from config.unchanged import WhileUnchanged
from worklist.access.csrf import require_csrf_token
from worklist.access.log_ins import COOKIE, find_logged_in
from worklist.access.tokens import find_principal
from worklist.models import Role
from worklist.principal import Principal
from worklist.room import ReadingRoom

__all__ = ["Gate", "Principal"]

FindByCookie = Callable[[str], Principal | None]
_BEARER = HTTPBearer(auto_error=False, description="A token of `overread token create`.")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="A reader's log-in on the pages.")
_LAG_SECONDS = 5.0  # a log-in may last so much longer than it should; a token or log-in that is ended ends at once

Dependency = Callable[..., Awaitable[Principal]]


class Gate:
    """Turns requests into principals."""

    def __init__(
        self, room: ReadingRoom, *, cookie: APIKeyCookie = _COOKIE, find_by_cookie: FindByCookie | None = None
    ) -> None:
        """Take readers' log-ins, or those of another kind of people by a cookie of their own."""
        self._room = room
        self._cookie = cookie
        self._find_by_cookie = find_by_cookie or self._logged_in_reader
        self._readers_only = find_by_cookie is None
        self._known: WhileUnchanged[bytes, Principal] = WhileUnchanged(room.database, room.clock, seconds=_LAG_SECONDS)

    def requires(self, *roles: Role) -> Dependency:
        """Return a FastAPI dependency that admits the given roles and returns the principal.

        Raises (in the dependency):
            Unauthenticated: no token and no log-in, or one that is not valid.
            Forbidden: another role, or a forged request.
        """

        scheme = self._cookie

        async def admit(
            request: Request,
            bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
            cookie: Annotated[str | None, Security(scheme)],
        ) -> Principal:
            principal = await self._find(request, bearer, cookie)
            if principal is None:
                raise Unauthenticated("this needs a valid token or log-in")
            if principal.role not in roles:
                raise Forbidden(f"the role {principal.role} may not do this")
            await require_csrf_token(request, principal)
            return principal

        return admit

    async def identify(self, request: Request) -> Principal | None:
        """Return who asks, or None; a FastAPI dependency for pages that send strangers to the log-in.

        It checks no role and no forgery: a route that uses it must not change anything.
        """
        return await self._find(request, await _BEARER(request), await self._cookie(request))

    async def _find(
        self, request: Request, bearer: HTTPAuthorizationCredentials | None, cookie: str | None
    ) -> Principal | None:
        if "Authorization" in request.headers:
            return await self._remember(self._by_token, b"token", bearer.credentials) if bearer else None
        if not cookie:
            return None
        if not self._readers_only:
            return await run_in_threadpool(self._find_by_cookie, cookie)
        return await self._remember(self._find_by_cookie, b"cookie", cookie)

    async def _remember(self, find: FindByCookie, kind: bytes, secret: str) -> Principal | None:
        """Return who a secret stands for; somebody found is asked for again when the database has changed."""
        key = sha256(kind + secret.encode("utf-8", "surrogateescape")).digest()
        known, stamp = self._known.find(key)
        if known is not None:
            return known
        found = await run_in_threadpool(find, secret)
        if found is not None:
            self._known.keep(key, found, stamp)
        return found

    def _by_token(self, secret: str) -> Principal | None:
        with self._room.database.read() as session:
            return find_principal(session, secret)

    def _logged_in_reader(self, cookie: str) -> Principal | None:
        with self._room.database.read() as session:
            return find_logged_in(session, self._room.clock(), cookie)
