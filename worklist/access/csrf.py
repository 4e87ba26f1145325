"""Keep foreign pages from acting in a logged-in reader's name.

Two guards: a token that only our own pages know, for everything done with the log-in cookie; and the browser's own word
on where a request comes from, for the log-in form, which is sent before there is a token.
"""

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from config.errors import Forbidden
from worklist.principal import Principal

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_FORM = 64 * 1024
_FORM = "application/x-www-form-urlencoded"


async def require_csrf_token(request: Request, principal: Principal) -> None:
    """Refuse an unsafe request made with the log-in cookie unless it bears the log-in's token.

    The token comes in the header `X-CSRF-Token`, or in the field `csrf_token` of a small URL-encoded form.

    Raises:
        Forbidden: no token, or another one.
    """
    if principal.csrf_token is None or request.method in SAFE_METHODS:
        return
    given = request.headers.get(HEADER) or await _form_field(request)
    if not hmac.compare_digest(given.encode(), principal.csrf_token.encode()):
        raise Forbidden(f"this request needs the log-in's token in the header {HEADER}; load the page again")


def refuse_cross_site(request: Request) -> None:
    """Refuse a request that the browser says was made by a page of another origin.

    A client that is no browser sends neither header and passes.

    Raises:
        Forbidden: another origin.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = site not in {None, "same-origin", "none"}
    if site is None and origin is not None:
        foreign = urlsplit(origin).netloc != request.headers.get("Host")
    if foreign:
        raise Forbidden("this form was sent from another site")


async def _form_field(request: Request) -> str:
    if request.headers.get("Content-Type", "").split(";")[0].strip().lower() != _FORM:
        return ""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        return ""
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else ""
