"""The routes of the reading page: log-in, log-out, worklist, study, and the files they need.

A page route shows a shell and changes nothing; who is not logged in is sent to the log-in and comes back to the same
place. The two forms change only the log-in itself: the first is guarded by the browser's word on where it was sent
from, the second by the log-in's CSRF token. Everything else a reader does goes through the JSON API.
"""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from config.errors import NotFound, Unauthenticated
from worklist.access.csrf import refuse_cross_site, require_csrf_token
from worklist.access.gate import Gate
from worklist.access.log_ins import COOKIE, drop_cookie, log_in, log_out, set_cookie
from worklist.access.throttle import Throttled
from worklist.bounded import BoundedRoute
from worklist.pages.headers import PAGE_HEADERS
from worklist.pages.shells import render
from worklist.pages.static_files import load_static_set, static_answer
from worklist.principal import Principal
from worklist.room import ReadingRoom

START = "/worklist"
_OWN_PAGE = re.compile(r"/worklist(/[A-Za-z0-9_-]{1,64})?")
_COMES_BACK = re.compile(rf"{_OWN_PAGE.pattern}|/ohif/(viewer\?StudyInstanceUIDs=[0-9.]{{1,64}})?")
_LONGEST_NAME = 120
_LONGEST_PASSWORD = 1024
_STATUS = {Unauthenticated: 401, Throttled: 429}
_MESSAGE = {
    Unauthenticated: "That name and password do not fit together. Check both and try again.",
    Throttled: "Too many attempts with this name. Wait fifteen minutes and try again.",
}


def make_router(room: ReadingRoom) -> APIRouter:
    """Return the routes of the pages; whoever composes the node adds the JSON API and /dicom-web beside them."""
    router = APIRouter(include_in_schema=False, route_class=BoundedRoute)
    _add_log_in(router, room)
    _add_shells(router, room)
    _add_files(router)
    return router


def _add_log_in(router: APIRouter, room: ReadingRoom) -> None:
    gate = Gate(room)
    Visitor = Annotated[Principal | None, Depends(gate.identify)]

    @router.get("/")
    def show_log_in(visitor: Visitor, next: str = START, expired: bool = False) -> Response:  # noqa: A002
        if visitor is not None and visitor.role == "reader":
            return _see(_own_page(next))
        return render(room, "log_in.html", next=_own_page(next), expired=expired)

    @router.post("/", dependencies=[Depends(refuse_cross_site)])
    def open_log_in(
        request: Request,
        name: Annotated[str, Form(max_length=_LONGEST_NAME)],
        password: Annotated[str, Form(max_length=_LONGEST_PASSWORD)],
        next: Annotated[str, Form()] = START,  # noqa: A002
    ) -> Response:
        client = request.client.host if request.client else "unknown"
        try:
            opened = log_in(room, name=name.strip(), password=password, client=client)
        except (Unauthenticated, Throttled) as error:
            kind = type(error)
            return render(
                room, "log_in.html", _STATUS[kind], next=_own_page(next), message=_MESSAGE[kind], name=name.strip()
            )
        answer = _see(_own_page(next))
        set_cookie(answer, room.settings.http, opened)
        return answer

    @router.post("/log-out")
    async def close_log_in(request: Request, visitor: Visitor) -> Response:
        if visitor is not None:
            await require_csrf_token(request, visitor)
        return await run_in_threadpool(_end_log_in, room, request.cookies.get(COOKIE))


def _end_log_in(room: ReadingRoom, cookie: str | None) -> Response:
    if cookie is not None:
        with room.database.write() as session:
            log_out(session, room.clock, cookie)
    answer = _see("/")
    drop_cookie(answer, room.settings.http)
    return answer


def _add_shells(router: APIRouter, room: ReadingRoom) -> None:
    gate = Gate(room)
    Visitor = Annotated[Principal | None, Depends(gate.identify)]

    @router.get("/worklist")
    def show_worklist(visitor: Visitor) -> Response:
        if visitor is None or visitor.role != "reader":
            return _see_log_in("/worklist")
        return render(room, "worklist.html", reader=visitor)

    @router.get("/worklist/{item_id}")
    def show_study(item_id: str, visitor: Visitor) -> Response:
        if not _OWN_PAGE.fullmatch(f"/worklist/{item_id}"):
            raise NotFound("there is no such worklist item")
        if visitor is None or visitor.role != "reader":
            return _see_log_in(f"/worklist/{item_id}")
        return render(room, "study.html", reader=visitor, item_id=item_id, ohif=_has_ohif(room))


def _add_files(router: APIRouter) -> None:
    static = load_static_set()

    @router.get("/static/{digest}/{path:path}")
    def send_static(digest: str, path: str, request: Request) -> Response:
        return static_answer(static, digest, path, request)

    @router.get("/favicon.ico")
    def send_favicon() -> Response:
        return RedirectResponse(f"/static/{static.digest}/logo.svg", 307)


def _has_ohif(room: ReadingRoom) -> bool:
    """Say whether the viewer of others is installed, so that a page may lead to it."""
    return (room.settings.viewers / "ohif.json").is_file()


def _own_page(path: str) -> str:
    """Return a path to go on to, only if it is a page of this node: a link cannot lead anywhere else."""
    return path if _COMES_BACK.fullmatch(path) else START


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, headers=dict(PAGE_HEADERS))


def _see_log_in(path: str) -> Response:
    return _see("/" if path == START else f"/?next={quote(path)}")
