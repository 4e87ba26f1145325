"""Deliveries and their receipts over HTTP, for coordinators and admins.

The form of a receipt is what `Accept` weighs highest (RFC 9110 section 12.5.1); without a preference it is JSON. A PDF
is in the language that `Accept-Language` wishes for, and without a wish in that of the site that sent.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from gateway.http.accept import preferred_type
from gateway.node import Node
from gateway.portal.words import choose_language
from gateway.receipts import FORMS, Form, issue_receipt, list_deliveries
from worklist.access.gate import Gate, Principal
from worklist.pages.headers import GUARD_HEADERS
from worklist.problems import problem

_FORM_OF: dict[str, Form] = {media_type: form for form, media_type in FORMS.items()}
_PREFERENCE: tuple[Form, ...] = ("json", "jws", "pdf")


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/intake/deliveries`."""
    router = APIRouter(prefix="/intake/deliveries", tags=["intake"])
    admitted = Annotated[Principal, Depends(Gate(node.room).requires("coordinator", "admin"))]
    _add_routes(router, node, admitted)
    return router


def _add_routes(router: APIRouter, node: Node, admitted: Any) -> None:
    @router.get("")
    def deliveries(
        _principal: admitted,
        site: Annotated[str | None, Query(max_length=64)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=32)] = None,
    ) -> JSONResponse:
        """List deliveries, newest first, with their state and what became of their objects."""
        with node.identity.read() as session:
            return JSONResponse(list_deliveries(node, session, site=site, limit=limit, cursor=cursor))

    @router.get("/{delivery_id}/receipt", responses={200: {"content": {kind: {} for kind in _FORM_OF}}})
    def receipt(request: Request, delivery_id: str, principal: admitted) -> Response:
        """Issue a signed receipt as things stand now: JSON, a bare JWS, or a PDF."""
        form = preferred_form(",".join(request.headers.getlist("accept")))
        if form is None:
            told = "a receipt is offered as JSON, JWS and PDF; name one of them in Accept"
            return problem(HTTPStatus.NOT_ACCEPTABLE, told, offered=sorted(_FORM_OF))
        wished = request.headers.get("accept-language", "")
        language = choose_language(None, wished) if wished else None
        content = issue_receipt(node, delivery_id, form, actor=principal.name, language=language)
        headers = {
            **GUARD_HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="receipt.{form}"',
            "Vary": "Accept, Accept-Language",
        }
        return Response(content, media_type=FORMS[form], headers=headers)


def preferred_form(accept: str) -> Form | None:
    """Return the form of a receipt that an Accept header weighs highest, None when it admits none."""
    media_type = preferred_type(accept, [FORMS[form] for form in _PREFERENCE])
    return None if media_type is None else _FORM_OF[media_type]
