"""Values out of a kept header in the DICOM JSON model; an enhanced image says some of them for each frame."""

from collections.abc import Iterator, Mapping
from typing import Any

Header = Mapping[str, Any]


def values(header: Header, key: str) -> list[Any]:
    """Return the values under a tag, none where there are none."""
    return list(header.get(key, {}).get("Value", ()))


def number(header: Header, key: str, place: int = 0) -> float | None:
    """Return one value as a number, None when it is absent or none."""
    found = values(header, key)
    value = found[place] if len(found) > place else None
    return float(value) if isinstance(value, int | float) else None


def word(header: Header, key: str) -> str:
    """Return the first value as text without blanks around it, "" when it is absent."""
    found = values(header, key)
    return str(found[0]).strip() if found and found[0] is not None else ""


def groups(header: Header, frame: int, macro: str) -> Iterator[Header]:
    """Yield what is said of a frame counted from 0: its own functional group, the shared one, then the image."""
    for several in (values(header, "52009230")[frame : frame + 1], values(header, "52009229")[:1]):
        for group in several:
            yield from values(group, macro)[:1]
    yield header
