"""The doors of the identified zone over HTTP: uploads and STOW-RS, for coordinators and admins.

Bodies go straight to their place under the home in constant memory; nothing is acknowledged before it is durable.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from gateway.http.accept import preferred_type
from gateway.http.body import declared_bytes, hand_on_body
from gateway.http.bundle_password import bundle_password, unpack_behind
from gateway.http.stow import StowBody
from gateway.http.stow_answer import FORMS
from gateway.http.tus import owner_of
from gateway.http.upload_body import UploadBody
from gateway.http.upload_state import upload_state
from gateway.node import Node
from gateway.uploads import receive_upload
from worklist.access.gate import Gate, Principal
from worklist.problems import problem

_FORM_BYTES = 64 * 1024  # what a form may have around its file

SiteName = Annotated[str, Query(min_length=1, max_length=64, description="The site that sends.")]
CaseNumber = Annotated[str | None, Query(max_length=10, description="The case that the bundle belongs to, if known.")]

StudyUid = Annotated[
    str, Path(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=64, description="The Study Instance UID of every instance.")
]


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/intake`."""
    router = APIRouter(prefix="/intake", tags=["intake"])
    admitted = Annotated[Principal, Depends(Gate(node.room).requires("coordinator", "admin"))]
    _add_uploads(router, node, admitted)
    _add_stow(router, node, admitted)
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
            await hand_on_body(request, body.feed)
            upload_id = await run_in_threadpool(body.finish, keep_locked=password is not None)
        if password is not None:
            unpack_behind(sink, upload_id, password)
        location = {"Location": f"/intake/uploads/{upload_id}"}
        return JSONResponse({"upload_id": upload_id}, 202, location)

    @router.get("/uploads/{upload_id}")
    def report(upload_id: str, principal: admitted) -> JSONResponse:
        """Say how far an upload has come, and what became of every file of one that is whole."""
        return JSONResponse(upload_state(node, upload_id, owner=owner_of(principal)))


def _add_stow(router: APIRouter, node: Node, admitted: Any) -> None:
    body = _body("multipart/related", "application/dicom")

    @router.post("/dicom-web/studies", openapi_extra=body)
    async def store(request: Request, principal: admitted, site: SiteName) -> Response:
        """Store instances (STOW-RS)."""
        return await _store(node, request, principal, site)

    @router.post("/dicom-web/studies/{study}", openapi_extra=body)
    async def store_in_study(request: Request, study: StudyUid, principal: admitted, site: SiteName) -> Response:
        """Store instances of one study (STOW-RS): those of another fail, and are quarantined."""
        return await _store(node, request, principal, site, study)


async def _store(node: Node, request: Request, principal: Principal, site: str, study: str | None = None) -> Response:
    media_type = preferred_type(",".join(request.headers.getlist("accept")), FORMS)
    if media_type is None:
        told = "the answer is offered as application/dicom+json and application/dicom+xml; name one in Accept"
        return problem(HTTPStatus.NOT_ACCEPTABLE, told, offered=list(FORMS))
    body = await run_in_threadpool(
        StowBody,
        node,
        site=site,
        actor=principal.name,
        content_type=request.headers.get("content-type", ""),
        declared=declared_bytes(request),
        study=study,
    )
    try:
        await hand_on_body(request, body.feed)
        await run_in_threadpool(body.finish)
    except BaseException:
        await run_in_threadpool(body.break_off)
        raise
    return Response(body.answer.content(media_type), body.answer.status(), media_type=media_type)


def _body(*kinds: str) -> dict[str, Any]:
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {"requestBody": {"required": True, "content": content}}
