"""What the holder of a link sees: a page with the contact sheet of one study, its strips and cines, and nothing else.

No pseudonym, no UID, no date, no description, no report: series are counted, and called by their modality. Nothing here
leads further into the node. Requests are counted by link, wrong links by client; answers are asked for again each time,
since a link may be taken back.
"""

from datetime import timedelta
from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from config.errors import NotFound
from viewer_api.dicomweb.context import Context, DicomWebRoute
from viewer_api.previews.answers import CINES, STILLS, CineSize, Columns, Frames, Images, Previews, TileSize
from viewer_api.previews.compose import SHEET_ENCODERS, draw_contact_sheet, draw_strip, heading, make_cine
from viewer_api.previews.links import LinkRecord, find_link
from viewer_api.previews.rate import Rate
from viewer_api.previews.selection import SeriesView, series_of, version_of
from worklist.pages.headers import PAGE_HEADERS
from worklist.pages.static_files import load_static_set
from worklist.principal import Principal

PREFIX = "/shared"
LINK_REQUESTS, LINK_WINDOW = 240, timedelta(minutes=2)
WRONG_LINKS, WRONG_WINDOW = 30, timedelta(minutes=10)
_PICTURE_HEADERS = {
    **{name: value for name, value in PAGE_HEADERS.items() if name != "Cache-Control"},
    "X-Robots-Tag": "noindex, nofollow",
}


class Admission:
    """Turns tokens into links, and slows down who asks too often."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._by_link = Rate(context.room.clock, LINK_REQUESTS, LINK_WINDOW)
        self._by_client = Rate(context.room.clock, WRONG_LINKS, WRONG_WINDOW)

    def views(self, request: Request, token: str) -> tuple[LinkRecord, list[SeriesView]]:
        """Return a link and the series it shows; the look is noted.

        Raises:
            NotFound: the link is not valid, or its study was withdrawn.
            TooOften: too many requests with this link, or too many wrong links from this client.
        """
        try:
            link = find_link(self._context.room, token)
        except NotFound:
            self._by_client.count(request.client.host if request.client else "unknown")
            raise
        self._by_link.count(link.id)
        views = series_of(self._context.room, link.study_uid)
        holder = Principal(name=f"preview link {link.id}", role="integrator", reader_id=None, via="token")
        self._context.looks.note(holder, "images-viewed", link.study_uid)
        return link, views


def make_router(context: Context, previews: Previews) -> APIRouter:
    """Return the routes below /shared, which need nothing but a valid link."""
    router = APIRouter(prefix=PREFIX, route_class=DicomWebRoute, tags=["shared previews"])
    admission = Admission(context)
    _add_page(router, context, admission)
    _add_pictures(router, context, admission, previews)
    return router


def _add_page(router: APIRouter, context: Context, admission: Admission) -> None:
    @router.get("/{token}", response_class=HTMLResponse)
    def show_page(request: Request, token: str) -> HTMLResponse:
        """Show the shared study as a page."""
        link, views = admission.views(request, token)
        headers = {**PAGE_HEADERS, "X-Robots-Tag": "noindex, nofollow"}
        until = f"{link.expires_at:%Y-%m-%d %H:%M} UTC"
        return HTMLResponse(_page(context.room.settings.node.name, token, until, views), headers=headers)


def _add_pictures(router: APIRouter, context: Context, admission: Admission, previews: Previews) -> None:
    @router.get("/{token}/contact-sheet", response_class=Response)
    def show_contact_sheet(request: Request, token: str, tile: TileSize = 160, columns: Columns = 6) -> Response:
        """Show the shared study at a glance."""
        _, views = admission.views(request, token)

        def draw(media_type: str) -> bytes:
            return SHEET_ENCODERS[media_type](
                draw_contact_sheet(context, views, tile=tile, columns=columns, named=False)
            )

        what = ("shared sheet", tile, columns)
        return previews.answer(request, STILLS, version_of(views), what, draw, extra=_PICTURE_HEADERS, exact=False)

    @router.get("/{token}/series/{place}/strip", response_class=Response)
    def show_strip(request: Request, token: str, place: int, tile: TileSize = 192, images: Images = 8) -> Response:
        """Show one of its series, counted from 1, as a line of images."""
        _, views = admission.views(request, token)
        view = _at(views, place)

        def draw(media_type: str) -> bytes:
            return SHEET_ENCODERS[media_type](draw_strip(context, view, tile=tile, images=images, words=""))

        what = ("shared strip", place, tile, images)
        return previews.answer(request, STILLS, view.version, what, draw, extra=_PICTURE_HEADERS, exact=False)

    @router.get("/{token}/series/{place}/cine", response_class=Response)
    def show_cine(request: Request, token: str, place: int, size: CineSize = 256, frames: Frames = 60) -> Response:
        """Show one of its series, counted from 1, as an animation."""
        _, views = admission.views(request, token)
        view = _at(views, place)

        def draw(media_type: str) -> bytes:
            return make_cine(context, view, media_type, size=size, frames=frames)

        what = ("cine", size, frames)
        return previews.answer(request, CINES, view.version, what, draw, extra=_PICTURE_HEADERS, exact=False)


def _at(views: list[SeriesView], place: int) -> SeriesView:
    if not 1 <= place <= len(views):
        raise NotFound("the shared study has no such series")
    return views[place - 1]


def _page(node: str, token: str, until: str, views: list[SeriesView]) -> str:
    """Return the page; the token was checked, so that it holds letters, digits, - and _ only."""
    sections = []
    for place, view in enumerate(views, 1):
        words = escape(heading(view, place, named=False))
        address = f"{PREFIX}/{token}/series/{place}"
        moving = f' <a href="{address}/cine">as a film</a>' if view.frames > 1 else ""
        picture = f'<img src="{address}/strip" alt="{words}" loading="lazy">'
        sections.append(f"<section><h2>{words}{moving}</h2>{picture}</section>")
    static = f"/static/{load_static_set().digest}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>Shared images · {escape(node)}</title><link rel="stylesheet" href="{static}/overread.css"></head>'
        f'<body class="shared"><main><h1>Shared images</h1><p class="muted">Previews only, not for diagnosis. '
        f"This link ends {until}.</p>"
        f'<p><a href="{PREFIX}/{token}/contact-sheet?columns=10">All series on one sheet</a></p>'
        f"{''.join(sections)}</main></body></html>"
    )
