"""WADO-RS instances: whole objects as they are stored, or in a transfer syntax asked for (PS3.18 section 10.4.1.1.1).

`transfer-syntax=*`, or no wish at all, gives the stored bytes, streamed, and any range of them. A client that names the
media type without a transfer syntax is given Explicit VR Little Endian, which is the default of PS3.18 section 8.7.3.2.
Beside it the lossless syntaxes of `viewer_api.encoding` are made on request.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom.uid import UID, ExplicitVRLittleEndian
from starlette.responses import StreamingResponse

from config.blobs import BlobStore
from viewer_api.dicomweb.accept import ANY_SYNTAX, MediaRange, accepted
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
from viewer_api.dicomweb.ranges import serve_bytes
from viewer_api.encoding import ENCODERS
from viewer_api.errors import NotAcceptable
from viewer_api.rendering.codecs import CODECS
from viewer_api.transcode import transcode
from worklist.principal import Principal

DICOM = "application/dicom"
_CHUNK = 1 << 20


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the retrieval of studies, series and instances."""
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}")
    def retrieve_study(request: Request, principal: Admitted, study: str) -> Response:
        """Return every instance of a study, one part each."""
        return _answer(context, request, principal, locate(context.room, study), ASK_AGAIN)

    @router.get("/studies/{study}/series/{series}")
    def retrieve_series(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Return every instance of a series, one part each."""
        return _answer(context, request, principal, locate(context.room, study, series), ASK_AGAIN)

    @router.get("/studies/{study}/series/{series}/instances/{instance}")
    def retrieve_instance(request: Request, principal: Admitted, study: str, series: str, instance: str) -> Response:
        """Return an instance, as one part or alone."""
        return _answer(context, request, principal, locate(context.room, study, series, instance), FOREVER)


def _answer(context: Context, request: Request, principal: Principal, found: list[Located], control: str) -> Response:
    ranges = accepted(request)
    wanted, syntax = _choose(ranges, found)
    context.looks.note(principal, "images-viewed", found[0].study_uid)
    if wanted.multipart is False:
        return serve_instance(context, request, found[0], syntax, control)
    tag = make_tag("instances", False, syntax, *(instance.blob for instance in found))
    if unchanged := not_modified(request, tag, control):
        return unchanged
    root = service_root(request)
    parts = (Part(DICOM, begun(_chunks(context, one, syntax)), f"{root}/{one.path}") for one in found)
    return stream_parts(DICOM, begun(parts), caching_headers(tag, control))


def serve_instance(
    context: Context, request: Request, found: Located, syntax: str | None, control: str = FOREVER
) -> Response:
    """Answer with one instance alone; without a transfer syntax as it is stored, of which any range can be had."""
    stored = syntax in (None, found.transfer_syntax_uid)
    tag = make_tag("instances", True, None if stored else syntax, found.blob)
    if unchanged := not_modified(request, tag, control):
        return unchanged
    headers = caching_headers(tag, control)
    if stored:
        store = context.room.published
        return serve_bytes(
            request, lambda first, last: _stored(store, found.blob, first, last), found.bytes, DICOM, headers
        )
    return StreamingResponse(begun(_chunks(context, found, syntax)), media_type=DICOM, headers=headers)


def _choose(ranges: Sequence[MediaRange], found: Sequence[Located]) -> tuple[MediaRange, str | None]:
    """Return the media range to serve and the transfer syntax to make, None for the stored bytes.

    Raises:
        NotAcceptable: another media type, several instances without parts, or a transfer syntax that is neither stored
            nor one that can be made of every instance.
    """
    for wanted in ranges:
        if wanted.quality == 0 or wanted.media_type not in (DICOM, "application/*", "*/*"):
            continue
        if wanted.multipart is False and len(found) > 1:
            continue
        if wanted.transfer_syntax == ANY_SYNTAX or (wanted.transfer_syntax is None and wanted.media_type == "*/*"):
            return wanted, None
        syntax = wanted.transfer_syntax or str(ExplicitVRLittleEndian)
        if all(can_be_made(one, syntax) for one in found):
            return wanted, syntax
    made = ", ".join((ExplicitVRLittleEndian, *ENCODERS))
    raise NotAcceptable(
        f'offered here: multipart/related; type="{DICOM}"; transfer-syntax=*, '
        f"and of instances that can be decoded {made}"
    )


def can_be_made(instance: Located, syntax: str) -> bool:
    """Say whether an instance is stored in a transfer syntax, or can be rewritten in it as far as the index knows."""
    stored = instance.transfer_syntax_uid
    if stored == syntax:
        return True
    if syntax != ExplicitVRLittleEndian and (syntax not in ENCODERS or not instance.frames):
        return False
    return stored in CODECS or not UID(stored).is_encapsulated


def _chunks(context: Context, instance: Located, syntax: str | None) -> Iterator[bytes]:
    if syntax in (None, instance.transfer_syntax_uid):
        yield from _stored(context.room.published, instance.blob, 0, instance.bytes)
        return
    pictures, blob = context.pictures, instance.blob
    with context.room.published.open(blob) as source:
        yield from transcode(
            source, lambda: pictures.image(blob), lambda index: pictures.octets(blob, index), str(syntax)
        )


def _stored(store: BlobStore, blob: str, first: int, last: int) -> Iterator[bytes]:
    with store.open(blob) as source:
        source.seek(first)
        while first < last and (chunk := source.read(min(_CHUNK, last - first))):
            first += len(chunk)
            yield chunk
