"""Say in the object itself what was done to it: (0012,0062) to (0012,0064) and (0028,0303), PS3.15 E.1, PS3.3 C.7.1."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from anonymizer.element import Element
from anonymizer.our_notes import OWN_RULES
from anonymizer.profile import OPTION_CODES, SUPPORTED_OPTIONS, Profile
from anonymizer.writing import text_value

SPECIFIC_CHARACTER_SET = 0x00080005
MARKED = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})
_TEMPORAL = {"modified": "MODIFIED", "full": "UNMODIFIED", "removed": "REMOVED"}


def applied_options(profile: Profile, rules: Iterable[str]) -> Profile:
    """Return the profile with only those of its options that were applied to an instance.

    `rules` are those that decided about something in it. Dates that an object does not have are not modified.
    """
    return _applied(profile, SUPPORTED_OPTIONS.intersection(rules))


@lru_cache(maxsize=1024)
def _applied(profile: Profile, rules: frozenset[str]) -> Profile:
    options = tuple(option for option in profile.options if option in rules)
    return profile if options == profile.options else replace(profile, options=options)


@lru_cache(maxsize=64)
def markers(profile: Profile, *, full_dates: bool = False) -> tuple[Element, ...]:
    """Return the elements that describe a de-identification under a profile, with the codes of CID 7050.

    `full_dates` says that a date or time stayed as it was, be it without the option for dates.
    """
    codes = [OPTION_CODES["basic"], *(OPTION_CODES[option] for option in profile.options)]
    method = f"Overread {f'{profile.base} {OWN_RULES}' if profile.base else profile.name}, {profile.edition}"
    return (
        _text(0x00120062, "CS", "YES"),
        _text(0x00120063, "LO", method),
        Element(0x00120064, "SQ", [_code_item(value, meaning) for value, meaning in codes]),
        _text(0x00280303, "CS", _TEMPORAL["full" if full_dates else profile.dates]),
    )


def _text(tag: int, vr: str, value: str) -> Element:
    return Element(tag, vr, text_value(vr, value))


def _code_item(value: str, meaning: str) -> list[Element]:
    return [_text(0x00080100, "SH", value), _text(0x00080102, "SH", "DCM"), _text(0x00080104, "LO", meaning)]
