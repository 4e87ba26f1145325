"""Render a page's shell: the template with what every page needs, under the guarding headers.

Templates come from package data with autoescaping on; an undefined name is an error, not an empty place.
"""

from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from worklist.pages.headers import PAGE_HEADERS
from worklist.pages.static_files import load_static_set
from worklist.room import ReadingRoom

_EVERYWHERE = {"reader": None, "message": None, "expired": False, "name": ""}


def render(room: ReadingRoom, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a page; `context` is what the template needs besides the node's name and the static root."""
    values = {
        **_EVERYWHERE,
        **context,
        "node": room.settings.node.name,
        "static": f"/static/{load_static_set().digest}",
    }
    headers = dict(PAGE_HEADERS)
    if status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return HTMLResponse(_templates().get_template(template).render(values), status_code, headers)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("worklist.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
