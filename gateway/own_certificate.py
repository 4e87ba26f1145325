"""The node's own TLS certificate as its peers will see it: shown to ourselves in memory, over no network."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from config.errors import Misconfigured
from gateway.certificates import trusted_certificates
from scp.tls import TlsFiles, client_context, server_context


def expiry_of(files: TlsFiles, section: str = "dicom") -> datetime | None:
    """Return until when the certificate of a door is valid; None where it has none.

    Raises:
        Misconfigured: the files cannot be used, or what they hold is not valid now.
    """
    server = server_context(files, section)
    if server is None or files.tls_certificate is None:
        return None
    shown = _shown(server, client_context(files, trusted_certificates(Path(files.tls_certificate)), section))
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


def _shown(server: ssl.SSLContext, client: ssl.SSLContext) -> dict[str, object]:
    """Return what a client reads of the certificate that a server shows it."""
    server.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(4):  # each side needs two turns at most
            for step in (asking.do_handshake, answering.do_handshake):
                _turn(step)
        return dict(asking.getpeercert() or {})
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(f"the certificate cannot be shown: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise Misconfigured(f"the certificate cannot be shown ({error.reason})") from None


def _turn(step: Callable[[], None]) -> None:
    try:
        step()
    except ssl.SSLWantReadError:
        return
