"""WADO-RS frames: pixels as octets, or compressed as they are stored (PS3.18 section 10.4.1.1.6, table 8.7.3-5).

Octets are always decoded, in the layout that the metadata announces. A compressed frame is served under the media type
of its codec when the client names it.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom import uid

from config.errors import Malformed
from viewer_api.dicomweb.accept import Offer, negotiate, parse_accept
from viewer_api.dicomweb.caching import FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
from viewer_api.rendering.codecs import CODECS
from viewer_api.rendering.image import StoredImage, check_index
from worklist.principal import Principal

OCTETS = "application/octet-stream"
MEDIA_TYPES = {
    uid.JPEGBaseline8Bit: "image/jpeg",
    uid.JPEGExtended12Bit: "image/jpeg",
    uid.JPEGLossless: "image/jpeg",
    uid.JPEGLosslessSV1: "image/jpeg",
    uid.RLELossless: "image/dicom-rle",
    uid.JPEGLSLossless: "image/jls",
    uid.JPEGLSNearLossless: "image/jls",
    uid.JPEG2000Lossless: "image/jp2",
    uid.JPEG2000: "image/jp2",
    uid.HTJ2KLossless: "image/jphc",
    uid.HTJ2KLosslessRPCL: "image/jphc",
    uid.HTJ2K: "image/jphc",
}
_MOST_FRAMES = 10_000


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the frames of an instance."""
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/series/{series}/instances/{instance}/frames/{numbers}")
    def retrieve_frames(
        request: Request, principal: Admitted, study: str, series: str, instance: str, numbers: str
    ) -> Response:
        """Return one or several frames, counted from 1 and separated by commas."""
        [found] = locate(context.room, study, series, instance)
        return _answer(context, request, principal, found, parse_frames(numbers))


def parse_frames(numbers: str) -> list[int]:
    """Return frame indices counted from 0 of a list of numbers counted from 1.

    Raises:
        Malformed: not a list of whole numbers from 1.
    """
    parts = numbers.split(",")
    if len(parts) > _MOST_FRAMES or not all(part.isdecimal() and 0 < len(part) < 9 for part in parts):
        raise Malformed("frames are whole numbers from 1, separated by commas")
    indices = [int(part) - 1 for part in parts]
    if min(indices) < 0:
        raise Malformed("frames are counted from 1")
    return indices


def _answer(
    context: Context, request: Request, principal: Principal, found: Located, indices: Sequence[int]
) -> Response:
    ranges = parse_accept(request.headers.get("Accept"), request.query_params.get("accept"))
    image = context.pictures.image(found.blob)
    offer = negotiate(ranges, _offers(image, single=len(indices) == 1))
    for index in indices:
        check_index(image, index)
    context.looks.note(principal, "images-viewed", found.study_uid)
    tag = make_tag("frames", offer, found.blob, *indices)
    if unchanged := not_modified(request, tag, FOREVER):
        return unchanged
    headers = caching_headers(tag, FOREVER)
    frames = _frames(context, found, indices, octets=offer.media_type == OCTETS)
    content_type = f"{offer.media_type}; transfer-syntax={offer.transfer_syntax}"
    if not offer.multipart:
        return Response(next(frames), media_type=content_type, headers=headers)
    parts = (Part(content_type, [frame]) for frame in frames)
    return stream_parts(offer.media_type, begun(parts), headers)


def _offers(image: StoredImage, *, single: bool) -> Iterator[Offer]:
    stored = image.transfer_syntax
    if image.fragments is None or stored in CODECS:
        yield Offer(OCTETS, True, uid.ExplicitVRLittleEndian)
        if single:
            yield Offer(OCTETS, False, uid.ExplicitVRLittleEndian)
    if image.fragments is not None and stored in MEDIA_TYPES:
        yield Offer(MEDIA_TYPES[stored], True, stored)
        if single:
            yield Offer(MEDIA_TYPES[stored], False, stored)


def _frames(context: Context, found: Located, indices: Sequence[int], *, octets: bool) -> Iterator[bytes]:
    read = context.pictures.octets if octets else context.pictures.compressed
    for index in indices:
        yield read(found.blob, index)
