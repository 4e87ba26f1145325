"""Every error of the HTTP door as one table, answered in application/problem+json (RFC 9457).

An error answers by its class or the nearest class above it. Messages of our own errors are shown, since the error tree
promises that they bear no identity; of any other exception nothing is shown, and only its class and place are logged.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.errors import (
    Conflict,
    Forbidden,
    Malformed,
    Misconfigured,
    NotFound,
    NotOffered,
    OurFault,
    OverreadError,
    Refused,
    SenderFault,
    StorageFull,
    TooLarge,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from config.log import describe, get_log
from worklist.access.throttle import WINDOW, Throttled

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[OverreadError], HTTPStatus] = {
    SenderFault: HTTPStatus.BAD_REQUEST,
    Malformed: HTTPStatus.BAD_REQUEST,
    Refused: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    TooLarge: HTTPStatus(413),
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    NotOffered: HTTPStatus.NOT_IMPLEMENTED,
    OurFault: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Misconfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
}

HEADERS: Mapping[type[OverreadError], Mapping[str, str]] = {
    Unauthenticated: {"WWW-Authenticate": "Bearer"},
    Throttled: {"Retry-After": str(int(WINDOW.total_seconds()))},
    TooSlow: {"Connection": "close"},
    Unavailable: {"Retry-After": "5"},
}

_HARMLESS_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def install_problem_handlers(app: FastAPI) -> None:
    """Make an app answer every error as a problem; call it once, after other middleware was added."""
    app.add_exception_handler(OverreadError, _own_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(OperationalError, _database_busy)
    app.add_middleware(_LastResort)


def problem(
    status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> JSONResponse:
    """Return a problem answer; `members` are extension members (RFC 9457 section 3.2)."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **members}
    return JSONResponse(body, status.value, dict(headers or {}), MEDIA_TYPE)


def status_of(error: type[OverreadError]) -> HTTPStatus:
    """Return the status by which the HTTP door answers a class of errors."""
    return next((STATUS[cls] for cls in error.__mro__ if cls in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)


def _own_error(request: Request, error: Exception) -> JSONResponse:
    kind = type(error)
    status = status_of(kind) if issubclass(kind, OverreadError) else HTTPStatus.INTERNAL_SERVER_ERROR
    if not isinstance(error, SenderFault):
        _log_failure(request.scope, error, status)
    headers = next((HEADERS[cls] for cls in kind.__mro__ if cls in HEADERS), None)
    return problem(status, str(error), headers)


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"where": _where(e["loc"]), "problem": _words(e)} for e in found]
    detail = "; ".join(f"{e['where']}: {e['problem']}" for e in errors[:3]) or "the request cannot be read"
    return problem(HTTPStatus(422), detail, errors=errors)


def _http_exception(_request: Request, error: Exception) -> JSONResponse:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, status.description or status.phrase, headers)


def _database_busy(request: Request, error: Exception) -> JSONResponse:
    _log_failure(request.scope, error, HTTPStatus.SERVICE_UNAVAILABLE)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer; try again", HEADERS[Unavailable])


def _where(location: tuple[Any, ...]) -> str:
    return ".".join(part if _HARMLESS_KEY.fullmatch(part) else "?" for part in map(str, location))


def _words(error: Mapping[str, Any]) -> str:
    """Return the message of a validation error; those that can quote the input are replaced by their kind."""
    quoting = error["type"] in {"value_error", "assertion_error"} or error["type"].endswith("_parsing")
    return str(error["type"]).replace("_", " ") if quoting else str(error["msg"])


def _log_failure(scope: Scope, error: BaseException, status: HTTPStatus) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    get_log().error(
        "request failed", method=scope.get("method"), route=route, http_status=status.value, **describe(error)
    )


class _LastResort:
    """Answers what nobody else caught, so that no traceback with values in it reaches the server's own log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the outermost edge of the HTTP door
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            _log_failure(scope, error, status)
            if not started:  # otherwise returning without an end makes the server close the connection
                await problem(status, "the node failed; the log says where")(scope, receive, send)
