"""What an association request says of its sender: titles, address, certificate, user identity."""

import hashlib
import ssl
from typing import Any

from scp.admission import Knock

NAME_TYPES = (1, 2)  # a name, and a name with a passcode (PS3.7 table D.3-14)


def knock_of(association: Any) -> Knock:
    """Return who asks for an association; Kerberos, SAML and JWT assertions count as no name."""
    request = association.requestor.primitive
    identity = association.requestor.user_identity
    named = identity is not None and identity.user_identity_type in NAME_TYPES
    return Knock(
        calling_ae=request.calling_ae_title,
        called_ae=request.called_ae_title,
        peer_host=association.requestor.address_info.address,
        tls=isinstance(association.dul.socket.socket, ssl.SSLSocket),
        certificate=_certificate(association.dul.socket.socket),
        user=_text(identity.primary_field) if named else "",
        password=_text(identity.secondary_field) if named else "",
    )


def _certificate(connection: Any) -> str:
    """Return the SHA-256 of the certificate that the peer proved, "" without one."""
    if not isinstance(connection, ssl.SSLSocket):
        return ""
    certificate = connection.getpeercert(binary_form=True)
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
