"""Check a receipt in any of its forms against a public key; no node is needed.

Of JSON and PDF it is the token inside that is signed. JSON must say the same as its token; the pages of a PDF cannot be
compared, so what counts is what the check prints.
"""

import json
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from config.errors import Malformed, Refused, TooLarge
from gateway.receipts.jws import verify

ENCLOSED = "receipt.jws"
_MOST_BYTES = 256 << 20


def check_receipt(content: bytes, public: bytes) -> dict[str, Any]:
    """Return what a receipt says, once its signature holds.

    Raises:
        Malformed: not a receipt.
        Refused: signed with another key, or changed since.
        TooLarge: more than a receipt can be.
    """
    if len(content) > _MOST_BYTES:
        raise TooLarge("a receipt has at most 256 MiB")
    if content.startswith(b"%PDF-"):
        return verify(_token_in_pdf(content), public)
    if content.lstrip().startswith(b"{"):
        return _checked_json(content, public)
    try:
        return verify(content.decode("ascii").strip(), public)
    except UnicodeDecodeError:
        raise Malformed("this is not a receipt") from None


def _checked_json(content: bytes, public: bytes) -> dict[str, Any]:
    try:
        shown = json.loads(content, object_pairs_hook=_of_distinct_keys)
        token = shown.pop("jws")
    except (ValueError, RecursionError, KeyError):
        raise Malformed("this is not a receipt") from None
    if not isinstance(token, str):
        raise Malformed("this is not a receipt")
    claims = verify(token, public)
    if _canonical(claims) != _canonical(shown):
        raise Refused("the receipt does not say what was signed: it was changed")
    return claims


def _of_distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a key that comes twice one reader takes the first value and the next the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("the receipt says something twice: it was changed")
    return found


def _canonical(claims: dict[str, Any]) -> str:
    """Return claims so that different JSON differs, also where Python takes it for equal: 0 and false, 1 and 1.0."""
    return json.dumps(claims, sort_keys=True)


def _token_in_pdf(content: bytes) -> str:
    try:
        enclosed = PdfReader(BytesIO(content)).attachments[ENCLOSED]
        return enclosed[0].decode("ascii").strip()
    except Exception:  # noqa: BLE001 - the parser meets a stranger's file: whatever fails in it, it is no receipt
        raise Malformed("this PDF holds no receipt") from None
