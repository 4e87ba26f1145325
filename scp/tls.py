"""The TLS contexts of a door and of who calls others from it (PS3.15 section B.12, BCP 195): TLS 1.2 and later.

Inwards, with a CA every peer must present a certificate that it signed. Without one the peer stays unproven and only
its AE title speaks for it, over a line nobody else can read. Outwards the peer is always proven, and the node presents
the certificate of its door where it has one.
"""

import ssl
from pathlib import Path
from typing import Protocol

from config.errors import Misconfigured

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # what RFC 9325 section 4.2 leaves of TLS 1.2; TLS 1.3 has its own


class TlsFiles(Protocol):
    """The section of the settings that names a door's certificates."""

    @property
    def tls_certificate(self) -> Path | None: ...

    @property
    def tls_key(self) -> Path | None: ...

    @property
    def tls_ca(self) -> Path | None: ...


def server_context(files: TlsFiles, section: str = "dicom") -> ssl.SSLContext | None:
    """Return the context of a door, or None when its section sets no certificate.

    Raises:
        Misconfigured: a key without its certificate or the reverse, a CA without both, or files that cannot be used.
    """
    if files.tls_certificate is None and files.tls_key is None and files.tls_ca is None:
        return None
    if files.tls_certificate is None or files.tls_key is None:
        raise Misconfigured(f"[{section}] tls_certificate and tls_key must be set together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if files.tls_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    _load(context, files, section)
    return context


def client_context(files: TlsFiles, trust: str = "", section: str = "dicom") -> ssl.SSLContext:
    """Return the context with which a peer is called over TLS.

    With `trust`, certificates in PEM, the peer must present one of these or one that they signed, whatever name stands
    in it: they were entered for this peer. Else its certificate must be signed by the CA of the section, or without
    one by a CA that the system trusts, and be for the host that is called.

    Raises:
        Misconfigured: as `server_context`, or `trust` holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust:
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(cadata=trust)
        except (ssl.SSLError, ValueError):
            raise Misconfigured("what is entered to trust for a peer holds no certificate") from None
    elif files.tls_ca is None:
        context.load_default_certs()
    _load(context, files, section, trusting=not trust)
    return context


def _load(context: ssl.SSLContext, files: TlsFiles, section: str, *, trusting: bool = True) -> None:
    """Set versions and ciphers, and load the certificate of the door and whom it trusts."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    try:
        if files.tls_certificate is not None:
            context.load_cert_chain(files.tls_certificate, files.tls_key, password=lambda: _no_password(section))
        if files.tls_ca is not None and trusting:
            context.load_verify_locations(files.tls_ca)
    except OSError:  # ssl.SSLError is one too
        raise Misconfigured(f"[{section}] tls_certificate, tls_key or tls_ca cannot be read or do not fit") from None


def _no_password(section: str) -> str:
    """Answer the question for a pass phrase, which would otherwise wait at a terminal that nobody watches."""
    raise Misconfigured(f"[{section}] tls_key is encrypted with a pass phrase: store it without one, mode 0600")
