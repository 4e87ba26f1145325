"""The documents in a report's presentedForm, decoded and read; what is only an address is left where it is."""

import base64
import binascii
import re
from collections.abc import Iterator
from html import unescape

from config.errors import Malformed
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.fhir.resources import Attachment
from gateway.case_reports.parts import Enclosure
from gateway.node import Node

_KINDS = {"application/pdf": "pdf", "text/xml": "xml", "application/xml": "xml", "text/html": "html"}
_MARK = re.compile(r"(?P<opens><!--)|<\s*(?P<tag>/?[A-Za-z][A-Za-z0-9]*)\b[^<>]*>|<[!?][^<>]*>|-->")
_UNSEEN = frozenset({"script", "style"})
_BREAKS = frozenset({"br", "/p", "/div", "/li", "/tr", *(f"/h{level}" for level in range(1, 7))})
MOST_MARKUP = 1_000_000


def read_form(node: Node, form: Attachment) -> tuple[str, Enclosure | None]:
    """Return the text of an attachment and the document that it is.

    Raises:
        Malformed: data that is no Base64, or a document that cannot be read.
    """
    if not form.data:
        return "", None
    try:
        content = base64.b64decode("".join(form.data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("DiagnosticReport.presentedForm.data is no Base64") from None
    media = form.contentType.partition(";")[0].strip().lower()
    kind = "pdf" if content[:1024].find(b"%PDF-") >= 0 else _KINDS.get(media, "text")
    kind = "rtf" if content.lstrip().startswith(b"{\\rtf") else kind
    if kind == "html":
        return plain_text(text_of(node, "text", content)), Enclosure("text", content)
    return text_of(node, kind, content), Enclosure(kind, content)


def plain_text(markup: str) -> str:
    """Return the words of HTML or XHTML without their marks, in one pass over it.

    A comment, script or style that does not end hides what comes after it, as it does in a browser.

    Raises:
        Malformed: longer than any report.
    """
    if len(markup) > MOST_MARKUP:
        raise Malformed(f"HTML may have {MOST_MARKUP} characters")
    lines = unescape("".join(_words(markup))).splitlines()
    return "\n".join(line for each in lines if (line := " ".join(each.split())))


def _words(markup: str) -> Iterator[str]:
    """Yield what stands between the marks; each is looked for from the one before it and no `<` is looked past."""
    position, until = 0, ""
    for mark in _MARK.finditer(markup):
        tag = (mark["tag"] or "").lower()
        if until:
            if tag == until or (until == "-->" and mark[0].endswith(until)):
                position, until = mark.end(), ""
            continue
        yield markup[position : mark.start()]
        position = mark.end()
        if mark["opens"]:
            until = "-->"
        elif tag in _UNSEEN and not mark[0].endswith("/>"):
            until = f"/{tag}"
        elif tag in _BREAKS:
            yield "\n"
    if not until:
        yield markup[position:]
