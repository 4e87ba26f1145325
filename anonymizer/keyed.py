"""Derive pseudonyms, UIDs and date shifts from the node key.

Everything is HMAC-SHA-256 over a purpose and length-prefixed parts, so any process computes the same value in any order
and no table has to be kept. PS3.15 E.3.9 asks for consistent UIDs, PS3.5 B.2 gives the 2.25 form.
"""

import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache

from anonymizer.registry import registered_kind

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MAXIMUM_SHIFT_WEEKS = 520
# Registered UIDs have short components below a few numbers, and those of context groups four digits at most; a year, a
# date or a number smuggled below the standard's root is not one of them.
STANDARD_UID = re.compile(r"1\.2\.840\.10008\.(?:6\.1\.[1-9]\d{0,3}|(?:[1-5789]|1[05])(?:\.(?:0|[1-9]\d{0,2})){1,9})")


@dataclass(frozen=True)
class NodeKey:
    """Hold the node's secret of 32 bytes and keep it out of every text form."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != 32:
            raise ValueError("the node key must have 32 bytes")


def _digest(key: NodeKey, purpose: str, *parts: str) -> bytes:
    message = bytearray()
    for part in (purpose, *parts):
        encoded = part.encode("utf-8", "surrogatepass")
        message += len(encoded).to_bytes(4, "big") + encoded
    return hmac.digest(key.secret, bytes(message), "sha256")


@lru_cache(maxsize=4096)
def pseudonym(key: NodeKey, *, site: str, issuer: str, patient_id: str) -> str:
    """Return the readable pseudonym of a patient, like `OVR-7K3M-Q2XD-9TBA`.

    Twelve Crockford symbols (60 bits). The patient is (site, issuer, patient_id); what stands for an empty Patient ID
    is the caller's matter, because two patients without one must not become one.
    """
    number = int.from_bytes(_digest(key, "patient", site, issuer.strip(), patient_id.strip())[:8], "big") >> 4
    symbols = "".join(CROCKFORD[number >> shift & 31] for shift in range(55, -5, -5))
    return f"OVR-{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"


def is_standard_uid(uid: str) -> bool:
    """Tell whether a UID is the standard's own (SOP classes, syntaxes, well-known instances) and names nobody."""
    return registered_kind(uid) != "" or STANDARD_UID.fullmatch(uid) is not None


@lru_cache(maxsize=65536)
def map_uid(key: NodeKey, *, site: str, uid: str) -> str:
    """Return the published UID for a site's UID: `2.25.` and a UUID of version 8 (RFC 9562) as a decimal number.

    Standard UIDs and the empty value come back as they are. Anything else is mapped, well-formed or not.
    """
    bare = uid.strip("\0 ")
    if not bare or is_standard_uid(bare):
        return bare
    number = int.from_bytes(_digest(key, "uid", site, bare)[:16], "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return f"2.25.{number}"


def opaque_label(key: NodeKey, *, site: str, text: str) -> str:
    """Return eight hexadecimal digits that stand for a label, the same in every object of a site."""
    return _digest(key, "label", site, text)[:4].hex().upper()


@lru_cache(maxsize=4096)
def date_shift_days(key: NodeKey, *, site: str, patient_scope: str) -> int:
    """Return the days to add to every date of a patient: whole weeks backwards, from -7 to -3640.

    Whole weeks keep the weekday, one shift for a patient keeps the intervals (PS3.15 E.3.6).
    """
    number = int.from_bytes(_digest(key, "date-shift", site, patient_scope)[:8], "big")
    return -7 * (1 + number % MAXIMUM_SHIFT_WEEKS)
