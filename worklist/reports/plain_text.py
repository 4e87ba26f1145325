"""What a person typed, made safe to print and to encode: the words stay, what only steers a display goes.

Composed form (NFC), one newline convention, no control characters and, but for the joiners that spelling needs, no
format characters: an escape sequence would break a DICOM text value (PS3.5 6.1.3), and a direction override would print
words in an order that nobody signed.
"""

import re
from unicodedata import category, normalize

_DROPPED = frozenset({"Cc", "Cf"})
_KEPT = frozenset("\n\u200c\u200d")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text with "\\n" between lines and nothing invisible in it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").expandtabs(4)
    composed = normalize("NFC", _LONE_SURROGATE.sub("\ufffd", lines))
    kept = "".join(character for character in composed if character in _KEPT or category(character) not in _DROPPED)
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip("\n")


def clean_line(text: str) -> str:
    """Return the text on one line."""
    return " ".join(clean_text(text).split())
