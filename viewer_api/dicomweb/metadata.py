"""WADO-RS metadata: the kept headers, from the index alone (PS3.18 section 10.4.1.1.2).

In the DICOM JSON model as one array, or in the Native DICOM Model with a part for each instance.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Text, cast, select

from config.errors import NotFound
from viewer_api.dicomweb.accept import Offer, accepted, negotiate
from viewer_api.dicomweb.bulk_addresses import with_addresses, with_addresses_in
from viewer_api.dicomweb.caching import ASK_AGAIN, caching_headers, make_tag, not_modified
from viewer_api.dicomweb.context import Context, service_root
from viewer_api.dicomweb.locate import Located, locate
from viewer_api.dicomweb.multipart import Part, stream_parts
from viewer_api.native_model import to_native_model
from worklist.models import PublishedInstance
from worklist.principal import Principal

DICOM_XML = "application/dicom+xml"
OFFERS = (Offer("application/dicom+json"), Offer("application/json"), Offer(DICOM_XML, multipart=True))
_AT_ONCE = 500


def add_routes(router: APIRouter, context: Context) -> None:
    """Add the metadata of studies, series and instances."""
    Admitted = Annotated[Principal, Depends(context.admit)]

    @router.get("/studies/{study}/metadata")
    def study_metadata(request: Request, principal: Admitted, study: str) -> Response:
        """Return the headers of all instances of a study."""
        return _answer(context, request, principal, locate(context.room, study))

    @router.get("/studies/{study}/series/{series}/metadata")
    def series_metadata(request: Request, principal: Admitted, study: str, series: str) -> Response:
        """Return the headers of all instances of a series."""
        return _answer(context, request, principal, locate(context.room, study, series))

    @router.get("/studies/{study}/series/{series}/instances/{instance}/metadata")
    def instance_metadata(request: Request, principal: Admitted, study: str, series: str, instance: str) -> Response:
        """Return the header of an instance."""
        return _answer(context, request, principal, locate(context.room, study, series, instance))


def _answer(context: Context, request: Request, principal: Principal, found: list[Located]) -> Response:
    offer = negotiate(accepted(request), OFFERS)
    context.looks.note(principal, "metadata-viewed", found[0].study_uid)
    root = service_root(request)
    tag = make_tag("metadata", root, offer.media_type, *(instance.blob for instance in found))
    if unchanged := not_modified(request, tag, ASK_AGAIN):
        return unchanged
    if offer.multipart:
        return xml_parts(_headers(context, root, found), caching_headers(tag, ASK_AGAIN))
    first, *others = (instance.blob for instance in found)
    body = context.pictures.kept(first, ("metadata", tag), lambda: _json(context, root, found), others)
    return Response(body, media_type=offer.media_type, headers=caching_headers(tag, ASK_AGAIN))


def _json(context: Context, root: str, found: list[Located]) -> bytes:
    """Return the kept headers as one array, put together of the texts as they are kept."""
    texts = _texts(context, found)
    return "[{}]".format(
        ",".join(with_addresses_in(text, base) for text, base in _with_bases(texts, root, found))
    ).encode()


def xml_parts(headers: Iterable[Mapping[str, Any]], caching: Mapping[str, str]) -> Response:
    """Answer with a part for each header, each a document of the Native DICOM Model."""
    parts = (Part(DICOM_XML, [to_native_model(header)]) for header in headers)
    return stream_parts(DICOM_XML, parts, caching)


def _headers(context: Context, root: str, found: list[Located]) -> list[dict[str, Any]]:
    texts = _texts(context, found)
    return [with_addresses(json.loads(text), base) for text, base in _with_bases(texts, root, found)]


def _with_bases(texts: Mapping[str, str], root: str, found: list[Located]) -> Iterator[tuple[str, str]]:
    """Give each header with the address of the bulk data that it names."""
    return ((texts[one.sop_instance_uid], f"{root}/{one.path}/bulkdata") for one in found)


def _texts(context: Context, found: list[Located]) -> dict[str, str]:
    """Return the kept headers by SOP Instance UID."""
    texts: dict[str, str] = {}
    columns = (PublishedInstance.sop_instance_uid, cast(PublishedInstance.attributes, Text))
    uids = [instance.sop_instance_uid for instance in found]
    with context.room.database.read() as session:
        for start in range(0, len(uids), _AT_ONCE):
            some = uids[start : start + _AT_ONCE]
            rows = session.execute(select(*columns).where(PublishedInstance.sop_instance_uid.in_(some)))
            texts.update((uid, text) for uid, text in rows)
    if len(texts) < len(found):
        raise NotFound("the study was withdrawn meanwhile")
    return texts
