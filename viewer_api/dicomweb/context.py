"""What every DICOMweb route is handed, and how a route answers an error that only this room knows."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from config.errors import OverreadError
from viewer_api.dicomweb.ahead import Ahead
from viewer_api.dicomweb.looks import Looks
from viewer_api.errors import CannotMeasure, CannotRender, NotAcceptable, RangeNotSatisfiable, TooOften
from viewer_api.made import open_made
from viewer_api.pictures import Pictures
from worklist.access.gate import Dependency, Gate
from worklist.models import Role
from worklist.problems import problem
from worklist.room import ReadingRoom

PREFIX = "/dicom-web"


@dataclass(frozen=True)
class Context:
    """The reading room, its pictures, who is admitted, where looks are noted, and what is made ahead of readers."""

    room: ReadingRoom
    pictures: Pictures
    admit: Dependency
    looks: Looks
    ahead: Ahead


def make_context(room: ReadingRoom, *roles: Role) -> Context:
    """Return the context of one reading room that admits the given roles."""
    pictures = Pictures(room.published, open_made(room.settings))
    return Context(room, pictures, Gate(room).requires(*roles), Looks(room), Ahead(room, lambda: pictures.idle))


def refusal(error: OverreadError) -> Response | None:
    """Return the answer to an error that only this room knows, None for any other."""
    if isinstance(error, NotAcceptable):
        return problem(HTTPStatus.NOT_ACCEPTABLE, str(error))
    if isinstance(error, CannotRender | CannotMeasure):
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    if isinstance(error, RangeNotSatisfiable):
        headers = {"Content-Range": f"bytes */{error.length}"}
        return problem(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, str(error), headers)
    if isinstance(error, TooOften):
        return problem(HTTPStatus.TOO_MANY_REQUESTS, str(error), {"Retry-After": str(error.seconds)})
    return None


class DicomWebRoute(APIRoute):
    """A route that answers 406 to what cannot be served as asked and 422 to pixels that cannot be shown faithfully."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except OverreadError as error:
                if (refused := refusal(error)) is None:
                    raise
                return refused

        return answer


def service_root(request: Request) -> str:
    """Return the address of the DICOMweb service as the client reached it."""
    return str(request.base_url).rstrip("/") + PREFIX
