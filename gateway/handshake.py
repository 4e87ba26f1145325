"""Why a peer could not be called over TLS, in words a person can act on: the handshake is tried once more by itself.

The words are OpenSSL's, of the certificate and of the line, and name nobody but the host that was entered.
"""

import socket
import ssl

_NO_TLS = {"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
_NO_AGREEMENT = {
    "NO_SHARED_CIPHER",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY",
}


def why_no_handshake(host: str, port: int, context: ssl.SSLContext, *, timeout: float) -> str:
    """Return the words for what goes wrong when a peer is called over TLS."""
    try:
        with socket.create_connection((host, port), timeout) as plain, context.wrap_socket(plain, server_hostname=host):
            return "the peer ended the connection before it answered; it may come back"
    except ssl.SSLCertVerificationError as error:
        return f"the certificate of {host} is not trusted: {error.verify_message}"
    except ssl.SSLError as error:
        return f"{host} port {port}: {_words(error.reason or '')}"
    except ConnectionResetError:
        return f"{host} port {port}: {_words('UNEXPECTED_EOF_WHILE_READING')}"
    except OSError:
        return f"no connection to {host} port {port}: nothing listens there, or a firewall is between"


def _words(reason: str) -> str:
    if reason in _NO_TLS:
        return "it speaks no TLS there"
    if reason in _NO_AGREEMENT:
        return "it speaks no version or cipher of TLS that BCP 195 leaves (TLS 1.2 with ECDHE and AEAD, or TLS 1.3)"
    return f"the TLS handshake failed ({reason})"
