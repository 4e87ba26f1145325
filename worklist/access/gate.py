"""The gate: every route names the roles it admits, and nobody else comes in.

A bearer token is asked for first; only a request without an Authorization header may use the log-in cookie, and then
must prove on unsafe methods that it is no forgery. What fails is 401 for nobody known, 403 for the wrong role.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from config.errors import Forbidden, Unauthenticated
from worklist.access.csrf import require_csrf_token
from worklist.access.log_ins import COOKIE, find_logged_in
from worklist.access.tokens import find_principal
from worklist.models import Role
from worklist.principal import Principal
from worklist.room import ReadingRoom

__all__ = ["Gate", "Principal"]

_BEARER = HTTPBearer(auto_error=False, description="A token of `overread token create`.")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="A reader's log-in on the pages.")

Dependency = Callable[..., Awaitable[Principal]]


class Gate:
    """Turns requests into principals."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room

    def requires(self, *roles: Role) -> Dependency:
        """Return a FastAPI dependency that admits the given roles and returns the principal.

        Raises (in the dependency):
            Unauthenticated: no token and no log-in, or one that is not valid.
            Forbidden: another role, or a forged request.
        """

        async def admit(
            request: Request,
            bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
            cookie: Annotated[str | None, Security(_COOKIE)],
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
        return await self._find(request, await _BEARER(request), await _COOKIE(request))

    async def _find(
        self, request: Request, bearer: HTTPAuthorizationCredentials | None, cookie: str | None
    ) -> Principal | None:
        if "Authorization" in request.headers:
            return await run_in_threadpool(self._by_token, bearer.credentials) if bearer else None
        return await run_in_threadpool(self._by_cookie, cookie) if cookie else None

    def _by_token(self, secret: str) -> Principal | None:
        with self._room.database.read() as session:
            return find_principal(session, secret)

    def _by_cookie(self, cookie: str) -> Principal | None:
        with self._room.database.read() as session:
            return find_logged_in(session, self._room.clock(), cookie)
