"""The routes of OHIF: a page of ours that starts it, our settings for it, and its files.

The page is for readers who are logged in; strangers are sent to the log-in and come back. The files hold nothing of
anybody and are open, as those of the log-in page are. The policy keeps the viewer from asking any other server, and
both isolation headers let it share memory between its threads, which its volume views need.
"""

from html import escape
from importlib.resources import files
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from config.errors import NotFound
from viewer_api.ohif.installation import COMPRESSED, InstalledViewer, read_installed
from worklist.access.gate import Gate
from worklist.pages.headers import GUARD_HEADERS, STATIC_HEADERS
from worklist.principal import Principal
from worklist.room import ReadingRoom

MEDIA_TYPES = {
    "js": "text/javascript",
    "css": "text/css",
    "json": "application/json",
    "jsonc": "application/json",
    "wasm": "application/wasm",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
}
"""What is served of the package at all, by the ending of the name."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
ISOLATION = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OHIF · {name}</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="{files}{style}">
<script src="/ohif/start.js" data-files="{files}"></script>
<script defer src="{files}{script}"></script>
</head>
<body>
<noscript>This viewer needs JavaScript, which this browser does not run.</noscript>
<div id="react-portal"></div>
<div id="root"></div>
</body>
</html>
"""


def make_router(room: ReadingRoom) -> APIRouter:
    """Return the routes below `/ohif`; they answer 404 while no viewer is installed."""
    router = APIRouter(include_in_schema=False)
    start = files(__package__).joinpath("start.js").read_bytes()

    @router.get("/ohif/start.js")
    def send_start() -> Response:
        headers = {**GUARD_HEADERS, **ISOLATION, "Cache-Control": "no-cache"}
        return Response(start, media_type=MEDIA_TYPES["js"], headers=headers)

    @router.get("/ohif/files/{folder}/{path:path}")
    def send_file(folder: str, path: str, request: Request) -> Response:
        viewer = _installed(room)
        if folder != viewer.folder or path not in viewer.files:
            raise NotFound("the installed viewer has no such file")
        return _file(room, viewer, path, request)

    _add_page(router, room)
    return router


def _add_page(router: APIRouter, room: ReadingRoom) -> None:
    Visitor = Annotated[Principal | None, Depends(Gate(room).identify)]

    @router.get("/ohif")
    @router.get("/ohif/{view:path}")
    def show(request: Request, visitor: Visitor) -> Response:
        if visitor is None or visitor.role != "reader":
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/?next={quote(asked)}", 303, headers=dict(GUARD_HEADERS))
        viewer = _installed(room)
        page = _PAGE.format(
            name=escape(room.settings.node.name),
            files=escape(viewer.address),
            style=escape(viewer.style),
            script=escape(viewer.script),
        )
        return HTMLResponse(page, headers={**GUARD_HEADERS, **ISOLATION, "Cache-Control": "no-store"})


def _installed(room: ReadingRoom) -> InstalledViewer:
    viewer = read_installed(room.settings.viewers)
    if viewer is None:
        raise NotFound("OHIF is not installed on this node: `overread viewer install` does that")
    return viewer


def _file(room: ReadingRoom, viewer: InstalledViewer, path: str, request: Request) -> Response:
    place = room.settings.viewers / viewer.folder / path
    headers = {**STATIC_HEADERS, **ISOLATION}
    if viewer.files[path]:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            place = place.with_name(place.name + COMPRESSED)
    return FileResponse(place, media_type=MEDIA_TYPES[path.rpartition(".")[2]], headers=headers)
