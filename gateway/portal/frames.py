"""The headers of the upload page: nothing from elsewhere, no script or style inside a page, frames by allow-list.

The allow-list is the site's (`overread site brand --frame-ancestor`); who is not on it may not show the page (CSP 3,
`frame-ancestors`). In a frame the page works as in a window, but for what it is known by: see `upload_sessions.py`.
That it is in a frame is the browser's own word (`Sec-Fetch-Dest`, W3C Fetch Metadata), which no page can forge, and
which browsers give on every address that such a frame can have.
"""

from collections.abc import Mapping

from fastapi import Request

from gateway.portal.branding import Brand

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
)
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})
STATIC_HEADERS: Mapping[str, str] = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_headers(brand: Brand) -> dict[str, str]:
    """Return the headers of a page of a site."""
    ancestors = " ".join(("'self'", *brand.frame_ancestors)) if brand.frame_ancestors else "'none'"
    return {
        "Content-Security-Policy": "; ".join((*_POLICY, f"frame-ancestors {ancestors}")),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # with no-referrer a form's Origin would be null, and the form refused
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-store",
    }


def is_framed(request: Request, brand: Brand) -> bool:
    """Say whether the browser asks for a page to show it in a frame, as some sites may."""
    return request.headers.get("Sec-Fetch-Dest") in _FRAMES and bool(brand.frame_ancestors)
