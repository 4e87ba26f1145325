"""The TLS context of the door (PS3.15 annex B): TLS 1.2 and later, mutual when a CA is given.

With a CA every peer must present a certificate that it signed. Without one the peer stays unproven and only its AE
title speaks for it, over a line nobody else can read.
"""

import ssl

from config.errors import Misconfigured
from config.settings import Dicom


def server_context(dicom: Dicom) -> ssl.SSLContext | None:
    """Return the context, or None when no certificate is set.

    Raises:
        Misconfigured: a key without its certificate or the reverse, a CA without both, or files that cannot be used.
    """
    if dicom.tls_certificate is None and dicom.tls_key is None and dicom.tls_ca is None:
        return None
    if dicom.tls_certificate is None or dicom.tls_key is None:
        raise Misconfigured("[dicom] tls_certificate and tls_key must be set together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(dicom.tls_certificate, dicom.tls_key, password=_no_password)
        if dicom.tls_ca is not None:
            context.load_verify_locations(dicom.tls_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError:  # ssl.SSLError is one too
        raise Misconfigured("[dicom] tls_certificate, tls_key or tls_ca cannot be read or do not fit") from None
    return context


def _no_password() -> str:
    """Answer the question for a pass phrase, which would otherwise wait at a terminal that nobody watches."""
    raise Misconfigured("[dicom] tls_key is encrypted with a pass phrase: store it without one, mode 0600")
