"""Our case JSON: one document, strict."""

import json

from config.errors import Malformed
from gateway.case_reports.document import build_document
from gateway.case_reports.parts import Part, digest_of


def read_json(payload: bytes) -> list[Part]:
    """Return the one part of a document.

    Raises:
        Malformed: no JSON, or not ours; the message names the field and never its value.
    """
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("the case report is not JSON") from None
    return [Part("document", digest_of(payload), build_document(value), joins=False)]
