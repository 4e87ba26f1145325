"""Every route of this package, over one context: they share the pictures that are kept."""

from fastapi import APIRouter

from viewer_api import dicomweb
from viewer_api.dicomweb import wado_uri
from viewer_api.dicomweb.context import make_context
from viewer_api.dicomweb.router import ROLES
from viewer_api.least_recent import LeastRecent
from viewer_api.pixel_values import router as pixel_values
from viewer_api.previews import router as previews
from viewer_api.previews import shared
from viewer_api.previews.answers import KEPT_BYTES, Previews
from worklist.room import ReadingRoom


def make_routers(room: ReadingRoom) -> tuple[APIRouter, ...]:
    """Return the routers of DICOMweb, WADO-URI, the previews and the pixel values, DICOMweb's first."""
    context, kept = make_context(room, *ROLES), Previews(LeastRecent(KEPT_BYTES))
    return (
        dicomweb.make_router(room, context),
        wado_uri.make_router(context),
        previews.make_router(context, kept),
        shared.make_router(context, kept),
        pixel_values.make_router(context),
    )
