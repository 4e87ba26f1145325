"""The headers every page bears: what a browser must refuse to do with it.

Scripts and styles come from this node only and never from inside a page, so an injected string stays a string. A page
with a patient's images is never framed, never kept in a cache, and never named to another server.
"""

from collections.abc import Mapping
from types import MappingProxyType

_POLICY: Mapping[str, str] = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
)

CONTENT_SECURITY_POLICY = "; ".join(f"{directive} {sources}" for directive, sources in _POLICY.items())

GUARD_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)

PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        **GUARD_HEADERS,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-store",
    }
)

STATIC_HEADERS: Mapping[str, str] = MappingProxyType(
    {**GUARD_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
)
