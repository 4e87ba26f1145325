"""Decide once what happens to an attribute in one place of one kind of object.

The combined actions of PS3.15 Table E.1-1 are resolved by the attribute's Type in the IOD: the strictest form that
keeps the object valid.
"""

from dataclasses import dataclass
from functools import lru_cache

from anonymizer.attribute_types import attribute_type
from anonymizer.dictionary import public_vr
from anonymizer.profile import Profile
from anonymizer.treatments import (
    CLEAN,
    DATES,
    KEEP,
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
    ("X/Z/U*", "1"): "U", ("X/Z/U*", "2"): "Z", ("X/Z/U*", "3"): "X",
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
_SPECIAL: dict[int, Treatment] = {ZONE: zone, CONTENT_SEQUENCE: content_tree, BODY_PART_EXAMINED: descriptor}
# Acquisition Context and Specimen Preparation: content items without a tree, which nothing here takes apart.
_CONTEXTS = frozenset({0x00400555, 0x00400610})
NOT_LISTED = "K"
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
    action = place.profile.action(tag)
    kind = attribute_type(place.sop_class_uid, place.parent, tag)
    if known is None and action is None:
        return Step("X", remove, vr, "3")
    action = RESOLVED.get((action, kind), action) if action else NOT_LISTED
    agreed = _agreed_vr(known, vr)
    if action == "C" and not _cleanable(place.profile, tag, agreed or vr):
        basic = place.profile.basic_action(tag)
        action = RESOLVED.get((basic, kind), basic)
    return Step(action, _treatment(place, tag, action, agreed), agreed or known or vr, kind)


def _agreed_vr(known: str | None, vr: str) -> str | None:
    """Return the VR to work with, None when the value is not what the standard says the attribute is."""
    if known is None or vr == known:
        return vr
    if vr == "UN":
        return known
    return vr if any(known in group and vr in group for group in _INTERCHANGEABLE) else None


def _cleanable(profile: Profile, tag: int, vr: str) -> bool:
    if tag >> 24 in {0x50, 0x60} or tag in _CONTEXTS:
        return False  # a bitmap or a curve can spell a name, and its description means nothing without it
    return vr in CLEAN or vr in DATES[profile.dates] or tag == ZONE


def _treatment(place: Place, tag: int, action: str, vr: str | None) -> Treatment:
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
    return _kept(place.profile, tag, action, vr)


def _kept(profile: Profile, tag: int, action: str, vr: str) -> Treatment:
    words = not {"clean-graphics", "clean-structured-content"}.isdisjoint(profile.options)
    special = _SPECIAL.get(tag) or (DRAWN.get(tag) if words else None)
    if special is not None:
        return special
    if vr in DATES[profile.dates]:
        return DATES[profile.dates][vr]
    if vr == "UI" and "retain-uids" in profile.options:
        return kept_uids
    return CLEAN.get(vr, KEEP[vr]) if action == "C" else KEEP[vr]
