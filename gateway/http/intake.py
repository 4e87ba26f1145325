"""The doors of the identified zone over HTTP: uploads, STOW-RS and case reports, for coordinators and admins.

Bodies go straight to their place under the home in constant memory; nothing is acknowledged before it is durable.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gateway.cases import import_case
from gateway.http.body import declared_bytes, hand_on_body, small_body
from gateway.http.bundle_password import bundle_password, unpack_behind
from gateway.http.stow import StowBody
from gateway.http.upload_body import UploadBody
from gateway.node import Node
from gateway.uploads import receive_upload, upload_report
from worklist.access.gate import Gate, Principal

_CASE_BYTES = 4 << 20
_FORM_BYTES = 64 * 1024  # what a form may have around its file

SiteName = Annotated[str, Query(min_length=1, max_length=64, description="The site that sends.")]
CaseNumber = Annotated[str | None, Query(max_length=10, description="The case that the bundle belongs to, if known.")]


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/intake`."""
    router = APIRouter(prefix="/intake", tags=["intake"])
    admitted = Annotated[Principal, Depends(Gate(node.room).requires("coordinator", "admin"))]
    _add_uploads(router, node, admitted)
    _add_stow(router, node, admitted)
    _add_cases(router, node, admitted)
    return router


def _add_uploads(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/uploads", status_code=202, openapi_extra=_body("application/octet-stream", "multipart/form-data"))
    async def upload(request: Request, principal: admitted, site: SiteName, case: CaseNumber = None) -> JSONResponse:
        """Receive one archive, disc image or DICOM file, as the body itself or as the one file of a form.

        The header Overread-Bundle-Password opens an encrypted one.
        """
        password = bundle_password(request.headers)
        sink = await run_in_threadpool(receive_upload, node, site=site, case_number=case, actor=principal.name)
        with sink:
            sink.require_room(max(declared_bytes(request) - _FORM_BYTES, 0))
            body = UploadBody(request.headers, sink)
            await hand_on_body(request, body.feed, patience_seconds=_patience(node))
            upload_id = await run_in_threadpool(body.finish, keep_locked=password is not None)
        if password is not None:
            unpack_behind(sink, upload_id, password)
        location = {"Location": f"/intake/uploads/{upload_id}"}
        return JSONResponse({"upload_id": upload_id}, 202, location)

    @router.get("/uploads/{upload_id}")
    def report(upload_id: str, _principal: admitted) -> JSONResponse:
        """Say what became of every file of an upload."""
        with node.identity.read() as session:
            return JSONResponse(upload_report(session, upload_id))


def _add_stow(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/dicom-web/studies", openapi_extra=_body("multipart/related", "application/dicom"))
    async def store(request: Request, principal: admitted, site: SiteName) -> JSONResponse:
        """Store instances (STOW-RS)."""
        body = await run_in_threadpool(
            StowBody,
            node,
            site=site,
            actor=principal.name,
            content_type=request.headers.get("content-type", ""),
            declared=declared_bytes(request),
        )
        try:
            await hand_on_body(request, body.feed, patience_seconds=_patience(node))
            status, answer = await run_in_threadpool(body.finish)
        except BaseException:
            await run_in_threadpool(body.break_off)
            raise
        return JSONResponse(answer, status, media_type="application/dicom+json")


def _add_cases(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/cases", status_code=201, openapi_extra=_body("application/json"))
    async def case(request: Request, principal: admitted, site: SiteName) -> JSONResponse:
        """Receive a case report; the same document again is the same case (200 instead of 201)."""
        payload = await small_body(request, most_bytes=_CASE_BYTES, patience_seconds=_patience(node))
        outcome = await run_in_threadpool(
            import_case,
            node,
            site=site,
            payload=payload,
            content_type=request.headers.get("content-type", ""),
            actor=principal.name,
        )
        answer = {"case_number": outcome.case_number, "outcome": outcome.outcome}
        return JSONResponse(answer, 201 if outcome.outcome == "created" else 200)


def _patience(node: Node) -> int:
    return node.settings.dicom.network_timeout_seconds


def _body(*kinds: str) -> dict[str, Any]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {"requestBody": {"required": True, "content": content}}
