"""WADO-RS instances: whole objects as they are stored, or in Explicit VR Little Endian (PS3.18 section 10.4.1.1.1).

`transfer-syntax=*`, or no wish at all, gives the stored bytes, streamed. A client that names the media type without a
transfer syntax is given Explicit VR Little Endian, which is the default of PS3.18 section 8.7.3.2.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydicom.uid import UID, ExplicitVRLittleEndian
from starlette.responses import StreamingResponse

from config.blobs import BlobStore
from viewer_api.dicomweb.accept import ANY_SYNTAX, MediaRange, parse_accept
from viewer_api.dicomweb.caching import ASK_AGAIN, FOREVER, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, begun, stream_parts
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
    ranges = parse_accept(request.headers.get("Accept"), request.query_params.get("accept"))
    wanted, stored = _choose(ranges, found)
    context.looks.note(principal, "images-viewed", found[0].study_uid)
    single = wanted.multipart is False
    tag = make_tag("instances", single, stored, *(instance.blob for instance in found))
    if unchanged := not_modified(request, tag, control):
        return unchanged
    headers = caching_headers(tag, control)
    if single:
        if stored:
            headers["Content-Length"] = str(found[0].bytes)
        chunks = begun(_chunks(context.room.published, found[0], stored))
        return StreamingResponse(chunks, media_type=DICOM, headers=headers)
    root = service_root(request)
    parts = (Part(DICOM, begun(_chunks(context.room.published, one, stored)), f"{root}/{one.path}") for one in found)
    return stream_parts(DICOM, begun(parts), headers)


def _choose(ranges: Sequence[MediaRange], found: Sequence[Located]) -> tuple[MediaRange, bool]:
    """Return the media range to serve and whether it is served by the stored bytes.

    Raises:
        NotAcceptable: another media type, several instances without parts, or a transfer syntax that is not stored
            and not Explicit VR Little Endian.
    """
    for wanted in ranges:
        if wanted.quality == 0 or wanted.media_type not in (DICOM, "application/*", "*/*"):
            continue
        if wanted.multipart is False and len(found) > 1:
            continue
        stored = _is_stored(wanted, found)
        if stored or _can_be_explicit(wanted, found):
            return wanted, stored
    raise NotAcceptable(
        'offered here: multipart/related; type="application/dicom"; transfer-syntax=*, '
        f"or {ExplicitVRLittleEndian} where every instance can be decoded"
    )


def _is_stored(wanted: MediaRange, found: Sequence[Located]) -> bool:
    if wanted.transfer_syntax == ANY_SYNTAX or (wanted.transfer_syntax is None and wanted.media_type == "*/*"):
        return True
    syntax = wanted.transfer_syntax or ExplicitVRLittleEndian
    return all(instance.transfer_syntax_uid == syntax for instance in found)


def _can_be_explicit(wanted: MediaRange, found: Sequence[Located]) -> bool:
    if wanted.transfer_syntax not in (None, ExplicitVRLittleEndian):
        return False
    return all(one.transfer_syntax_uid in CODECS or not UID(one.transfer_syntax_uid).is_encapsulated for one in found)


def _chunks(store: BlobStore, instance: Located, stored: bool) -> Iterator[bytes]:
    with store.open(instance.blob) as source:
        if not stored and instance.transfer_syntax_uid != ExplicitVRLittleEndian:
            yield from transcode(source)
            return
        while chunk := source.read(_CHUNK):
            yield chunk
