"""The headers of the upload page: nothing from elsewhere, no script or style inside a page, frames by allow-list.

The allow-list is the site's (`overread site brand --frame-ancestor`). The session cookie is SameSite=Strict, so that a
browser does not send it inside a frame on a page of another site: there the page shows one button that opens it in a
window of its own.
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


def is_foreign_frame(request: Request) -> bool:
    """Say whether the browser asks for a page to show it in a frame of another site."""
    destination = request.headers.get("Sec-Fetch-Dest", "")
    return destination in {"iframe", "frame"} and request.headers.get("Sec-Fetch-Site") == "cross-site"
