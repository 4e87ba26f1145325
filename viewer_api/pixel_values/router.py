"""Calibrated statistics of a region of a frame, for pages and integrators: `GET /pixel-values/...`.

A safe request with everything in its address: the answer belongs to the stored bytes and may be kept for ever.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from config.errors import Malformed
from viewer_api.dicomweb.caching import FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, DicomWebRoute
from viewer_api.dicomweb.frames import parse_frames
from viewer_api.dicomweb.locate import locate
from viewer_api.dicomweb.pictures_of import attributes_of
from viewer_api.errors import CannotRender
from viewer_api.pixel_values.shapes import parse_shape
from viewer_api.pixel_values.statistics import measure_region
from viewer_api.rendering.image import check_index
from worklist.principal import Principal

PREFIX = "/pixel-values"
VERSION = 1
"""Part of every entity tag: raised when the same pixels are measured differently."""

Box = Annotated[
    str | None, Query(max_length=200, description="left,top,right,bottom in pixels.", examples=["10,10,50,40"])
]
Way = Annotated[
    str | None, Query(max_length=20_000, description="x,y,x,y,... in pixels.", examples=["10,10,60,10,35,50"])
]
Unit = Annotated[
    Literal["auto", "stored", "HU", "SUVbw"], Query(description="Refused when the image does not allow it.")
]


def make_router(context: Context) -> APIRouter:
    """Return the one route of this service."""
    router = APIRouter(prefix=PREFIX, route_class=DicomWebRoute, tags=["pixel values"])
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/series/{series}/instances/{instance}/frames/{number}/statistics")
    def measure(
        request: Request,
        principal: Admitted,
        study: str,
        series: str,
        instance: str,
        number: str,
        rectangle: Box = None,
        ellipse: Box = None,
        polygon: Way = None,
        line: Way = None,
        unit: Unit = "auto",
    ) -> Response:
        """Measure one region of a frame, counted from 1: values with their unit, area and length with their caveat."""
        [found] = locate(context.room, study, series, instance)
        if not found.frames:
            raise CannotRender("the object has no pixel data")
        indices = parse_frames(number)
        if len(indices) > 1:
            raise Malformed("one frame is measured at a time")
        given = {"rectangle": rectangle, "ellipse": ellipse, "polygon": polygon, "line": line}
        shape = parse_shape({kind: text for kind, text in given.items() if text})
        context.looks.note(principal, "images-viewed", study)
        tag = make_tag("pixel-values", VERSION, found.blob, indices[0], shape, unit)
        if unchanged := not_modified(request, tag, FOREVER):
            return unchanged
        image = context.pictures.image(found.blob)
        check_index(image, indices[0])
        octets = context.pictures.octets(found.blob, indices[0])
        answer = measure_region(image, octets, indices[0], attributes_of(context, found), shape, unit)
        return JSONResponse(answer, headers=caching_headers(tag, FOREVER))

    return router
