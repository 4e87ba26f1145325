r"""Escape sequences in a field (HL7 2.5.1 section 2.7): separators, line breaks, hexadecimal bytes, character sets.

`\F\ \S\ \T\ \R\ \E\` stand for the message's own separators, `\.br\` and its kin for new lines, `\X..\` for bytes
in the message's character set, `\C..\` and `\M..\` for a switch of character set by ISO 2022. Highlighting is dropped,
and so is what is not known: it is meant for a display, not for a reader.
"""

import re

_SEQUENCE_BYTES = 2000
_BREAKS = {".br", ".sp", ".ce"}
_MOST_LINES = 50
_ISO_2022 = "iso2022_jp_2"  # switches to JIS X 0201, 0208 and 0212, GB 2312 and KS X 1001, and back to ASCII


def unescape(text: str, *, separators: dict[str, str], escape: str, codec: str) -> str:
    """Return a field's text with its escape sequences resolved; `separators` by their letters F, S, T, R, E, P."""
    if escape not in text:
        return text
    pattern = re.compile(f"{re.escape(escape)}([^{re.escape(escape)}]{{1,{_SEQUENCE_BYTES}}}){re.escape(escape)}")
    found: list[str] = []
    switch, last = b"", 0
    for match in pattern.finditer(text):
        found.append(_switched(text[last : match.start()], switch))
        sequence = match[1]
        if sequence[0] in "CM" and (switched := _bytes_of(sequence[1:])) is not None:
            switch = b"" if switched in {b"\x28\x42", b"\x28\x4a"} else b"\x1b" + switched
        else:
            found.append(_resolved(sequence, separators, codec))
        last = match.end()
    found.append(_switched(text[last:], switch))
    return "".join(found)


def _resolved(sequence: str, separators: dict[str, str], codec: str) -> str:
    if sequence in separators:
        return separators[sequence]
    if sequence[:3] in _BREAKS:
        count = sequence[3:].strip().lstrip("+")
        return "\n" * (min(int(count), _MOST_LINES) if count.isascii() and count.isdigit() else 1)
    if sequence[0] == "X" and (content := _bytes_of(sequence[1:])) is not None:
        return content.decode(codec, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return ""


def _switched(text: str, switch: bytes) -> str:
    if not switch or not text.isascii():
        return text
    return (switch + text.encode("ascii")).decode(_ISO_2022, "replace")


def _bytes_of(digits: str) -> bytes | None:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None
