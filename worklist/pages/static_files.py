"""Static files: read once from the package, served under the digest of the whole set.

ES modules import each other by relative paths, so one digest in the path covers them all: a page never mixes two
versions, and a browser may keep every file for ever. They come from package data (`importlib.resources`), so an
installed wheel serves them as a checkout does.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from config.errors import NotFound
from worklist.pages.headers import STATIC_HEADERS

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "js": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "svg": "image/svg+xml",
    }
)
_DIGEST_DIGITS = 16


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class StaticSet:
    """Every static file by its path below `static/`, and the digest that stands for all of them."""

    digest: str
    files: Mapping[str, StaticFile]


@cache
def load_static_set(*packages: str) -> StaticSet:
    """Read the static files of this package and of others; a kind of file without a media type is left out."""
    found: dict[str, StaticFile] = {}
    whole = hashlib.sha256()
    folders = (files(package).joinpath("static") for package in ("worklist.pages", *packages))
    for path, content in sorted(entry for folder in folders for entry in _walk(folder, "")):
        media_type = MEDIA_TYPES.get(path.rpartition(".")[2])
        if media_type is None:
            continue
        digest = hashlib.sha256(content).hexdigest()
        whole.update(f"{path}\n{digest}\n".encode())
        found[path] = StaticFile(content, media_type, f'"{digest[:_DIGEST_DIGITS]}"')
    return StaticSet(whole.hexdigest()[:_DIGEST_DIGITS], MappingProxyType(found))


def static_answer(static: StaticSet, digest: str, path: str, request: Request) -> Response:
    """Return the answer to a request for a file of a set.

    Raises:
        NotFound: no such file, or one of another version.
    """
    file = static.files.get(path) if digest == static.digest else None
    if file is None:
        raise NotFound("there is no such file in this version")
    headers = {**STATIC_HEADERS, "ETag": file.etag}
    if request.headers.get("If-None-Match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()
