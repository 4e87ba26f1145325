"""WADO-RS bulk data: the values that the metadata only points to (PS3.18 section 10.4.1.1.5).

Pixel data comes decoded, a part for each frame. Other values come in one part, in little endian.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from starlette.responses import StreamingResponse

from config.errors import NotFound
from viewer_api.dicomweb.accept import Offer, negotiate, parse_accept
from viewer_api.dicomweb.caching import FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context
from viewer_api.dicomweb.frames import OCTETS
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
from viewer_api.json_model import to_little_endian
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame_table import FLOATING
from worklist.principal import Principal

_OFFERS = (Offer(OCTETS, True, ExplicitVRLittleEndian), Offer(OCTETS, False, ExplicitVRLittleEndian))
_PATH = re.compile(r"[0-9A-F]{8}(/[0-9]{1,6}/[0-9A-F]{8}){0,32}")


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the bulk data of an instance."""
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


def _answer(context: Context, request: Request, principal: Principal, found: Located, path: str) -> Response:
    offer = negotiate(parse_accept(request.headers.get("Accept"), request.query_params.get("accept")), _OFFERS)
    context.looks.note(principal, "images-viewed", found.study_uid)
    tag = make_tag("bulkdata", offer, found.blob, path)
    if unchanged := not_modified(request, tag, FOREVER):
        return unchanged
    headers = caching_headers(tag, FOREVER)
    values = _values(context, found, path)
    if not offer.multipart:
        return StreamingResponse(begun(values), media_type=OCTETS, headers=headers)
    return stream_parts(OCTETS, begun(Part(OCTETS, [value]) for value in values), headers)


def _values(context: Context, found: Located, path: str) -> Iterator[bytes]:
    if len(path) == 8 and int(path, 16) in FLOATING:
        image = context.pictures.image(found.blob)
        if image.element.tag != int(path, 16):
            raise NotFound("the instance has no such bulk data")
        for index in range(image.format.frames):
            yield context.pictures.octets(found.blob, index)
        return
    with context.room.published.open(found.blob) as source:
        part10 = open_part10(source)
        yield _find(part10.read_header([int(path[:8], 16)]), path.split("/"), part10.little_endian)


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
