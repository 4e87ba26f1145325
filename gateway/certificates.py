"""Certificates in PEM files that an admin names: of who may come in, and of who is trusted when it is called."""

import hashlib
import re
import ssl
from pathlib import Path

from config.errors import Malformed

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificate_digests(path: Path) -> tuple[str, ...]:
    """Return the SHA-256 of every certificate in a PEM file.

    Raises:
        Malformed: the file cannot be read or holds none.
    """
    return tuple(digests_of(trusted_certificates(path)))


def trusted_certificates(path: Path) -> str:
    """Return the certificates of a PEM file and nothing else of it, such as a key that stands beside them.

    Raises:
        Malformed: the file cannot be read or holds none.
    """
    try:
        found = "\n".join(_PEM.findall(path.read_text(encoding="ascii")))
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
    except (OSError, ValueError):
        raise Malformed(f"{path} holds no certificate in PEM form") from None
    return found + "\n"


def digests_of(certificates: str) -> list[str]:
    """Return the SHA-256 (of DER, hexadecimal) of each certificate in PEM text."""
    return [hashlib.sha256(ssl.PEM_cert_to_DER_cert(each)).hexdigest() for each in _PEM.findall(certificates)]
