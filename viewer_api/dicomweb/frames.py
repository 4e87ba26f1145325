"""WADO-RS frames: pixels as octets, or compressed as they are stored (PS3.18 section 10.4.1.1.6, table 8.7.3-5).

Octets are always decoded, in the layout that the metadata announces. A compressed frame is served under the media type
of its codec when the client names it; frames stored otherwise are compressed for it where that loses nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom import uid

from config.errors import Malformed
from viewer_api.dicomweb.accept import Offer, accepted, negotiate
from viewer_api.dicomweb.caching import FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, answer_value, begun, stream_parts
from viewer_api.dicomweb.ranges import serve_bytes, serve_value
from viewer_api.dicomweb.stored_frames import StoredFrame, long_frame
from viewer_api.encoding import ENCODERS, can_encode
from viewer_api.rendering.codecs import CODECS
from viewer_api.rendering.image import StoredImage, check_index
from viewer_api.transcode import compress
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
_MOST_AHEAD = 32 << 20  # bytes of a frame


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
    ranges = accepted(request)
    image = context.pictures.image(found.blob)
    offer = negotiate(ranges, _offers(image, single=len(indices) == 1))
    for index in indices:
        check_index(image, index)
    context.looks.note(principal, "images-viewed", found.study_uid)
    tag = make_tag("frames", offer, found.blob, *indices)
    if unchanged := not_modified(request, tag, FOREVER):
        return unchanged
    if image.fragments is not None and offer.media_type == OCTETS and image.format.frame_bits // 8 <= _MOST_AHEAD:
        context.ahead.note(
            principal, found, indices[-1], OCTETS, lambda one, index: context.pictures.octets(one.blob, index)
        )
    headers = caching_headers(tag, FOREVER)
    frames = _frames(context, found, indices, offer, image)
    content_type = f"{offer.media_type}; transfer-syntax={offer.transfer_syntax}"
    if len(indices) > 1:
        parts = (Part(content_type, begun(_chunks(frame))) for frame in frames)
        return stream_parts(offer.media_type, begun(parts), headers)
    frame = next(frames)
    if isinstance(frame, StoredFrame):
        if offer.multipart:
            return stream_parts(offer.media_type, [Part(content_type, begun(_chunks(frame)))], headers)
        return serve_bytes(request, frame.read, frame.length, content_type, headers)
    if offer.multipart:
        return answer_value(offer.media_type, content_type, frame, headers)
    return serve_value(request, frame, content_type, headers)


def _chunks(frame: bytes | StoredFrame) -> Iterator[bytes]:
    return iter((frame,)) if isinstance(frame, bytes) else frame.read(0, frame.length)


def _offers(image: StoredImage, *, single: bool) -> Iterator[Offer]:
    stored = image.transfer_syntax
    decodable = image.fragments is None or stored in CODECS
    if decodable:
        yield from _both(OCTETS, uid.ExplicitVRLittleEndian, single=single)
    if image.fragments is not None and stored in MEDIA_TYPES:
        yield from _both(MEDIA_TYPES[stored], stored, single=single)
    if decodable and can_encode(image.format):
        for syntax in ENCODERS:
            if syntax != stored:
                yield from _both(MEDIA_TYPES[uid.UID(syntax)], syntax, single=single)


def _both(media_type: str, syntax: str, *, single: bool) -> Iterator[Offer]:
    yield Offer(media_type, True, syntax)
    if single:
        yield Offer(media_type, False, syntax)


def _frames(
    context: Context, found: Located, indices: Sequence[int], offer: Offer, image: StoredImage
) -> Iterator[bytes | StoredFrame]:
    as_stored = offer.media_type != OCTETS and offer.transfer_syntax == image.transfer_syntax
    for index in indices:
        if as_stored or offer.media_type == OCTETS:
            long = long_frame(context.room.published, found, image, index, octets=not as_stored)
            if long is not None:
                yield long
                continue
        if as_stored:
            yield context.pictures.compressed(found.blob, index)
            continue
        octets = context.pictures.octets(found.blob, index)
        yield octets if offer.media_type == OCTETS else compress(image, octets, str(offer.transfer_syntax))
