"""Issue a receipt in the form that was asked for: a bare token, readable JSON with the token in it, or a PDF with both.

Each issue is in the audit trail, because a receipt bears original identifiers.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from nacl.signing import SigningKey

from config.errors import NotOffered
from config.keys import read_receipt_seed
from gateway import audit
from gateway.letters import language_for
from gateway.models import Site
from gateway.node import Node
from gateway.receipts.jws import sign
from gateway.receipts.statement import state_receipt, without_decisions

Form = Literal["jws", "json", "pdf"]

FORMS: Mapping[Form, str] = MappingProxyType(
    {"jws": "application/jose", "json": "application/json", "pdf": "application/pdf"}
)
MOST_PRINTED = 5000


def issue_receipt(
    node: Node, delivery_id: str, form: Form, *, actor: str, for_stranger: bool = False, language: str | None = None
) -> bytes:
    """Return a receipt of a delivery as things stand now; see `without_decisions` for one that a stranger may have.

    A PDF is in `language`, one of `gateway.letters.LANGUAGES`, or in that of the site that sent; the others have none.

    Raises:
        NotFound: no such delivery.
        Conflict: nothing of it was looked at yet.
        NotOffered: a PDF of more objects than anybody reads.
        Misconfigured: the node lacks its signing key.
    """
    seed = read_receipt_seed(node.settings.home)
    with node.identity.read() as session:
        claims = state_receipt(node, session, delivery_id, bytes(SigningKey(seed).verify_key))
        site = session.get_one(Site, claims["site"])
        printed_in = language or language_for(site.language, site.country)
    claims = without_decisions(claims) if for_stranger else claims
    if form == "pdf" and sum(claims["counts"].values()) > MOST_PRINTED:
        raise NotOffered(f"a receipt of more than {MOST_PRINTED} objects is not printed; ask for json or jws")
    with node.identity.write() as session:
        detail = {"form": form, "state": claims["state"]}
        audit.note(session, node.clock, actor=actor, action="receipt-issued", subject=delivery_id, detail=detail)
    token = sign(claims, seed)
    if form == "jws":
        return token.encode("ascii")
    if form == "json":
        return with_token(claims, token)
    from gateway.receipts.pdf import as_pdf

    return as_pdf(claims, token, printed_in)


def with_token(claims: Mapping[str, Any], token: str) -> bytes:
    """Return claims to read, with the token that proves them."""
    return (json.dumps({**claims, "jws": token}, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")
