"""What members see without knowing DICOM: an overview as JSON, a contact sheet, strips, cines and key images.

The addresses are stable. Each look is noted like any other.
"""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from viewer_api.dicomweb.context import Context, DicomWebRoute
from viewer_api.finishing.cine import WEBP
from viewer_api.previews.answers import (
    CINES,
    STILLS,
    Accept,
    CineSize,
    Columns,
    Frames,
    Images,
    Previews,
    TileSize,
    Version,
)
from viewer_api.previews.compose import (
    SHEET_ENCODERS,
    draw_contact_sheet,
    draw_key_images,
    draw_strip,
    heading,
    make_cine,
)
from viewer_api.previews.selection import key_images, series_of, version_of
from worklist.principal import Principal

PREFIX = "/previews"
_STILL: dict[int | str, dict[str, Any]] = {200: {"content": {media_type: {} for media_type in SHEET_ENCODERS}}}
_MOVING: dict[int | str, dict[str, Any]] = {200: {"content": {"image/gif": {}, WEBP: {}, "image/png": {}}}}


def make_router(context: Context, previews: Previews) -> APIRouter:
    """Return the routes below /previews."""
    router = APIRouter(prefix=PREFIX, route_class=DicomWebRoute, tags=["previews"])
    _add_overview(router, context)
    _add_sheets(router, context, previews)
    _add_cine(router, context, previews)
    return router


def _add_overview(router: APIRouter, context: Context) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}")
    def show_overview(principal: Admitted, study: str) -> dict[str, Any]:
        """List the series of a study that have images, with the addresses of their previews."""
        views = series_of(context.room, study)
        context.looks.note(principal, "metadata-viewed", study)
        base = f"{PREFIX}/studies/{quote(study)}"
        return {
            "study_uid": study,
            "contact_sheet": f"{base}/contact-sheet?v={version_of(views)}",
            "series": [
                {
                    "series_uid": view.series_uid,
                    "number": view.number,
                    "modality": view.modality,
                    "description": view.description,
                    "images": view.frames,
                    "strip": f"{base}/series/{view.series_uid}/strip?v={view.version}",
                    "cine": f"{base}/series/{view.series_uid}/cine?v={view.version}" if view.frames > 1 else None,
                }
                for view in views
            ],
        }


def _add_sheets(router: APIRouter, context: Context, previews: Previews) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/contact-sheet", response_class=Response, responses=_STILL)
    def show_contact_sheet(
        request: Request,
        principal: Admitted,
        study: str,
        tile: TileSize = 160,
        columns: Columns = 6,
        accept: Accept = None,
        v: Version = None,
    ) -> Response:
        """Show a whole study at a glance: a line of images for each series."""
        views = series_of(context.room, study)
        context.looks.note(principal, "images-viewed", study)

        def draw(media_type: str) -> bytes:
            return SHEET_ENCODERS[media_type](
                draw_contact_sheet(context, views, tile=tile, columns=columns, named=True)
            )

        return previews.answer(request, STILLS, version_of(views), ("sheet", tile, columns), draw)

    @router.get("/studies/{study}/series/{series}/strip", response_class=Response, responses=_STILL)
    def show_strip(
        request: Request,
        principal: Admitted,
        study: str,
        series: str,
        tile: TileSize = 192,
        images: Images = 8,
        accept: Accept = None,
        v: Version = None,
    ) -> Response:
        """Show a series as one line of images, spread evenly over it."""
        [view] = series_of(context.room, study, series)
        context.looks.note(principal, "images-viewed", study)

        def draw(media_type: str) -> bytes:
            return SHEET_ENCODERS[media_type](
                draw_strip(context, view, tile=tile, images=images, words=heading(view, 1, named=True))
            )

        return previews.answer(request, STILLS, view.version, ("strip", tile, images), draw)

    @router.get("/reads/{read}/key-images", response_class=Response, responses=_STILL)
    def show_key_images(
        request: Request,
        principal: Admitted,
        read: str,
        tile: TileSize = 384,
        columns: Columns = 3,
        accept: Accept = None,
    ) -> Response:
        """Show the images that the reader of a signed read marked, in the reader's order."""
        study, shots = key_images(context.room, read)
        context.looks.note(principal, "images-viewed", study)

        def draw(media_type: str) -> bytes:
            return SHEET_ENCODERS[media_type](draw_key_images(context, shots, tile=tile, columns=columns))

        places = [f"{shot.found.blob} {shot.frame}" for shot in shots]
        return previews.answer(request, STILLS, " ".join(places), ("key", tile, columns), draw)


def _add_cine(router: APIRouter, context: Context, previews: Previews) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/series/{series}/cine", response_class=Response, responses=_MOVING)
    def show_cine(
        request: Request,
        principal: Admitted,
        study: str,
        series: str,
        size: CineSize = 256,
        frames: Frames = 60,
        accept: Accept = None,
        v: Version = None,
    ) -> Response:
        """Show a series as an animation: GIF, animated WebP or APNG, as the client prefers."""
        [view] = series_of(context.room, study, series)
        context.looks.note(principal, "images-viewed", study)

        def draw(media_type: str) -> bytes:
            return make_cine(context, view, media_type, size=size, frames=frames)

        return previews.answer(request, CINES, view.version, ("cine", size, frames), draw)
