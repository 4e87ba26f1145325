"""The desk's pages: the log-in, what waits, one study, its words, one case, and the quarantine.

A page is rendered whole on the server, under the guarding headers, and changes nothing; what a coordinator does goes
through the desk's API with the log-in's CSRF token. Who is not logged in is sent to the log-in and comes back.
"""

import re
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from config.errors import NotFound, SenderFault, Unauthenticated
from gateway.case_words import words_view
from gateway.desk.api import looked
from gateway.desk.at_desk import case_at_desk, study_at_desk
from gateway.desk.form_values import empty_form, form_of_case, form_of_study
from gateway.desk.gate import desk_gate
from gateway.desk.log_ins import COOKIE, PATH, log_in, log_out
from gateway.desk.waiting import cases_lacking_records, counts, waiting_studies
from gateway.letters import LANGUAGES
from gateway.matching.certainty import ASKED
from gateway.node import Node
from gateway.quarantine import count_quarantine, list_alike, quarantine_at_desk
from gateway.sites import list_sites
from worklist.access.csrf import refuse_cross_site, require_csrf_token
from worklist.access.log_ins import drop_cookie, set_cookie
from worklist.access.throttle import Throttled
from worklist.bounded import BoundedRoute
from worklist.pages.headers import PAGE_HEADERS
from worklist.pages.static_files import load_static_set, static_answer
from worklist.principal import Principal

_LOG_IN = "/desk/log-in"
_OWN_PAGE = re.compile(r"/desk(/(studies|cases)/[0-9.]{1,64}(/words)?|/new-case|/quarantine(/[0-9]{1,18})?)?")
_QUARANTINE = "/desk/quarantine"
_NEW_CASE = "/desk/new-case"
_A_PAGE = 100
_CASE_NUMBER = re.compile(r"(?<!\d)(\d{3})(\d{3})(\d{4})(?!\d)")
_FURTHEST_AHEAD = timedelta(hours=14)
_ROLES = frozenset({"coordinator", "admin"})
_STATUS = {Unauthenticated: 401, Throttled: 429}
_MESSAGE = {
    Unauthenticated: "That name and password do not fit together. Check both and try again.",
    Throttled: "Too many attempts with this name. Wait fifteen minutes and try again.",
}
ENVIRONMENT = Environment(
    loader=PackageLoader("gateway.desk"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.globals["asked"] = ASKED
ENVIRONMENT.filters["grouped"] = lambda text: _CASE_NUMBER.sub(r"\1 \2 \3", text)


def make_router(node: Node) -> APIRouter:
    """Return the routes of the desk's pages."""
    router = APIRouter(include_in_schema=False, route_class=BoundedRoute)
    _add_log_in(router, node)
    _add_lists(router, node)
    _add_details(router, node)
    _add_quarantine(router, node)
    _add_files(router)
    return router


def _add_log_in(router: APIRouter, node: Node) -> None:
    Visitor = Annotated[Principal | None, Depends(desk_gate(node).identify)]

    @router.get(_LOG_IN)
    def show_log_in(visitor: Visitor, next: str = PATH, expired: bool = False) -> Response:  # noqa: A002
        if _may_enter(visitor):
            return _see(_own_page(next))
        return _render(node, "log_in.html", None, next=_own_page(next), expired=expired)

    @router.post(_LOG_IN, dependencies=[Depends(refuse_cross_site)])
    def open_log_in(
        request: Request,
        name: Annotated[str, Form(max_length=120)],
        password: Annotated[str, Form(max_length=1024)],
        next: Annotated[str, Form()] = PATH,  # noqa: A002
    ) -> Response:
        client = request.client.host if request.client else "unknown"
        try:
            opened = log_in(node, name=name.strip(), password=password, client=client)
        except (Unauthenticated, Throttled) as error:
            kind = type(error)
            again = {"next": _own_page(next), "message": _MESSAGE[kind], "name": name.strip()}
            return _render(node, "log_in.html", None, _STATUS[kind], **again)
        answer = _see(_own_page(next))
        set_cookie(answer, node.settings.http, opened, name=COOKIE, path=PATH)
        return answer

    @router.post("/desk/log-out")
    async def close_log_in(request: Request, visitor: Visitor) -> Response:
        if visitor is not None:
            await require_csrf_token(request, visitor)
        cookie = request.cookies.get(COOKIE)
        if cookie is not None:
            await run_in_threadpool(log_out, node, cookie)
        answer = _see(_LOG_IN)
        drop_cookie(answer, node.settings.http, name=COOKIE, path=PATH)
        return answer


def _add_lists(router: APIRouter, node: Node) -> None:
    Visitor = Annotated[Principal | None, Depends(desk_gate(node).identify)]

    @router.get(PATH)
    def show_desk(visitor: Visitor, studies: int = 0, cases: int = 0) -> Response:
        if visitor is None or not _may_enter(visitor):
            return _see_log_in(PATH)
        now = node.clock()
        with node.identity.write() as session:
            waiting, more_studies = waiting_studies(session, now=now, after=max(studies, 0))
            licensed = node.settings.worklist.require_licence
            lacking, more_cases = cases_lacking_records(session, now=now, licensed=licensed, after=max(cases, 0))
            counted = counts(session, now=now, goal_days=node.settings.desk.goal_days, licensed=licensed)
            waiting_objects = count_quarantine(session)
            looked(session, node, visitor, "desk-viewed", f"{len(waiting)} studies, {len(lacking)} cases")
        more = {"more_studies": more_studies, "more_cases": more_cases, "further": bool(studies or cases)}
        lists: dict[str, Any] = {"studies": waiting, "cases": lacking, "counts": counted, "objects": waiting_objects}
        return _render(node, "desk.html", visitor, **lists, more=more)


def _add_details(router: APIRouter, node: Node) -> None:
    Visitor = Annotated[Principal | None, Depends(desk_gate(node).identify)]

    @router.get("/desk/studies/{study_uid}")
    def show_study(study_uid: str, visitor: Visitor) -> Response:
        return _detail(node, visitor, f"/desk/studies/{study_uid}", "study.html", study_at_desk, study_uid)

    @router.get("/desk/studies/{study_uid}/words")
    def show_words(study_uid: str, visitor: Visitor) -> Response:
        return _detail(node, visitor, f"/desk/studies/{study_uid}/words", "words.html", words_view, study_uid)

    @router.get(_NEW_CASE)
    def show_new_case(visitor: Visitor) -> Response:
        if visitor is None or not _may_enter(visitor):
            return _see_log_in(_NEW_CASE)
        with node.identity.read() as session:
            sites = list_sites(session)
        return _render(node, "new_case.html", visitor, it=empty_form(), sites=sites, today=_today(node))

    @router.get("/desk/cases/{number}")
    def show_case(number: str, visitor: Visitor) -> Response:
        return _detail(node, visitor, f"/desk/cases/{number}", "case.html", case_at_desk, number)


def _add_quarantine(router: APIRouter, node: Node) -> None:
    Visitor = Annotated[Principal | None, Depends(desk_gate(node).identify)]

    @router.get(_QUARANTINE)
    def show_quarantine(
        visitor: Visitor,
        study: Annotated[str | None, Query(max_length=64)] = None,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    ) -> Response:
        if visitor is None or not _may_enter(visitor):
            return _see_log_in(_QUARANTINE)
        with node.identity.read() as session:
            rows = list_alike(session, study_uid=study, after=after, limit=_A_PAGE + 1)
        following = rows[_A_PAGE - 1]["id"] if len(rows) > _A_PAGE else None
        return _render(
            node, "quarantine.html", visitor, objects=rows[:_A_PAGE], study=study, following=following, after=after
        )

    @router.get(f"{_QUARANTINE}/{{number}}")
    def show_object(number: str, visitor: Visitor) -> Response:
        if visitor is None or not _may_enter(visitor):
            return _see_log_in(f"{_QUARANTINE}/{number}")
        try:
            if not _OWN_PAGE.fullmatch(f"{_QUARANTINE}/{number}"):
                raise NotFound("there is no such page at the desk")
            view = quarantine_at_desk(node, int(number))
        except SenderFault as error:
            return _render(node, "nothing.html", visitor, 404, message=str(error))
        return _render(node, "quarantined.html", visitor, it=view)


_FORMS = {"study.html": form_of_study, "case.html": form_of_case}
_VIEWED = {"study.html": "desk-study-viewed", "words.html": "desk-words-viewed", "case.html": "case-viewed"}


def _detail(node: Node, visitor: Principal | None, path: str, template: str, look: Any, subject: str) -> Response:
    if visitor is None or not _may_enter(visitor):
        return _see_log_in(path)
    if not _OWN_PAGE.fullmatch(path):
        raise NotFound("there is no such page at the desk")
    try:
        with node.identity.write() as session:
            view = look(session, node, subject)
            looked(session, node, visitor, _VIEWED[template], subject)
    except SenderFault as error:
        return _render(node, "nothing.html", visitor, 404, message=str(error))
    form = _FORMS[template](view) if template in _FORMS else None
    return _render(node, template, visitor, it=view, form=form, today=_today(node), languages=LANGUAGES)


def _today(node: Node) -> str:
    """Return the day by the calendar of whoever is furthest ahead: a child may be born tomorrow here, today there."""
    return f"{node.clock() + _FURTHEST_AHEAD:%Y-%m-%d}"


def _add_files(router: APIRouter) -> None:
    static = load_static_set("gateway.desk")

    @router.get("/desk/static/{digest}/{path:path}")
    def send_static(digest: str, path: str, request: Request) -> Response:
        return static_answer(static, digest, path, request)


def _render(
    node: Node, template: str, visitor: Principal | None, status_code: int = 200, **context: Any
) -> HTMLResponse:
    values = {
        "visitor": visitor,
        "message": None,
        "expired": False,
        "name": "",
        **context,
        "node": node.settings.node.name,
        "static": f"/desk/static/{load_static_set('gateway.desk').digest}",
    }
    headers = dict(PAGE_HEADERS)
    if status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return HTMLResponse(ENVIRONMENT.get_template(template).render(values), status_code, headers)


def _may_enter(visitor: Principal | None) -> bool:
    return visitor is not None and visitor.role in _ROLES


def _own_page(path: str) -> str:
    """Return a path to go on to, only if it is one of these pages: a link cannot lead anywhere else."""
    return path if _OWN_PAGE.fullmatch(path) else PATH


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, headers=dict(PAGE_HEADERS))


def _see_log_in(path: str) -> Response:
    return _see(_LOG_IN if path == PATH else f"{_LOG_IN}?next={quote(path)}")
