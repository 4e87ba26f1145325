"""Decide once what happens to an attribute in one place of one kind of object.

The combined actions of PS3.15 Table E.1-1 are resolved by the attribute's Type in the IOD: the strictest form that
keeps the object valid.
"""

from dataclasses import dataclass
from functools import lru_cache

from anonymizer.attribute_types import attribute_type
from anonymizer.contexts import context_items, preparation_steps
from anonymizer.dictionary import public_vr
from anonymizer.kinds import options_of_kind, without_pixels
from anonymizer.profile import Profile
from anonymizer.treatments import (
    CLEAN,
    DATES,
    KEEP,
    RETAIN,
    Step,
    Treatment,
    content_tree,
    descriptor,
    drawn_text,
    dummy,
    dummy_items,
    empty,
    items,
    kept_uids,
    layer_name,
    mapped_uids,
    pseudonymous,
    remove,
    unvouched,
    zone,
)

# (combined action, Type) -> action
RESOLVED = {
    ("Z", "1"): "D",
    ("Z/D", "1"): "D", ("Z/D", "2"): "Z", ("Z/D", "3"): "Z",
    ("X/Z", "1"): "D", ("X/Z", "2"): "Z", ("X/Z", "3"): "X",
    ("X/D", "1"): "D", ("X/D", "2"): "Z", ("X/D", "3"): "X",
    ("X/Z/D", "1"): "D", ("X/Z/D", "2"): "Z", ("X/Z/D", "3"): "X",
    # Where the IOD wants such a reference, another module may want what it refers to (Common Instance Reference).
    ("X/Z/U*", "1"): "U", ("X/Z/U*", "2"): "U", ("X/Z/U*", "3"): "X",
}  # fmt: skip
PATIENT_NAME, PATIENT_ID, ZONE = 0x00100010, 0x00100020, 0x00080201
BODY_PART_EXAMINED = 0x00180015
CONTENT_SEQUENCE = 0x0040A730
# What people write and name in presentation states (PS3.3 C.10, C.11) and on waveforms: text, layers, labels, ticks.
DRAWN: dict[int, Treatment] = {
    0x00700006: drawn_text,
    0x00700002: layer_name,
    **dict.fromkeys((0x00700068, 0x00700080, 0x00700081, 0x00700207, 0x00700289), descriptor),
}
# Acquisition Context, Specimen Preparation and its steps: content items without a tree.
_CONTEXTS: dict[int, Treatment] = {
    0x00400555: context_items, 0x00400610: preparation_steps, 0x00400612: context_items,
}  # fmt: skip
_SPECIAL: dict[int, Treatment] = {
    **_CONTEXTS, ZONE: zone, CONTENT_SEQUENCE: content_tree, BODY_PART_EXAMINED: descriptor,
}  # fmt: skip
NOT_LISTED = "K"
# Whose K means the value itself; what others keep still has to be made of listed words.
RETAINED_BY = frozenset(
    {"retain-device-identity", "retain-institution-identity", "retain-patient-characteristics", "admitted"}
)
_OF_DATES = frozenset({*DATES["modified"].values(), *DATES["full"].values(), zone})
_INTERCHANGEABLE = (
    frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "CS", "PN", "AE", "UR"}),
    frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "US", "SS"}),
    frozenset({"DS", "IS"}),
    frozenset({"UL", "SL", "US", "SS", "UV", "SV", "FL", "FD"}),
)


@dataclass(frozen=True)
class Place:
    """Say where an attribute stands: in which kind of object, in items of which sequence (0 is the top level)."""

    profile: Profile
    sop_class_uid: str
    parent: int


@lru_cache(maxsize=4096)
def steps_in(place: Place) -> dict[tuple[int, str], Step]:
    """Return the decisions already made for a place, by tag and VR; `step_for` adds to them."""
    return {}


def step_for(place: Place, tag: int, vr: str) -> Step:
    """Return what to do with an attribute that arrived with a VR."""
    steps = steps_in(place)
    found = steps.get((tag, vr))
    if found is None:
        found = steps[tag, vr] = _decide(place, tag, vr)
    return found


def _decide(place: Place, tag: int, vr: str) -> Step:
    known = public_vr(tag)
    ruling = place.profile.ruling(tag)
    kind = attribute_type(place.sop_class_uid, place.parent, tag)
    if known is None and ruling is None:
        return Step("X", remove, vr, "3", "unknown")
    action, rule = ruling or (NOT_LISTED, "unlisted")
    agreed = _agreed_vr(known, vr)
    if action == "C" and not _cleanable(place, tag, agreed or vr, rule):
        action, rule = place.profile.basic_action(tag), "basic"
    if rule == "unlisted" and agreed in DATES["removed"]:
        action, rule = _date_rule(place.profile)
    action = RESOLVED.get((action, kind), action)
    treatment = _treatment(place, tag, action, agreed, rule)
    dates = _dates(place.profile, rule) if treatment in _OF_DATES else ""
    return Step(action, treatment, agreed or known or vr, kind, rule, dates)


def _dates(profile: Profile, rule: str) -> str:
    """Return what happens to a date: what is kept for a reason of its own stays as it is where others are removed."""
    return "full" if profile.dates == "removed" and rule in RETAINED_BY else profile.dates


def _date_rule(profile: Profile) -> tuple[str, str]:
    """Return what the profile says of dates in general, for those that no row names (PS3.15 E.3.6)."""
    rules = {"modified": ("C", "retain-modified-dates"), "full": ("K", "retain-full-dates")}
    return rules.get(profile.dates, ("X/Z/D", "basic"))


def _agreed_vr(known: str | None, vr: str) -> str | None:
    """Return the VR to work with, None when the value is not what the standard says the attribute is."""
    if known is None or vr == known:
        return vr
    if vr == "UN":
        return known
    return vr if any(known in group and vr in group for group in _INTERCHANGEABLE) else None


def _cleanable(place: Place, tag: int, vr: str, rule: str) -> bool:
    if tag >> 24 in {0x50, 0x60}:
        return False  # a bitmap or a curve can spell a name, and its description means nothing without it
    if rule == "clean-structured-content" and tag not in _CONTEXTS and not _is_structured(place):
        return False
    return vr in CLEAN or vr in DATES[place.profile.dates] or tag == ZONE


def _is_structured(place: Place) -> bool:
    return "clean-structured-content" in options_of_kind(place.sop_class_uid)


def _treatment(place: Place, tag: int, action: str, vr: str | None, rule: str) -> Treatment:
    if place.parent == 0 and tag in {PATIENT_NAME, PATIENT_ID}:
        return pseudonymous
    if action in {"X", "Z"}:
        return remove if action == "X" else empty
    if vr is None:
        return unvouched
    if action == "D":
        return {"SQ": dummy_items, "UI": mapped_uids}.get(vr, dummy)
    if action == "U":
        return items if vr == "SQ" else mapped_uids
    if action in {"K", "C"}:
        return _kept(place, tag, action, vr, rule)
    raise ValueError(f"no treatment for the action {action} of {tag:08X}")


def _kept(place: Place, tag: int, action: str, vr: str, rule: str) -> Treatment:
    profile = place.profile
    words = not {"clean-graphics", "clean-structured-content"}.isdisjoint(profile.options) and without_pixels(
        place.sop_class_uid
    )
    special = _SPECIAL.get(tag) or (DRAWN.get(tag) if words else None)
    if special is not None:
        return special
    dates = _dates(profile, rule)
    if vr in DATES[dates]:
        return DATES[dates][vr]
    if vr == "UI" and "retain-uids" in profile.options:
        return kept_uids
    if action == "C":
        return CLEAN.get(vr, KEEP[vr])
    return (RETAIN if rule in RETAINED_BY else KEEP)[vr]
