"""Hold PS3.15 Table E.3.4-1 as rules for content items, keyed by the concept's code and the value type.

Retired codes of the same concept count too, as E.3.4 asks for: the SNOMED-RT style codes of older reports are looked up
under their numeric successors (PS3.16 Annex O).
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from pydicom.sr._snomed_dict import mapping as snomed_mapping

from anonymizer.profile import Profile
from anonymizer.rules import Row

RETIRED_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})


@dataclass(frozen=True, slots=True)
class Concept:
    """Be a concept name as the table writes it: the coding scheme and the code."""

    scheme: str
    code: str


@cache
def content_table() -> dict[tuple[Concept, str], Row]:
    """Return the rows of the table by concept and value type."""
    lines = (files("anonymizer") / "data" / "content_items.tsv").read_text("utf-8").splitlines()[1:]
    _, _, _, _, *options, _ = lines[0].split("\t")
    rows = {}
    for line in lines[1:]:
        scheme, code, kind, basic, *actions, _ = line.split("\t")
        granted = {name: action for name, action in zip(options, actions, strict=True) if action}
        rows[Concept(scheme, code), kind] = Row(basic, granted)
    return rows


def concept_of(scheme: str, code: str) -> Concept:
    """Return the concept under its current code."""
    if scheme in RETIRED_SNOMED:
        current = snomed_mapping["SRT"].get(code)
        if current is not None:
            return Concept("SCT", current)
    return Concept(scheme, code)


@lru_cache(maxsize=4096)
def content_action(profile: Profile, concept: Concept, value_type: str) -> str | None:
    """Return X, D, K or C for a content item, None when no row names it.

    K of one option wins over C of another, and both over the basic action, as in Table E.1-1. Whether a template asks
    for an item cannot be told: X/D is D, which takes the value away and leaves the tree as it was.
    """
    row = content_table().get((concept, value_type))
    if row is None:
        return None
    granted = {row.options[option] for option in profile.options if option in row.options}
    action = "K" if "K" in granted else "C" if "C" in granted else row.basic
    return "D" if action == "X/D" else action
