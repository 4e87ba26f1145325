"""Say in words what a profile does with each attribute, for people who have to answer for it.

One row for each row of PS3.15 Table E.1-1 and for each attribute that the profile names besides, then one for what no
row names. A combined action is shown as it stands, since the IOD of the object resolves it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydicom.datadict import dictionary_description

from anonymizer.dictionary import public_vr
from anonymizer.icon import ICON
from anonymizer.plan import RETAINED_BY
from anonymizer.profile import Profile
from anonymizer.rules import direct_identifiers

_WORDS = {
    "X": "removed",
    "Z": "emptied",
    "D": "replaced by a dummy",
    "U": "UIDs mapped",
    "X/Z": "removed, or emptied where the IOD requires it",
    "X/D": "removed, or replaced by a dummy where the IOD requires it",
    "Z/D": "emptied, or replaced by a dummy where the IOD requires a value",
    "X/Z/D": "removed, or emptied or replaced by a dummy where the IOD requires it",
    "X/Z/U*": "removed, or emptied, or its UIDs mapped where the IOD requires it",
}
_DATES = {
    "modified": "moved by the patient's shift; times stay",
    "full": "kept as it is",
    "removed": "removed, or emptied or replaced by a dummy where the IOD requires it",
}
_OF_KINDS = frozenset({"clean-structured-content", "clean-graphics"})
_OF_KIND = "cleaned in the kinds of objects that the option is for, removed from others"
_AS_FAR = "as far as its value passes the check of its kind"
_OF_MASKS = {"odd": 0x00091001, "50xxxxxx": 0x50000010, "60xx3000": 0x60003000, "60xx4000": 0x60004000}
_PSEUDONYM = frozenset({"00100010", "00100020"})


@dataclass(frozen=True)
class Explained:
    """Be what happens to one attribute: its tag or mask, the action, what decided, and the outcome in words."""

    tag: str
    name: str
    action: str
    rule: str
    outcome: str


@cache
def attribute_names() -> dict[str, str]:
    """Return the names of Table E.1-1 by tag or mask."""
    lines = (files("anonymizer") / "data" / "confidentiality_profile.tsv").read_text("utf-8").splitlines()[2:]
    return {line.split("\t", 1)[0]: line.rsplit("\t", 1)[1] for line in lines}


def attribute_name(path: str) -> str:
    """Return the name of the attribute at the end of a path such as `(0008,1140).(0008,1155)`, empty for none."""
    tag = path[-10:-1].replace(",", "")
    return _name(tag, int(tag, 16))


def explain(profile: Profile) -> list[Explained]:
    """Return what the profile does with each attribute, sorted by tag; masks and the rest stand last."""
    named = {f"{tag:08X}" for tag in (*direct_identifiers(), *dict(profile.overrides))} | {
        f"{each.tag:08X}" for each in profile.admitted if each.tag is not None
    }
    tags = sorted(tag for tag in attribute_names().keys() | named if tag not in _OF_MASKS)
    return [_explained(profile, tag) for tag in (*tags, *_OF_MASKS)] + list(_rest(profile))


def difference(one: Profile, other: Profile) -> list[tuple[Explained, Explained]]:
    """Return the rows in which two profiles differ, side by side."""
    ours, theirs = ({row.tag: row for row in explain(profile)} for profile in (one, other))
    both = {tag: (ours.get(tag) or _explained(one, tag), theirs.get(tag) or _explained(other, tag)) for tag in ours}
    both |= {tag: (_explained(one, tag), theirs[tag]) for tag in theirs.keys() - ours.keys()}
    return [pair for _, pair in sorted(both.items()) if pair[0].outcome != pair[1].outcome]


def _explained(profile: Profile, tag: str) -> Explained:
    number = _OF_MASKS.get(tag) or int(tag, 16)
    action, rule = profile.ruling(number) or ("K", "unlisted")
    if tag == "odd":
        return _private(profile, action, rule)
    outcome = _outcome(profile, action, rule, public_vr(number) or "")
    if tag in _PSEUDONYM:
        outcome = "replaced by the pseudonym"
    if tag in _OF_MASKS:
        action, rule, outcome = "X", "basic", "removed with its whole group"
    if number == ICON and rule != "override":
        outcome = "removed; in its place one made of the published pixels where they can be decoded"
    return Explained(tag, _name(tag, number), action, rule, outcome)


def _outcome(profile: Profile, action: str, rule: str, vr: str) -> str:
    if action in _WORDS:
        return _WORDS[action]
    retained = rule in RETAINED_BY
    if vr in {"DA", "DT", "TM"}:
        return _DATES["full" if profile.dates == "removed" and retained else profile.dates]
    if vr == "SQ":
        return _OF_KIND if rule in _OF_KINDS else "kept; what is in its items is decided one by one"
    if action == "C":
        return "cleaned: what nobody vouches for is taken out of its text"
    if vr == "UI":
        return "kept as it is" if retained or rule == "retain-uids" else "UIDs mapped"
    return f"kept, {'without the names, numbers and birth date of the patient' if retained else _AS_FAR}"


def _private(profile: Profile, action: str, rule: str) -> Explained:
    if "retain-safe-private" in profile.options:
        lists = " and ".join(profile.private_lists)
        return Explained("odd", "Private attributes", "C", "retain-safe-private", f"kept where {lists} calls it safe")
    return Explained("odd", "Private attributes", action, rule, "removed")


def _rest(profile: Profile) -> Iterator[Explained]:
    yield Explained("other dates", "Dates and times that no row names", "K", "unlisted", _DATES[profile.dates])
    yield Explained(
        "other", "Attributes of the standard that no row names", "K", "unlisted",
        f"kept, {_AS_FAR}",
    )  # fmt: skip
    yield Explained("unknown", "Attributes that the standard does not list", "X", "unknown", "removed")


def _name(tag: str, number: int) -> str:
    found = attribute_names().get(tag)
    if found is not None:
        return found
    try:
        return dictionary_description(number)
    except KeyError:
        return ""
