"""Say in the object itself what was done to it: (0012,0062) to (0012,0064) and (0028,0303), PS3.15 E.1, PS3.3 C.7.1."""

from functools import lru_cache

from anonymizer.element import Element
from anonymizer.profile import OPTION_CODES, Profile
from anonymizer.writing import text_value

SPECIFIC_CHARACTER_SET = 0x00080005
_TEMPORAL = {"modified": "MODIFIED", "full": "UNMODIFIED", "removed": "REMOVED"}


@lru_cache(maxsize=64)
def markers(profile: Profile) -> tuple[Element, ...]:
    """Return the elements that describe a de-identification under a profile, with the codes of CID 7050."""
    codes = [OPTION_CODES["basic"], *(OPTION_CODES[option] for option in profile.options)]
    method = f"Overread {profile.name}, {profile.edition}"
    return (
        _text(0x00120062, "CS", "YES"),
        _text(0x00120063, "LO", method),
        Element(0x00120064, "SQ", [_code_item(value, meaning) for value, meaning in codes]),
        _text(0x00280303, "CS", _TEMPORAL[profile.dates]),
    )


def _text(tag: int, vr: str, value: str) -> Element:
    return Element(tag, vr, text_value(vr, value))


def _code_item(value: str, meaning: str) -> list[Element]:
    return [_text(0x00080100, "SH", value), _text(0x00080102, "SH", "DCM"), _text(0x00080104, "LO", meaning)]
