"""The routes of the upload page. Whoever has no session is sent to its start; nothing here leads into the node.

Opening a session changes something before there is a token, so those two forms are guarded by the browser's word on
where they were sent from; everything later bears the session's CSRF token or its bearer token. In a frame there are no
cookies: the forms hand the bearer token on in their bodies, and no address ever bears it.
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi import Form as FormField
from fastapi.responses import JSONResponse, RedirectResponse, Response

from config.errors import NotFound, Unauthenticated
from gateway.http.events import Streams
from gateway.http.tus import tus_router
from gateway.node import Node
from gateway.portal.admission import COOKIE, Admission, admit_by_link, admit_by_number, require_own
from gateway.portal.branding import Brand, brand_of
from gateway.portal.deliveries import delivery_state, overview
from gateway.portal.frames import STATIC_HEADERS, is_framed, page_headers
from gateway.portal.links import find_link, site_of_link
from gateway.portal.pages import MEDIA_TYPES, language_of, render, static_files
from gateway.portal.upload_sessions import Opened, Uploader, end_upload_session, find_uploader
from gateway.portal.words import catalogue
from gateway.receipts import FORMS, MOST_PRINTED, Form, issue_receipt
from gateway.upload_models import SiteBrand
from worklist.access.csrf import refuse_cross_site
from worklist.access.throttle import Throttled
from worklist.bounded import BoundedRoute
from worklist.pages.headers import GUARD_HEADERS

_SEND = "/upload/send"
_SITE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def make_router(node: Node) -> APIRouter:
    """Return the routes below `/upload`."""
    admission = Admission(node)
    router = APIRouter(prefix="/upload", include_in_schema=False, route_class=BoundedRoute)
    _add_start(router, node, admission)
    _add_link(router, node)
    _add_sending(router, node, admission)
    _add_deliveries(router, node, admission)
    _add_receipts(router, node, admission)
    _add_files(router, node)
    whole = APIRouter()
    whole.include_router(router)
    whole.include_router(tus_router(node, "/upload/tus", admission.sender))
    return whole


def _add_start(router: APIRouter, node: Node, admission: Admission) -> None:
    Visitor = Annotated[Uploader | None, Depends(admission.visitor)]

    @router.get("")
    def show_start(request: Request, visitor: Visitor, site: str = "") -> Response:
        brand = _brand(node, site)
        if visitor is not None and not is_framed(request, brand):
            return _see(_SEND, brand)
        return render(request, brand, "start.html", message=None)

    @router.post("", dependencies=[Depends(refuse_cross_site)])
    def open_by_number(
        request: Request,
        number: Annotated[str, FormField(max_length=40)] = "",
        birth_date: Annotated[str, FormField(max_length=40)] = "",
        site: Annotated[str, FormField(max_length=64)] = "",
    ) -> Response:
        """Open a session; in a frame for a case of the site whose page is framed, as its allow-list speaks for it."""
        client = request.client.host if request.client else "unknown"
        brand = _brand(node, site)
        framed = is_framed(request, brand)
        own = brand.site if framed else None
        try:
            opened = admit_by_number(node, number=number, birth_date=birth_date, client=client, site=own, framed=framed)
        except Unauthenticated:
            return render(request, brand, "start.html", 401, message="start.wrong")
        except Throttled:
            return render(request, brand, "start.html", 429, message="start.throttled")
        return _enter(node, request, opened, brand, framed=framed)

    @router.post("/leave")
    def leave(
        request: Request,
        visitor: Visitor,
        csrf_token: Annotated[str, FormField(max_length=100)] = "",
        bearer: Annotated[str, FormField(max_length=100)] = "",
        site: Annotated[str, FormField(max_length=64)] = "",
    ) -> Response:
        if bearer:
            end_upload_session(node, bearer, framed=True)
            return _see(f"/upload?site={site}" if _SITE.fullmatch(site) else "/upload", _brand(node, site))
        cookie = request.cookies.get(COOKIE)
        if visitor is not None and cookie and csrf_token == visitor.csrf_token:
            end_upload_session(node, cookie, framed=False)
        answer = _see("/upload", _brand(node, visitor.site if visitor else ""))
        answer.delete_cookie(COOKIE, path="/upload", httponly=True, samesite="strict")
        return answer


def _add_link(router: APIRouter, node: Node) -> None:
    @router.get("/link/{token}")
    def show_link(request: Request, token: str) -> Response:
        """Show what a link leads to; only the button on it opens a session, so that a preview uses nothing up."""
        try:
            with node.identity.read() as session:
                brand = brand_of(session, node, find_link(session, node, token)[1].site)
        except NotFound:
            return _gone(node, request, token)
        return render(request, brand, "link.html", token=token)

    @router.post("/link/{token}", dependencies=[Depends(refuse_cross_site)])
    def open_by_link(request: Request, token: str) -> Response:
        try:
            with node.identity.read() as session:
                brand = brand_of(session, node, find_link(session, node, token)[1].site)
            framed = is_framed(request, brand)
            opened = admit_by_link(node, token, framed=framed)
        except NotFound:
            return _gone(node, request, token)
        return _enter(node, request, opened, brand, framed=framed)


def _gone(node: Node, request: Request, token: str) -> Response:
    with node.identity.read() as session:
        brand = brand_of(session, node, site_of_link(session, node, token))
    return render(request, brand, "link_gone.html", 404)


def _add_sending(router: APIRouter, node: Node, admission: Admission) -> None:
    @router.get("/send")
    def show_sending(request: Request, visitor: Annotated[Uploader | None, Depends(admission.visitor)]) -> Response:
        if visitor is None:
            return _see("/upload", _brand(node, ""))
        return _sending_page(node, request, visitor)

    @router.post("/send", dependencies=[Depends(refuse_cross_site)])
    def show_sending_again(
        request: Request,
        bearer: Annotated[str, FormField(max_length=100)] = "",
        site: Annotated[str, FormField(max_length=64)] = "",
    ) -> Response:
        """Show the page of a frame anew, in another language."""
        uploader = find_uploader(node, bearer, framed=True)
        if uploader is None:
            return render(request, _brand(node, site), "start.html", 401, message="send.ended")
        return _sending_page(node, request, uploader, bearer)


def _sending_page(node: Node, request: Request, uploader: Uploader, bearer: str = "") -> Response:
    limits = node.settings.uploads
    page = {
        "csrf": "" if bearer else uploader.csrf_token,
        "bearer": bearer,
        "case": uploader.case_number,
        "most_files": limits.maximum_members,
        "most_bytes": limits.maximum_bytes,
        "most_printed": MOST_PRINTED,
    }
    words = dict(catalogue(language_of(request)))
    return render(request, _brand(node, uploader.site), "send.html", page=page, page_words=words, uploader=uploader)


def _add_deliveries(router: APIRouter, node: Node, admission: Admission) -> None:
    Who = Annotated[Uploader, Depends(admission.uploader)]
    streams = Streams()

    @router.get("/status")
    def show_status(who: Who) -> JSONResponse:
        return JSONResponse(overview(node, who), headers={"Cache-Control": "no-store"})

    @router.get("/deliveries/{delivery_id}")
    def show_delivery(delivery_id: str, who: Who) -> JSONResponse:
        return JSONResponse(delivery_state(node, who, delivery_id), headers={"Cache-Control": "no-store"})

    @router.get("/deliveries/{delivery_id}/events")
    def stream_delivery(request: Request, delivery_id: str, who: Who) -> Response:
        delivery_state(node, who, delivery_id)

        def look() -> dict[str, Any]:
            return delivery_state(node, admission.uploader(request), delivery_id)  # who may have left meanwhile

        return streams.open(request, look, owner=who.owner)


def _add_receipts(router: APIRouter, node: Node, admission: Admission) -> None:
    @router.get("/deliveries/{delivery_id}/receipt.{form}")
    def send_receipt(
        request: Request, delivery_id: str, form: Form, who: Annotated[Uploader, Depends(admission.uploader)]
    ) -> Response:
        """Issue the signed receipt of what came by the same way, to keep."""
        with node.identity.read() as session:
            require_own(session, who, delivery_id)
        language = language_of(request)
        content = issue_receipt(node, delivery_id, form, actor=who.actor, for_stranger=True, language=language)
        headers = {
            **GUARD_HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="receipt-{delivery_id}.{form}"',
        }
        return Response(content, media_type=FORMS[form], headers=headers)


def _add_files(router: APIRouter, node: Node) -> None:
    @router.get("/static/{digest}/{name}")
    def send_static(digest: str, name: str) -> Response:
        present, found = static_files()
        if digest != present or name not in found:
            raise NotFound("there is no such file in this version")
        kind = MEDIA_TYPES["." + name.rpartition(".")[2]]
        return Response(found[name], media_type=kind, headers=dict(STATIC_HEADERS))

    @router.get("/look/{colour}.css")
    def send_look(colour: str) -> Response:
        if not re.fullmatch(r"[0-9a-f]{6}", colour):
            raise NotFound("there is no such look")
        content = f":root {{ --brand: #{colour}; }}\n"
        return Response(content, media_type=MEDIA_TYPES[".css"], headers=dict(STATIC_HEADERS))

    @router.get("/logo/{site}/{digest}.png")
    def send_logo(site: str, digest: str) -> Response:
        with node.identity.read() as session:
            row = session.get(SiteBrand, site)
            logo = row.logo if row is not None and brand_of(session, node, site).logo_digest == digest else None
        if not logo:
            raise NotFound("there is no such logo")
        return Response(logo, media_type="image/png", headers=dict(STATIC_HEADERS))


def _brand(node: Node, site: str) -> Brand:
    with node.identity.read() as session:
        return brand_of(session, node, site if _SITE.fullmatch(site) else None)


def _enter(node: Node, request: Request, opened: Opened, brand: Brand, *, framed: bool) -> Response:
    if framed:
        return _sending_page(node, request, opened.uploader, opened.secret)
    answer = _see(_SEND, brand)
    answer.set_cookie(
        COOKIE,
        opened.secret,  # it goes with the browser's window, and ends on the server besides
        path="/upload",
        httponly=True,
        samesite="strict",
        secure=node.settings.http.secure_cookies,
    )
    return answer


def _see(path: str, brand: Brand) -> Response:
    return RedirectResponse(path, 303, headers=page_headers(brand))
