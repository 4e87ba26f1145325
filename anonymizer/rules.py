"""Hold PS3.15 Table E.1-1 as rows keyed by tag number, with its masks and the few rules it leaves to the reader."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

EDITION = "PS3.15 2026d"


@dataclass(frozen=True, slots=True)
class Row:
    """Be one row of Table E.1-1: the basic action and the actions that options put in its place."""

    basic: str
    options: dict[str, str]


# No rows of E.1-1, but never data about an image: command, directory and meta elements, encrypted or signed copies.
_STRUCTURAL_GROUPS = frozenset({0x0000, 0x0002, 0x0004, 0x0006, 0x0400, 0xFFFA, 0xFFFC})
_REMOVED = Row("X", {})


@cache
def table() -> dict[str, Row]:
    """Return the rows of the table by tag text: eight hexadecimal digits, a mask with `x`, or `odd`."""
    lines = (files("anonymizer") / "data" / "confidentiality_profile.tsv").read_text("utf-8").splitlines()[1:]
    _, _, *options, _ = lines[0].split("\t")
    rows = {}
    for line in lines[1:]:
        tag, basic, *actions, _ = line.split("\t")
        rows[tag] = Row(basic, {name: action for name, action in zip(options, actions, strict=True) if action})
    return rows


@cache
def direct_identifiers() -> frozenset[int]:
    """Return what tells who the patient is, or which order this was: no site's line keeps it.

    The table has no row for some of them, such as the birth date in another calendar; those are removed.
    """
    lines = (files("anonymizer") / "data" / "direct_identifiers.tsv").read_text("utf-8").splitlines()[2:]
    return frozenset(int(line.split("\t")[0], 16) for line in lines)


def is_structural(tag: int) -> bool:
    """Tell whether a tag is a group length or of a group that never describes an image."""
    return tag & 0xFFFF == 0 or tag >> 16 in _STRUCTURAL_GROUPS


def row_of(tag: int) -> Row | None:
    """Return the row that decides about a tag, None when the standard leaves the attribute alone."""
    group = tag >> 16
    if group & 1:
        return table()["odd"]
    if is_structural(tag):
        return _REMOVED
    if group & 0xFF00 == 0x5000:
        return table()["50xxxxxx"]
    if group & 0xFF00 == 0x6000:
        # An overlay plane without Overlay Data is no plane: label and description go with it.
        return table()["60xx3000"]
    return table().get(f"{tag:08X}") or (_REMOVED if tag in direct_identifiers() else None)
