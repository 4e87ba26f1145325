"""Every DICOMweb resource of the reading zone; the roles below may see all of them, nobody else any.

What is not served yet is listed too, and says so.
"""

from typing import Annotated

from fastapi import APIRouter, Depends

from config.errors import NotOffered
from viewer_api.dicomweb import bulkdata, frames, instances, metadata, qido, rendered
from viewer_api.dicomweb.context import PREFIX, Context, DicomWebRoute, make_context
from viewer_api.dicomweb.described import describe
from worklist.models import Role
from worklist.principal import Principal
from worklist.room import ReadingRoom

ROLES: tuple[Role, ...] = ("reader", "integrator", "coordinator", "admin")

_NOT_OFFERED = (
    ("POST", "/studies", "storing here is not offered: instances come in through /intake/dicom-web/studies"),
    ("POST", "/studies/{study}", "storing here is not offered: instances come in through /intake/dicom-web/studies"),
    ("GET", "/workitems", "UPS-RS is not offered by this version; the worklist is at /api/worklist"),
    ("GET", "/workitems/{workitem}", "UPS-RS is not offered by this version; the worklist is at /api/worklist"),
    ("POST", "/workitems", "UPS-RS is not offered by this version; the worklist is at /api/worklist"),
)


def make_router(room: ReadingRoom, context: Context | None = None) -> APIRouter:
    """Return the routes below /dicom-web for one reading room; `context` when others share its pictures."""
    router = APIRouter(prefix=PREFIX, route_class=DicomWebRoute, tags=["DICOMweb"])
    context = context or make_context(room, *ROLES)
    for part in (qido, metadata, instances, frames, rendered, bulkdata):
        part.add_routes(router, context)
    describe(router)
    for method, path, reason in _NOT_OFFERED:
        _refuse(router, context, method, path, reason)
    return router


def _refuse(router: APIRouter, context: Context, method: str, path: str, reason: str) -> None:
    @router.api_route(path, methods=[method], status_code=501, include_in_schema=False)
    def not_offered(_principal: Annotated[Principal, Depends(context.admit)]) -> None:
        raise NotOffered(reason)
