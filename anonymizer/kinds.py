"""Tell which options of a profile a kind of object calls for (PS3.15 E.3.3 and E.3.4).

Clean Structured Content is work on content trees and on the annotations of waveforms, Clean Graphics on presentation
states. An object that has none of these does not say that they were applied to it. Lists of content items, such as an
acquisition context, stand in any object.
"""

from dataclasses import replace
from functools import lru_cache

from anonymizer.profile import Profile

_STORAGE = "1.2.840.10008.5.1.4.1.1."
STRUCTURED_REPORTS = (_STORAGE + "88.", _STORAGE + "78.6", _STORAGE + "79.1")
PRESENTATION_STATES = (_STORAGE + "11.",)
WAVEFORMS = (_STORAGE + "9.",)
# The option, and the families of SOP classes that have what it cleans; a trailing dot means the whole family.
_APPLIES = {"clean-structured-content": STRUCTURED_REPORTS + WAVEFORMS, "clean-graphics": PRESENTATION_STATES}


@lru_cache(maxsize=4096)
def in_families(sop_class_uid: str, families: tuple[str, ...]) -> bool:
    """Tell whether a SOP class is one of the listed, or of a family written with a trailing dot."""
    return any(sop_class_uid.startswith(entry) if entry.endswith(".") else sop_class_uid == entry for entry in families)


@lru_cache(maxsize=1024)
def options_of_kind(sop_class_uid: str) -> frozenset[str]:
    """Return the options that are applied to a kind of object as a whole, where the profile has them."""
    found = {option for option, families in _APPLIES.items() if in_families(sop_class_uid, families)}
    return frozenset(found | {"clean-descriptors"} if without_pixels(sop_class_uid) else found)


@lru_cache(maxsize=1024)
def profile_for(profile: Profile, sop_class_uid: str) -> Profile:
    """Return the profile with those of its options that a kind of object has a use for."""
    options = tuple(
        option
        for option in profile.options
        if option != "clean-graphics" or in_families(sop_class_uid, _APPLIES["clean-graphics"])
    )
    return profile if options == profile.options else replace(profile, options=options)


def without_pixels(sop_class_uid: str) -> bool:
    """Tell whether an object is no image, and bears text that people wrote: a report, drawings, notes on a curve."""
    return made_of_words(sop_class_uid) or in_families(sop_class_uid, WAVEFORMS)


def made_of_words(sop_class_uid: str) -> bool:
    """Tell whether an object is what somebody said or marked: a report, a selection, a presentation state."""
    return in_families(sop_class_uid, STRUCTURED_REPORTS + PRESENTATION_STATES)
