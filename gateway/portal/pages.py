"""Render a page of the portal: its template, the visitor's words, the site's look, under the guarding headers."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.portal.branding import Brand
from gateway.portal.frames import is_framed, page_headers
from gateway.portal.words import LANGUAGES, catalogue, choose_language

LANGUAGE_COOKIE = "overread_upload_language"
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
)


def language_of(request: Request) -> str:
    """Return the language that a visitor asks for now, asked for before, or whose browser does."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(chosen, request.headers.get("Accept-Language", ""))


def render(request: Request, brand: Brand, template: str, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a page; `context` is what the template needs besides words and look."""
    language = language_of(request)
    values = {
        "words": catalogue(language),
        "language": language,
        "languages": LANGUAGES,
        "brand": brand,
        "static": f"/upload/static/{static_files()[0]}",
        "framed": is_framed(request, brand),
        "page": None,
        **context,
    }
    answer = HTMLResponse(_templates().get_template(template).render(values), status_code, page_headers(brand))
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, path="/upload", httponly=True, samesite="strict")
    return answer


@cache
def static_files() -> tuple[str, Mapping[str, bytes]]:
    """Return the static files by name, and the digest that stands for all of them."""
    folder = files("gateway.portal").joinpath("static")
    found = {
        entry.name: entry.read_bytes()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if "." + entry.name.rpartition(".")[2] in MEDIA_TYPES
    }
    whole = hashlib.sha256()
    for name, content in found.items():
        whole.update(f"{name}\n{hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()[:16], MappingProxyType(found)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("gateway.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
