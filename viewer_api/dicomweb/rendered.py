"""Rendered resources and thumbnails (PS3.18 sections 10.4.1.1.3 and 10.4.1.1.4, table 8.7.4-1).

Addressed by frame or instance, an answer is one picture of what is addressed and never changes: it may be kept for
ever. As GIF an instance of several frames is an animation of them all. Addressed by series or study, one picture of the
middle of it stands for the whole, or, as multipart, every instance comes with a picture of its own; which ones changes
as instances arrive.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from PIL import Image

from config.errors import Malformed, NotFound
from viewer_api.dicomweb.accept import MediaRange, Offer, accepted, negotiate
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.frames import parse_frames
from viewer_api.dicomweb.locate import Located, locate, representative
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
from viewer_api.dicomweb.picture_parameters import THUMBNAIL, PictureWish, parse_picture_parameters
from viewer_api.dicomweb.pictures_of import attributes_of, finished, make_picture
from viewer_api.errors import CannotRender, NotAcceptable
from viewer_api.finishing.cine import GIF, check_size, encode_cine, frame_milliseconds
from viewer_api.rendering.encode import JPEG, PNG
from viewer_api.rendering.version import RENDERING_VERSION
from worklist.principal import Principal

OFFERS = (Offer(JPEG), Offer(PNG), Offer(GIF))
IN_PARTS = (Offer(JPEG, multipart=True), Offer(PNG, multipart=True))
_INSTANCE = "/studies/{study}/series/{series}/instances/{instance}"


def add_routes(router: APIRouter, context: Context) -> None:
    """Add `rendered` and `thumbnail` to studies, series, instances and frames."""
    for kind in ("rendered", "thumbnail"):
        _add_kind(router, context, kind)


def _add_kind(router: APIRouter, context: Context, kind: str) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get(f"/studies/{{study}}/{kind}", name=f"study {kind}")
    def of_study(request: Request, principal: Admitted, study: str) -> Response:
        """Return one picture that stands for a study, the middle image of its largest series; in parts one of each."""
        return _answer_many(context, request, principal, locate(context.room, study), kind)

    @router.get(f"/studies/{{study}}/series/{{series}}/{kind}", name=f"series {kind}")
    def of_series(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Return one picture that stands for a series, its middle image; in parts one of each."""
        return _answer_many(context, request, principal, locate(context.room, study, series), kind)

    @router.get(f"{_INSTANCE}/{kind}", name=f"instance {kind}")
    def of_instance(request: Request, principal: Admitted, study: str, series: str, instance: str) -> Response:
        """Return a picture of an instance; of several frames the middle one, as GIF all of them."""
        [found] = locate(context.room, study, series, instance)
        frames = range(found.frames) if kind == "rendered" else [found.frames // 2]
        return _answer(context, request, principal, found, kind, frames, middle=True)

    @router.get(f"{_INSTANCE}/frames/{{number}}/{kind}", name=f"frame {kind}")
    def of_frame(
        request: Request, principal: Admitted, study: str, series: str, instance: str, number: str
    ) -> Response:
        """Return a picture of a frame, counted from 1; of several in parts, or as GIF."""
        [found] = locate(context.room, study, series, instance)
        return _answer(context, request, principal, found, kind, parse_frames(number), middle=False)


def _answer(
    context: Context,
    request: Request,
    principal: Principal,
    found: Located,
    kind: str,
    frames: Sequence[int],
    *,
    middle: bool,
    control: str = FOREVER,
) -> Response:
    """Answer with pictures of frames of one instance; `middle` lets one of them stand for all."""
    if not found.frames:
        raise CannotRender("the object has no pixel data")
    alone = OFFERS if middle or len(frames) == 1 else (Offer(GIF),)
    offer, wish = _wish(request, kind, (*alone, *IN_PARTS))
    if (frames[-1] if isinstance(frames, range) else max(frames)) >= found.frames:
        raise NotFound("the instance has no such frame")
    context.looks.note(principal, "images-viewed", found.study_uid)
    animated = offer.media_type == GIF and len(frames) > 1
    shown = frames if animated or offer.multipart else [frames[len(frames) // 2]]
    tag = make_tag(RENDERING_VERSION, found.blob, shown, offer, wish)
    if unchanged := not_modified(request, tag, control):
        return unchanged
    headers = caching_headers(tag, control) | _warning(wish)
    root = f"{service_root(request)}/{found.path}/frames"
    if offer.multipart:
        pictures = (make_picture(context, found, index, wish) for index in shown)
        places = (f"{root}/{index + 1}/{kind}" for index in shown)
        parts = (Part(offer.media_type, [one], place) for one, place in zip(pictures, places, strict=True))
        return stream_parts(offer.media_type, begun(parts), headers)
    if animated:
        return Response(_animation(context, found, shown, wish), media_type=GIF, headers=headers)
    context.ahead.note(principal, found, shown[0], wish, lambda one, index: make_picture(context, one, index, wish))
    headers["Content-Location"] = f"{root}/{shown[0] + 1}/{kind}"
    return Response(make_picture(context, found, shown[0], wish), media_type=offer.media_type, headers=headers)


def _answer_many(context: Context, request: Request, principal: Principal, found: list[Located], kind: str) -> Response:
    """Answer with the picture that stands for several instances, or in parts with one of each that has pixels."""
    offer, wish = _wish(request, kind, (*OFFERS, *IN_PARTS))
    if not offer.multipart:
        chosen = representative(found)
        frames = [chosen.frames // 2]
        return _answer(context, request, principal, chosen, kind, frames, middle=True, control=ASK_AGAIN)
    images = [one for one in found if one.frames]
    representative(images)
    context.looks.note(principal, "images-viewed", found[0].study_uid)
    tag = make_tag(RENDERING_VERSION, *(one.blob for one in images), offer, wish)
    if unchanged := not_modified(request, tag, ASK_AGAIN):
        return unchanged
    parts = begun(_one_of_each(context, service_root(request), images, wish, kind))
    return stream_parts(offer.media_type, parts, caching_headers(tag, ASK_AGAIN) | _warning(wish))


def _warning(wish: PictureWish) -> dict[str, str]:
    """Return the header that names annotations which were asked for and are not drawn (PS3.18 section 8.3.5.1.1)."""
    if not wish.ignored:
        return {}
    return {"Warning": f'299 overread "The following annotation values are not supported: {", ".join(wish.ignored)}"'}


def _one_of_each(
    context: Context, root: str, images: Sequence[Located], wish: PictureWish, kind: str
) -> Iterator[Part]:
    for one in images:
        index = one.frames // 2
        picture = make_picture(context, one, index, wish)
        yield Part(wish.preview.media_type, [picture], f"{root}/{one.path}/frames/{index + 1}/{kind}")


def _wish(request: Request, kind: str, offers: Sequence[Offer]) -> tuple[Offer, PictureWish]:
    parameters = request.query_params
    ranges = accepted(request)
    offer = _negotiate(ranges, offers)
    wish = parse_picture_parameters(parameters.multi_items())
    preview = replace(wish.preview, media_type=offer.media_type)
    if kind == "thumbnail":
        if preview.viewport is not None and preview.viewport.region is not None:
            raise Malformed("the viewport of a thumbnail has no source region")
        preview = replace(preview, viewport=preview.viewport or THUMBNAIL)
    if wish.profile and offer.media_type == GIF:
        raise Malformed("a GIF holds no colour profile")
    return offer, replace(wish, preview=preview)


def _negotiate(ranges: Sequence[MediaRange], offers: Sequence[Offer]) -> Offer:
    try:
        return negotiate(ranges, offers)
    except NotAcceptable as error:
        if any(one.media_type.startswith("video/") for one in ranges):
            raise NotAcceptable(f"this node has no encoder for video: {error}") from None
        raise


def _animation(context: Context, found: Located, frames: Sequence[int], wish: PictureWish) -> bytes:
    first = finished(context, found, frames[0], wish)
    check_size(len(frames), first.size)

    def pictures() -> Iterator[Image.Image]:
        yield first
        for index in frames[1:]:
            yield finished(context, found, index, wish)

    return encode_cine(pictures(), GIF, frame_milliseconds(attributes_of(context, found)))
