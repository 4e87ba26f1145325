"""Why a TLS handshake with a peer that came failed, in words: OpenSSL's own reason says which side has to do what."""

import ssl

_PLAIN = "TLS: the peer speaks no TLS, and this is the port for it"
_OUR_CERTIFICATE = "TLS: the peer does not trust the certificate of this node"
_OLD = "TLS: the peer offers no version or cipher of TLS that BCP 195 leaves"
_GONE = "TLS: the peer ended the connection within the handshake"
_WORDS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "TLS: the peer showed no certificate",
    "HTTP_REQUEST": _PLAIN,
    "WRONG_VERSION_NUMBER": _PLAIN,
    "UNKNOWN_PROTOCOL": _PLAIN,
    "TLSV1_ALERT_UNKNOWN_CA": _OUR_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": _OUR_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _OUR_CERTIFICATE,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _OUR_CERTIFICATE,
    "NO_SHARED_CIPHER": _OLD,
    "UNSUPPORTED_PROTOCOL": _OLD,
    "VERSION_TOO_LOW": _OLD,
    "UNEXPECTED_EOF_WHILE_READING": _GONE,
}


def handshake_in_words(error: OSError) -> str:
    """Return what went wrong; of a certificate that the peer showed also what OpenSSL holds against it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate of the peer is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "TLS: the peer said nothing within the handshake"
    if isinstance(error, ssl.SSLError):
        return _WORDS.get(error.reason or "", f"TLS: the handshake failed ({error.reason})")
    return _GONE
