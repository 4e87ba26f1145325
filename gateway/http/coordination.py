"""What coordinators look up in the identified zone: a case with its attachments, and an attachment's bytes.

They may discard an attachment too. Each look is in the audit trail. The bytes are a stranger's: a browser is told to
download them under a name of ours, to believe our media type, and to run nothing in them should it show them all the
same.
"""

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from gateway import audit
from gateway.attachment_models import Attachment
from gateway.attachments.discarding import discard_attachment
from gateway.attachments.kinds import MEDIA_TYPES, SUFFIXES
from gateway.attachments.views import attachments_of_delivery, get_attachment
from gateway.cases import case_view
from gateway.node import Node
from worklist.access.gate import Gate, Principal
from worklist.pages.headers import GUARD_HEADERS

_CHUNK = 1 << 20
_LONGEST_NAME = 150


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/intake/cases` and `/intake/attachments`, but for those that take something in."""
    router = APIRouter(prefix="/intake", tags=["intake"])
    admitted = Annotated[Principal, Depends(Gate(node.room).requires("coordinator", "admin"))]
    _add_routes(router, node, admitted)
    _add_discarding(router, node, admitted)
    return router


def _add_routes(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("/cases/{number}")
    def case(number: str, principal: admitted) -> JSONResponse:
        """Return a case with its patient, report, studies and attachments."""
        with node.identity.write() as session:
            view = case_view(session, number)
            audit.note(
                session, node.clock, actor=principal.name, action="case-viewed", subject=str(view["case_number"])
            )
        return JSONResponse(view, headers={"Cache-Control": "no-store"})

    @router.get("/attachments")
    def attachments(
        _principal: admitted, delivery: Annotated[str, Query(max_length=32, description="The delivery they came in.")]
    ) -> JSONResponse:
        """List the attachments of a delivery, also those whose case is not known."""
        with node.identity.read() as session:
            found = attachments_of_delivery(session, delivery)
        return JSONResponse({"attachments": found}, headers={"Cache-Control": "no-store"})

    @router.get("/attachments/{number}", response_class=StreamingResponse)
    def attachment(number: Annotated[int, Path(ge=1, le=2**62)], principal: admitted) -> StreamingResponse:
        """Return an attachment as it came."""
        with node.identity.read() as session:
            found = get_attachment(session, number)
            content = node.vault.open(found.blob)
        with node.identity.write() as session:
            subject = f"attachment {number}"
            audit.note(session, node.clock, actor=principal.name, action="attachment-viewed", subject=subject)
        return StreamingResponse(_chunks(content), headers=_headers(found))


def _add_discarding(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.delete("/attachments/{number}", status_code=204)
    def discard(number: Annotated[int, Path(ge=1, le=2**62)], principal: admitted) -> Response:
        """Remove an attachment for good; that it came stays on record."""
        discard_attachment(node, number, actor=principal.name)
        return Response(status_code=204)


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while chunk := content.read(_CHUNK):
            yield chunk


def _headers(found: Attachment) -> dict[str, str]:
    plain = f"attachment-{found.id}.{SUFFIXES[found.kind]}"
    return {
        **GUARD_HEADERS,
        "Content-Type": MEDIA_TYPES[found.kind],  # without a character set, which nobody knows
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{_extended(found, plain)}",
    }


def _extended(found: Attachment, plain: str) -> str:
    """Return the name as it came, in the form of RFC 8187, ending as its content asks and never as it claims."""
    suffix = SUFFIXES[found.kind]
    stem = "".join(c for c in found.file_name if c.isprintable() and c not in '/\\:*?"<>|').strip(". ")
    stem = stem.rpartition(".")[0] if stem.lower().endswith((f".{suffix}", ".jpeg", ".tiff", ".text")) else stem
    name = f"{stem[:_LONGEST_NAME]}.{suffix}" if stem else plain
    return quote(name.encode("utf-8", "replace"), safe="")
