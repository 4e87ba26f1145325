"""The short way to a DICOMweb resource: gate, thread, answer.

A framework that reads types, forms and bodies for every request costs more than most answers here. A GET whose route
takes nothing but the request, the principal and parts of the path needs none of that, so it is called at once, with the
same gate and the same roles. What is refused or not known goes the framework's way and is answered there.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from inspect import signature
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from config.errors import OverreadError
from viewer_api.dicomweb.context import PREFIX, refusal
from worklist.access.gate import Gate
from worklist.models import Role
from worklist.room import ReadingRoom


class StraightWay:
    """ASGI middleware over the routes of the DICOMweb router."""

    def __init__(self, app: ASGIApp, room: ReadingRoom, routers: Sequence[APIRouter], roles: Sequence[Role]) -> None:
        self._app, self._gate, self._roles = app, Gate(room), frozenset(roles)
        routes = [route for router in routers for route in router.routes]
        self._routes = [route for route in routes if isinstance(route, APIRoute) and _is_plain(route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._way(scope)
        if way is not None:
            route, parameters = way
            request, principal = Request(scope, receive), None
            with suppress(OperationalError):
                principal = await self._gate.identify(request)
            if principal is not None and principal.role in self._roles:
                answer = await run_in_threadpool(_call, route.endpoint, request, principal, parameters)
                if answer is not None:
                    scope["route"] = route  # by which requests are counted
                    await answer(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _way(self, scope: Scope) -> tuple[APIRoute, dict[str, str]] | None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(f"{PREFIX}/"):
            return None
        for route in self._routes:
            if match := route.path_regex.match(scope["path"]):
                return route, match.groupdict()
        return None


def _is_plain(route: APIRoute) -> bool:
    """Say whether a route takes the request, the principal and strings of its path, and makes its answer itself."""
    if route.methods is None or "GET" not in route.methods or not route.path.startswith(f"{PREFIX}/"):
        return False
    taken, parts = set(signature(route.endpoint).parameters), set(route.param_convertors)
    return taken in ({"request", "principal", *parts}, {"request", "_principal", *parts})


def _call(
    endpoint: Callable[..., Any], request: Request, principal: Any, parameters: dict[str, str]
) -> Response | None:
    """Return the answer of a route, or None where the framework shall answer what went wrong."""
    try:
        answer: Response = endpoint(request, principal, **parameters)
    except OverreadError as error:
        return refusal(error)
    except OperationalError:
        return None  # a busy database: the framework's way asks again, and says 503 if it still is
    return answer
