"""WADO-RS bulk data: the values that the metadata only points to (PS3.18 sections 10.4.1.1.5 and 10.4.1.1.6).

Pixel data comes decoded: in parts a part for each frame, alone all frames after each other. Other values are in little
endian. Alone any range of bytes can be had, and of pixel data only the frames in it are decoded. `bulkdata` of an
instance, a series or a study is everything its metadata points to; `pixeldata` the pixels alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from sqlalchemy import select

from config.errors import NotFound
from viewer_api.dicomweb.accept import Offer, accepted, negotiate
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.frames import OCTETS
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
from viewer_api.dicomweb.ranges import serve_bytes, serve_value
from viewer_api.dicomweb.stored_frames import StoredFrame
from viewer_api.errors import CannotRender, NotAcceptable
from viewer_api.json_model import to_little_endian
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame_table import FLOATING
from viewer_api.rendering.image import StoredImage, is_in_octets
from viewer_api.transcode import octets_length, shares_bytes
from worklist.models import PublishedInstance
from worklist.principal import Principal

_ALONE = Offer(OCTETS, False, ExplicitVRLittleEndian)
_PARTS = Offer(OCTETS, True, ExplicitVRLittleEndian)
_PATH = re.compile(r"[0-9A-F]{8}(/[0-9]{1,6}/[0-9A-F]{8}){0,32}")


def add_routes(router: APIRouter, context: Context) -> None:
    """Add one value of an instance, and every value of an instance, a series and a study."""
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/series/{series}/instances/{instance}/bulkdata/{path:path}")
    def retrieve_bulk_data(
        request: Request, principal: Admitted, study: str, series: str, instance: str, path: str
    ) -> Response:
        """Return the value behind a BulkDataURI of the metadata."""
        [found] = locate(context.room, study, series, instance)
        if not _PATH.fullmatch(path):
            raise NotFound("the instance has no such bulk data")
        return _answer(context, request, principal, found, path)

    for kind in ("bulkdata", "pixeldata"):
        _add_kind(router, context, kind)


def _add_kind(router: APIRouter, context: Context, kind: str) -> None:
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get(f"/studies/{{study}}/{kind}", name=f"study {kind}")
    def of_study(request: Request, principal: Admitted, study: str) -> Response:
        """Return every such value of a study, one part each."""
        return _answer_all(context, request, principal, locate(context.room, study), kind)

    @router.get(f"/studies/{{study}}/series/{{series}}/{kind}", name=f"series {kind}")
    def of_series(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Return every such value of a series, one part each."""
        return _answer_all(context, request, principal, locate(context.room, study, series), kind)

    @router.get(f"/studies/{{study}}/series/{{series}}/instances/{{instance}}/{kind}", name=f"instance {kind}")
    def of_instance(request: Request, principal: Admitted, study: str, series: str, instance: str) -> Response:
        """Return every such value of an instance, one part each."""
        return _answer_all(context, request, principal, locate(context.room, study, series, instance), kind)


def _answer(context: Context, request: Request, principal: Principal, found: Located, path: str) -> Response:
    accept = accepted(request)
    offer = negotiate(accept, (_PARTS, _ALONE))
    context.looks.note(principal, "images-viewed", found.study_uid)
    tag = make_tag("bulkdata", offer, found.blob, path)
    if unchanged := not_modified(request, tag, FOREVER):
        return unchanged
    headers = caching_headers(tag, FOREVER)
    if offer.multipart:
        return stream_parts(OCTETS, begun(Part(OCTETS, [value]) for value in _values(context, found, path)), headers)
    if not _is_pixels(path):
        return serve_value(request, next(_values(context, found, path)), OCTETS, headers)
    image = context.pictures.image(found.blob)
    _require_element(image.element.tag, path)
    if shares_bytes(image.format):
        packed = _packed(context, found, image)
        return serve_bytes(request, packed.read, packed.length, OCTETS, headers)
    size = octets_length(image)
    return serve_bytes(
        request,
        lambda first, last: _pixels_between(context, found, size, first, last),
        size * image.format.frames,
        OCTETS,
        headers,
    )


def _answer_all(context: Context, request: Request, principal: Principal, found: list[Located], kind: str) -> Response:
    negotiate(accepted(request), (_PARTS,))
    context.looks.note(principal, "images-viewed", found[0].study_uid)
    tag = make_tag(kind, *(instance.blob for instance in found))
    if unchanged := not_modified(request, tag, ASK_AGAIN):
        return unchanged
    parts = _every_part(context, service_root(request), found, kind)
    return stream_parts(OCTETS, begun(parts), caching_headers(tag, ASK_AGAIN))


def _every_part(context: Context, root: str, found: Sequence[Located], kind: str) -> Iterator[Part]:
    for one in found:
        for path in _paths(_attributes(context, one)):
            if kind == "bulkdata" or _is_pixels(path):
                address = f"{root}/{one.path}/bulkdata/{path}"
                yield from (Part(OCTETS, [value], address) for value in _values(context, one, path))


def _attributes(context: Context, found: Located) -> Mapping[str, Any]:
    kept = select(PublishedInstance.attributes).where(PublishedInstance.sop_instance_uid == found.sop_instance_uid)
    with context.room.database.read() as session:
        return session.scalar(kept) or {}


def _paths(attributes: Mapping[str, Any]) -> Iterator[str]:
    for attribute in attributes.values():
        if "BulkDataURI" in attribute:
            yield attribute["BulkDataURI"]
        elif attribute["vr"] == "SQ":
            for item in attribute.get("Value", ()):
                yield from _paths(item)


def _values(context: Context, found: Located, path: str) -> Iterator[bytes]:
    if _is_pixels(path):
        image = context.pictures.image(found.blob)
        _require_element(image.element.tag, path)
        for index in range(image.format.frames):
            yield context.pictures.octets(found.blob, index)
        return
    with context.room.published.open(found.blob) as source:
        part10 = open_part10(source)
        yield _find(part10.read_header([int(path[:8], 16)]), path.split("/"), part10.little_endian)


def _pixels_between(context: Context, found: Located, size: int, first: int, last: int) -> Iterator[bytes]:
    for index in range(first // size, (last + size - 1) // size):
        octets = context.pictures.octets(found.blob, index)
        yield octets[max(0, first - index * size) : last - index * size]


def _packed(context: Context, found: Located, image: StoredImage) -> StoredFrame:
    """Return all frames of single bits as they lie one behind the other, which is not on the edges of bytes."""
    if not is_in_octets(image):
        raise NotAcceptable(f'frames that share bytes come in parts: multipart/related; type="{OCTETS}"')
    length = (image.format.frame_bits * image.format.frames + 7) // 8
    if image.element.length is None or length > image.element.length:
        raise CannotRender("the pixel data ends before the last frame")
    return StoredFrame(context.room.published, found.blob, ((image.element.offset, length),))


def _is_pixels(path: str) -> bool:
    return len(path) == 8 and int(path, 16) in FLOATING


def _require_element(tag: int, path: str) -> None:
    if tag != int(path, 16):
        raise NotFound("the instance has no such bulk data")


def _find(dataset: Dataset, steps: list[str], little_endian: bool) -> bytes:
    tag = int(steps[0], 16)
    if tag not in dataset:
        raise NotFound("the instance has no such bulk data")
    element = dataset[tag]
    if len(steps) > 1:
        items = element.value if element.VR == "SQ" else []
        number = int(steps[1])
        if number >= len(items):
            raise NotFound("the instance has no such bulk data")
        return _find(items[number], steps[2:], little_endian)
    if not isinstance(element.value, bytes):
        raise NotFound("the value is in the metadata")
    return to_little_endian(element.value, str(element.VR).split(" or ", maxsplit=1)[0], little_endian)
