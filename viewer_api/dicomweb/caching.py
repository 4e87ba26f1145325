"""Entity tags and caching: what is addressed by content never changes, what is listed may grow (RFC 9110, RFC 9111)."""

import hashlib
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

FOREVER: Final = "private, max-age=31536000, immutable"
ASK_AGAIN: Final = "private, no-cache"


def make_tag(*parts: object) -> str:
    """Return a strong entity tag for what the parts determine."""
    digest = hashlib.sha256("\n".join(str(part) for part in parts).encode())
    return f'"{digest.hexdigest()[:32]}"'


def caching_headers(tag: str, control: str) -> dict[str, str]:
    """Return the headers of an answer that may be kept by the one who asked."""
    return {"ETag": tag, "Cache-Control": control, "Vary": "Accept, Authorization, Cookie"}


def not_modified(request: Request, tag: str, control: str) -> Response | None:
    """Return the 304 answer when the client holds what has this tag."""
    held = request.headers.get("If-None-Match")
    if held is None:
        return None
    tags = {one.strip().removeprefix("W/") for one in held.split(",")}
    if tag in tags or "*" in tags:
        return Response(status_code=304, headers=caching_headers(tag, control))
    return None
