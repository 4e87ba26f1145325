"""What every DICOMweb route is handed, and how a route answers an error that only this room knows."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from viewer_api.dicomweb.looks import Looks
from viewer_api.errors import CannotRender, NotAcceptable
from viewer_api.least_recent import LeastRecent
from viewer_api.pictures import Pictures
from worklist.access.gate import Dependency, Gate
from worklist.models import Role
from worklist.problems import problem
from worklist.room import ReadingRoom

PREFIX = "/dicom-web"
KEPT_HEADERS = 32 << 20


@dataclass(frozen=True)
class Context:
    """The reading room, its pictures, who is admitted, where looks are noted, and metadata by its entity tag."""

    room: ReadingRoom
    pictures: Pictures
    admit: Dependency
    looks: Looks
    headers: LeastRecent[str, bytes]


def make_context(room: ReadingRoom, *roles: Role) -> Context:
    """Return the context of one reading room that admits the given roles."""
    return Context(room, Pictures(room.published), Gate(room).requires(*roles), Looks(room), LeastRecent(KEPT_HEADERS))


class DicomWebRoute(APIRoute):
    """A route that answers 406 to what cannot be served as asked and 422 to pixels that cannot be shown faithfully."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except NotAcceptable as error:
                return problem(HTTPStatus.NOT_ACCEPTABLE, str(error))
            except CannotRender as error:
                return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

        return answer


def service_root(request: Request) -> str:
    """Return the address of the DICOMweb service as the client reached it."""
    return str(request.base_url).rstrip("/") + PREFIX
