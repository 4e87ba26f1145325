"""Rendered resources and thumbnails: JPEG or PNG of a frame (PS3.18 sections 10.4.1.1.3 and 10.4.1.1.4).

An address above one frame (an instance of several, a series, a study) is answered with one picture that stands for it,
and `Content-Location` says which frame that is.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from config.errors import Malformed
from viewer_api.dicomweb.accept import Offer, negotiate, parse_accept
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, RENDERING_VERSION, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.frames import parse_frames
from viewer_api.dicomweb.locate import Located, locate, representative
from viewer_api.dicomweb.picture_parameters import THUMBNAIL, parse_picture_parameters
from viewer_api.errors import CannotRender
from viewer_api.rendering.encode import JPEG, PNG
from worklist.principal import Principal

_OFFERS = (Offer(JPEG), Offer(PNG))
_INSTANCE = "/studies/{study}/series/{series}/instances/{instance}"


def add_routes(router: APIRouter, context: Context) -> None:
    """Add `rendered` and `thumbnail` to studies, series, instances and frames."""
    for kind in ("rendered", "thumbnail"):
        _add_kind(router, context, kind)


def _add_kind(router: APIRouter, context: Context, kind: str) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get(f"/studies/{{study}}/{kind}", name=f"study {kind}")
    def of_study(request: Request, principal: Admitted, study: str) -> Response:
        """Return one picture that stands for a study: the middle image of its largest series."""
        found = representative(locate(context.room, study))
        return _answer(context, request, principal, found, kind, control=ASK_AGAIN)

    @router.get(f"/studies/{{study}}/series/{{series}}/{kind}", name=f"series {kind}")
    def of_series(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Return one picture that stands for a series: its middle image."""
        found = representative(locate(context.room, study, series))
        return _answer(context, request, principal, found, kind, control=ASK_AGAIN)

    @router.get(f"{_INSTANCE}/{kind}", name=f"instance {kind}")
    def of_instance(request: Request, principal: Admitted, study: str, series: str, instance: str) -> Response:
        """Return a picture of an instance; of several frames the middle one."""
        [found] = locate(context.room, study, series, instance)
        return _answer(context, request, principal, found, kind)

    @router.get(f"{_INSTANCE}/frames/{{number}}/{kind}", name=f"frame {kind}")
    def of_frame(
        request: Request, principal: Admitted, study: str, series: str, instance: str, number: str
    ) -> Response:
        """Return a picture of a frame, counted from 1."""
        [found] = locate(context.room, study, series, instance)
        indices = parse_frames(number)
        if len(indices) > 1:
            raise Malformed("one frame is rendered at a time")
        return _answer(context, request, principal, found, kind, index=indices[0])


def _answer(
    context: Context,
    request: Request,
    principal: Principal,
    found: Located,
    kind: str,
    *,
    index: int | None = None,
    control: str = FOREVER,
) -> Response:
    if not found.frames:
        raise CannotRender("the object has no pixel data")
    parameters = request.query_params
    offer = negotiate(parse_accept(request.headers.get("Accept"), parameters.get("accept")), _OFFERS)
    wanted = replace(parse_picture_parameters(parameters.multi_items()), media_type=offer.media_type)
    if kind == "thumbnail" and wanted.viewport is None:
        wanted = replace(wanted, viewport=THUMBNAIL)
    shown = found.frames // 2 if index is None else index
    context.looks.note(principal, "images-viewed", found.study_uid)
    tag = make_tag(RENDERING_VERSION, found.blob, shown, wanted)
    if unchanged := not_modified(request, tag, control):
        return unchanged
    picture = context.pictures.picture(found.blob, shown, wanted)
    headers = caching_headers(tag, control)
    headers["Content-Location"] = f"{service_root(request)}/{found.path}/frames/{shown + 1}/{kind}"
    return Response(picture, media_type=offer.media_type, headers=headers)
