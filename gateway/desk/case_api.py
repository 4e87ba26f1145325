"""The desk's routes for the coordinator's own form: a case is written down, changed, and its documents are looked at.

A body bears our case JSON as `case`, and as `file` the original report, base64 inside it. It is read after the log-in
was checked, and up to a limit of its own: reports as files are larger than what else is decided at the desk. What is
to be known of a case that was made or changed stands in the answer as `reason`, as at the door for case reports.
"""

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from config.errors import Malformed
from gateway.case_reports.parts import Enclosure
from gateway.desk.own_form import Made, change_case, make_case, make_case_from_report
from gateway.desk.report_files import read_report, report_file
from gateway.http.body import small_body
from gateway.http.case_reports import document_answer
from gateway.node import Node

MOST_BYTES = 24 << 20  # 16 MiB of a file, in base64
_NO_STORE = {"Cache-Control": "no-store"}
_SiteName = Annotated[str, Query(min_length=1, max_length=64)]


def make_router(node: Node, admitted: Any) -> APIRouter:
    """Return the routes of the form, to stand below the desk's API."""
    router = APIRouter()
    _add_form(router, node, admitted)
    _add_study(router, node, admitted)

    @router.get("/cases/{number}/documents/{document}", response_class=StreamingResponse)
    def document(number: str, document: Annotated[int, Path(ge=1, le=2**62)], principal: admitted) -> StreamingResponse:
        """Return a document that a case was made of, as it came."""
        return document_answer(node, number, document, actor=principal.name)

    return router


def _add_form(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/report-file")
    async def look_into(request: Request, _principal: admitted) -> JSONResponse:
        """Return what a report's file says, as our case JSON; nothing is kept."""
        said = await _body(request)
        found = await run_in_threadpool(lambda: read_report(node, *_content(said.get("file"))))
        return JSONResponse(found, headers=_NO_STORE)

    @router.post("/cases", status_code=201)
    async def new_case(request: Request, principal: admitted, site: _SiteName) -> JSONResponse:
        """Make a case of our case JSON and of the original report's file."""
        said = await _body(request)
        made = await run_in_threadpool(
            lambda: make_case(node, _case(said), _file(said), site=site, actor=principal.name)
        )
        return _answer(made, 201)

    @router.post("/cases/{number}/change", status_code=204, responses={200: {"description": "Changed, with a reason."}})
    async def change(number: str, request: Request, principal: admitted) -> Response:
        """Change a case by our case JSON and the original report's file; what is left out stays.

        Where something is to be known of the report it is told, with 200 instead of 204.
        """
        said = await _body(request)
        note = await run_in_threadpool(
            lambda: change_case(node, number, _case(said), _file(said), actor=principal.name)
        )
        return _answer(Made(number, note), 200) if note else Response(status_code=204)


def _add_study(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.post("/studies/{study_uid}/case", status_code=201)
    async def new_case_of_study(study_uid: str, request: Request, principal: admitted) -> JSONResponse:
        """Make a case of our case JSON at the study's hospital, and link the study to it."""
        said = await _body(request)
        made = await run_in_threadpool(
            lambda: make_case(node, _case(said), _file(said), study_uid=study_uid, actor=principal.name)
        )
        return _answer(made, 201)

    @router.post("/studies/{study_uid}/case-from-report", status_code=201)
    def case_of_report(study_uid: str, principal: admitted) -> JSONResponse:
        """Make a case of the report that came with the images, and link the study to it."""
        number = make_case_from_report(node, study_uid, actor=principal.name)
        return JSONResponse({"case_number": number}, 201, headers=_NO_STORE)


def _answer(made: Made, status: int) -> JSONResponse:
    """Answer with the number of a case, and with what is to be known of it."""
    told = {"reason": made.note} if made.note else {}
    return JSONResponse({"case_number": made.case_number} | told, status, headers=_NO_STORE)


async def _body(request: Request) -> dict[str, Any]:
    """Return a body that is one JSON object.

    Raises:
        Malformed: it is none.
        TooLarge: it has more than `MOST_BYTES`.
    """
    payload = await small_body(request, most_bytes=MOST_BYTES)
    try:
        said = await run_in_threadpool(json.loads, payload)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Malformed("the request is not a JSON object")
    return said


def _case(said: dict[str, Any]) -> dict[str, Any]:
    """Return the case of a body: what stands under `case`, else the whole, as our case JSON alone is a body too."""
    case = said["case"] if "case" in said else {name: value for name, value in said.items() if name != "file"}
    if not isinstance(case, dict):
        raise Malformed("the case is not a JSON object")
    return case


def _file(said: dict[str, Any]) -> Enclosure | None:
    return report_file(*_content(said["file"])) if said.get("file") is not None else None


def _content(said: Any) -> tuple[bytes, str]:
    """Return the bytes and the name of a file.

    Raises:
        Malformed: it is none.
    """
    name, text = (said.get("name", ""), said.get("base64")) if isinstance(said, dict) else ("", None)
    if not (isinstance(name, str) and isinstance(text, str)):
        raise Malformed("a file has a name and its bytes as base64")
    try:
        return base64.b64decode(text, validate=True), name
    except (binascii.Error, ValueError):
        raise Malformed("the file is not base64") from None
