"""Decode text by Specific Character Set (PS3.3 C.12.1.1.2); published text is ASCII or ISO_IR 192.

What cannot be decoded becomes a replacement character, which no rule lets through.
"""

from collections.abc import Iterable
from functools import lru_cache

from pydicom.charset import decode_bytes, python_encoding

from anonymizer.element import Element

SPECIFIC_CHARACTER_SET = 0x00080005
UTF8 = "ISO_IR 192"
_ESCAPE = b"\x1b"
_DELIMITERS = {ord("\\"), ord("^"), ord("="), 10, 12, 13, 9}


@lru_cache(maxsize=256)
def encodings_of(value: bytes) -> tuple[str, ...]:
    """Return the codecs named by a Specific Character Set value; unknown terms fall back to ISO 8859-1."""
    terms = [term.strip() for term in value.decode("ascii", "replace").strip("\0 ").split("\\")]
    corrected = [term.replace("ISO-IR ", "ISO_IR ").replace("ISO IR ", "ISO_IR ") for term in terms]
    known = [python_encoding[term] for term in corrected if term in python_encoding]
    return tuple(known) or ("iso8859",)


def encodings_in(elements: Iterable[Element], inherited: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codecs that a data set or an item names, or else those of what it lies in."""
    for element in elements:
        if element.tag == SPECIFIC_CHARACTER_SET and isinstance(element.value, bytes) and element.value.strip(b"\0 "):
            return encodings_of(element.value)
    return inherited


def decode(value: bytes, encodings: tuple[str, ...]) -> str:
    """Return the text of a value, without its padding."""
    if _ESCAPE not in value:
        if value.isascii():
            return value.decode("ascii").strip("\0 ")
        if len(encodings) == 1:
            return value.decode(encodings[0], "replace").strip("\0 ")
    return decode_bytes(value, encodings, _DELIMITERS).strip("\0 ")
