"""The door for case reports: any way of writing one down, and the documents that a case was made of.

A FHIR client gets errors as it expects them, everybody else as problems. A document with several cases is answered part
by part, so that one bad row of a list does not hide what became of the others.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.routing import APIRoute

from config.errors import Malformed, OverreadError
from gateway import audit
from gateway.case_reports import Filed, receive
from gateway.case_reports.fhir.outcome import MEDIA_TYPE, operation_outcome
from gateway.cases import get_document
from gateway.http.body import small_body
from gateway.node import Node
from worklist.access.gate import Gate, Principal
from worklist.pages.headers import GUARD_HEADERS
from worklist.problems import HEADERS, status_of

_MOST_BYTES = 16 << 20
_CHUNK = 1 << 20
_KINDS = (
    "application/json",
    "application/fhir+json",
    "application/hl7-v2",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/rtf",
    "text/plain",
    "application/dicom",
)
_MEDIA_TYPES = {
    "json": "application/json",
    "fhir": "application/fhir+json",
    "hl7": "application/hl7-v2",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "rtf": "application/rtf",
    "text": "text/plain",
    "xml": "application/xml",
    "sr": "application/dicom",
}
_SUFFIXES = {"text": "txt", "sr": "dcm", "fhir": "json"}

_ToldAs = Annotated[str, Header(max_length=255, description="The same however often this telling is sent again.")]
SiteName = Annotated[str, Query(min_length=1, max_length=64, description="The site whose patient it is about.")]


class _FhirAnswers(APIRoute):
    """A route that answers who sends FHIR as FHIR clients expect it, also before the body was looked at."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its errors as OperationOutcomes, where the media type is one of FHIR."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except (OverreadError, RequestValidationError) as error:
                if "fhir" not in request.headers.get("content-type", ""):
                    raise
                return _outcome(error)

        return answer


def make_router(node: Node) -> APIRouter:
    """Return the routes that take case reports in and give their documents out."""
    router = APIRouter(prefix="/intake/cases", tags=["intake"], route_class=_FhirAnswers)
    admitted = Annotated[Principal, Depends(Gate(node.room).requires("coordinator", "admin"))]
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS}
    body = {"requestBody": {"required": True, "content": content}}

    @router.post("", status_code=201, openapi_extra=body)
    async def case(request: Request, principal: admitted, site: SiteName, idempotency_key: _ToldAs = "") -> Response:
        """Receive a case report in any form; the same document again is the same case (200 instead of 201).

        After another document about its case it tells the case anew, but with the same `Idempotency-Key`.
        """
        content_type = request.headers.get("content-type", "")
        payload = await small_body(request, most_bytes=_MOST_BYTES)
        filed = await run_in_threadpool(
            receive,
            node,
            site=site,
            payload=payload,
            content_type=content_type,
            actor=principal.name,
            told_as=idempotency_key,
        )
        return _answer(filed)

    @router.get("/{number}/documents/{document}", response_class=StreamingResponse)
    def document(number: str, document: Annotated[int, Path(ge=1, le=2**62)], principal: admitted) -> StreamingResponse:
        """Return a document that a case was made of, as it came."""
        return document_answer(node, number, document, actor=principal.name)

    return router


def document_answer(node: Node, number: str, document: int, *, actor: str) -> StreamingResponse:
    """Return a document that a case was made of as a download, and put the look into the audit trail.

    Raises:
        NotFound: no such case, or it was not made of that document.
    """
    with node.identity.read() as session:
        found = get_document(session, number, document)
        content = node.vault.open(found.blob)
    with node.identity.write() as session:
        subject = f"case document {document}"
        audit.note(session, node.clock, actor=actor, action="case-document-viewed", subject=subject)
    return StreamingResponse(_chunks(content), headers=_headers(found.id, found.kind))


def _answer(filed: Sequence[Filed]) -> JSONResponse:
    """Answer for one case as for one, for several as a list; 422 where nothing of it could be filed."""
    created = any(each.outcome == "created" for each in filed)
    if len(filed) == 1:
        view = {"case_number": filed[0].case_number, "outcome": filed[0].outcome}
        if filed[0].note:
            view["reason"] = filed[0].note
        return JSONResponse(view, 201 if created else 200)
    refused = bool(filed) and all(each.outcome == "refused" for each in filed)
    return JSONResponse({"cases": [each.view() for each in filed]}, 422 if refused else 201 if created else 200)


def _outcome(error: OverreadError | RequestValidationError) -> JSONResponse:
    if isinstance(error, RequestValidationError):
        places = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
        error = Malformed(f"the address of the request lacks a value or has a wrong one: {', '.join(places)}")
    headers = next((HEADERS[each] for each in type(error).__mro__ if each in HEADERS), {})
    return JSONResponse(operation_outcome(error), status_of(type(error)), dict(headers), MEDIA_TYPE)


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while chunk := content.read(_CHUNK):
            yield chunk


def _headers(number: int, kind: str) -> dict[str, str]:
    return {
        **GUARD_HEADERS,
        "Content-Type": _MEDIA_TYPES[kind],
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="document-{number}.{_SUFFIXES.get(kind, kind)}"',
    }
