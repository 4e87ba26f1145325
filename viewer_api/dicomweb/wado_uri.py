"""WADO-URI: one object by query parameters, for viewers older than DICOMweb (PS3.18 clause 9).

`contentType` and the Accept header name what is acceptable; without either a single frame comes as JPEG and anything
else as DICOM, which is the default of section 9.1. Published objects are de-identified already, so `anonymize=yes`
changes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom.uid import ExplicitVRLittleEndian

from config.errors import Malformed, NotFound, NotOffered
from viewer_api.dicomweb.accept import Offer, negotiate, parse_accept
from viewer_api.dicomweb.caching import FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, DicomWebRoute
from viewer_api.dicomweb.described import describe
from viewer_api.dicomweb.instances import DICOM, can_be_made, serve_instance
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.picture_parameters import PictureWish, parse_picture_parameters
from viewer_api.dicomweb.pictures_of import make_picture
from viewer_api.errors import NotAcceptable
from viewer_api.rendering.encode import JPEG, PNG
from viewer_api.rendering.geometry import MAXIMUM_SIDE, Region, Viewport
from viewer_api.rendering.version import RENDERING_VERSION
from worklist.principal import Principal

_PICTURES = (Offer(JPEG), Offer(PNG), Offer("image/gif"))
_NOT_OFFERED = ("presentationUID", "presentationSeriesUID")
_KNOWN = frozenset(
    {
        "requestType", "studyUID", "seriesUID", "objectUID", "contentType", "charset", "anonymize", "annotation",
        "rows", "columns", "region", "windowCenter", "windowWidth", "frameNumber", "imageQuality", "transferSyntax",
        "accept",
    }
)  # fmt: skip


def make_router(context: Context) -> APIRouter:
    """Return the one route of this service, at /wado."""
    router = APIRouter(route_class=DicomWebRoute, tags=["DICOMweb"])
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/wado")
    def retrieve_by_query(request: Request, principal: Admitted) -> Response:
        """Return one object, or the picture of one of its frames."""
        return _answer(context, request, principal, _given(request))

    describe(router)
    return router


def _given(request: Request) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in _NOT_OFFERED:
            raise NotOffered("presentation states are not published, so that none can be applied")
        if name not in _KNOWN:
            raise Malformed("the request holds a parameter that WADO-URI does not know")
        if name in given:
            raise Malformed(f"{name} is given more than once")
        given[name] = value
    if given.get("requestType") != "WADO":
        raise Malformed("requestType is WADO")
    return given


def _answer(context: Context, request: Request, principal: Principal, given: Mapping[str, str]) -> Response:
    study, series, instance = (given.get(name, "") for name in ("studyUID", "seriesUID", "objectUID"))
    if not (study and series and instance):
        raise Malformed("studyUID, seriesUID and objectUID name what is wanted")
    [found] = locate(context.room, study, series, instance)
    pictures = _PICTURES if found.frames else ()
    single = found.frames == 1 or "frameNumber" in given
    offers = (*pictures, Offer(DICOM)) if single and pictures else (Offer(DICOM), *pictures)
    accept = given.get("contentType") or given.get("accept") or request.headers.get("Accept")
    offer = negotiate(parse_accept(accept), offers)
    context.looks.note(principal, "images-viewed", found.study_uid)
    if offer.media_type == DICOM:
        return _object(context, request, found, given)
    return _picture(context, request, found, offer, given)


def _object(context: Context, request: Request, found: Located, given: Mapping[str, str]) -> Response:
    if "frameNumber" in given:
        raise Malformed("frameNumber asks for a picture: contentType names none")
    syntax = given.get("transferSyntax") or str(ExplicitVRLittleEndian)
    if not can_be_made(found, syntax):
        if "transferSyntax" in given:
            raise NotAcceptable("the object is not stored in that transfer syntax and cannot be rewritten in it")
        return serve_instance(context, request, found, None)
    return serve_instance(context, request, found, syntax)


def _picture(context: Context, request: Request, found: Located, offer: Offer, given: Mapping[str, str]) -> Response:
    number = given.get("frameNumber", str(found.frames // 2 + 1))
    if not number.isdecimal() or len(number) > 8 or int(number) < 1:
        raise Malformed("frameNumber is a whole number from 1")
    if int(number) > found.frames:
        raise NotFound("the instance has no such frame")
    wish = _wish(context, found, given)
    wish = replace(wish, preview=replace(wish.preview, media_type=offer.media_type))
    tag = make_tag(RENDERING_VERSION, "wado-uri", found.blob, number, wish)
    if unchanged := not_modified(request, tag, FOREVER):
        return unchanged
    picture = make_picture(context, found, int(number) - 1, wish)
    return Response(picture, media_type=offer.media_type, headers=caching_headers(tag, FOREVER))


def _wish(context: Context, found: Located, given: Mapping[str, str]) -> PictureWish:
    """Return the parameters of clause 9 in the words of clause 8."""
    window = [given[name] for name in ("windowCenter", "windowWidth") if given.get(name)]
    if len(window) == 1:
        raise Malformed("windowCenter and windowWidth come together")
    parameters = {
        "window": ",".join(window),
        "quality": given.get("imageQuality", ""),
        "annotation": given.get("annotation", ""),
        "charset": given.get("charset", ""),
    }
    wish = parse_picture_parameters(parameters.items())
    if not any(given.get(name) for name in ("rows", "columns", "region")):
        return wish
    return replace(wish, preview=replace(wish.preview, viewport=_viewport(context, found, given)))


def _viewport(context: Context, found: Located, given: Mapping[str, str]) -> Viewport:
    """Return the box of `rows` and `columns`, and the `region`, which is given in parts of the image (9.1.2.2.4)."""
    format_ = context.pictures.image(found.blob).format
    region = _region(given["region"], format_.columns, format_.rows) if given.get("region") else None
    natural = (region.width, region.height) if region else (format_.columns, format_.rows)
    box = [_whole(given[name], name) if given.get(name) else 0 for name in ("columns", "rows")]
    if not any(box):
        box = list(natural)
    return Viewport(box[0] or MAXIMUM_SIDE // 2, box[1] or MAXIMUM_SIDE // 2, region)


def _region(text: str, columns: int, rows: int) -> Region:
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
    except ValueError:
        raise Malformed("region is written as left,top,right,bottom in parts of the image from 0.0 to 1.0") from None
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise Malformed("region is written as left,top,right,bottom in parts of the image from 0.0 to 1.0")
    x, y = min(int(left * columns), columns - 1), min(int(top * rows), rows - 1)
    return Region(x, y, max(1, round(right * columns) - x), max(1, round(bottom * rows) - y))


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= MAXIMUM_SIDE:
        raise Malformed(f"{name} is a whole number from 1 to {MAXIMUM_SIDE}")
    return int(text)
