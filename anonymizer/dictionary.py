"""Tell the VR of a public tag from the standard's dictionary (PS3.6), and nothing for what it does not list."""

from functools import lru_cache

from pydicom.datadict import dictionary_VR

# The dictionary of the library lags behind the edition of the rules: dates and sequences of theirs that it lacks.
_NEWER = {
    **dict.fromkeys((0x0040A034, 0x0040A035, 0x0040B034, 0x0040B036), "DT"),
    **dict.fromkeys((0x00081301, 0x00081302, 0x00081303, 0x00081304, 0x00100011, 0x00100014, 0x00100015), "SQ"),
    **dict.fromkeys((0x00100041, 0x00100043, 0x00100044, 0x00100046), "SQ"),
}
_AMBIGUOUS = {"US or SS": "US", "US or SS or OW": "OW", "US or OW": "OW", "OB or OW": "OW"}


@lru_cache(maxsize=16384)
def public_vr(tag: int) -> str | None:
    """Return the VR of a public tag, `US` or `OW` where the standard leaves a choice, None when it is not listed."""
    if tag & 0xFFFF == 0:
        return "UL"
    try:
        vr = _NEWER.get(tag) or dictionary_VR(tag)
    except KeyError:
        return None
    vr = _AMBIGUOUS.get(vr, vr)
    return vr if len(vr) == 2 else None


@lru_cache(maxsize=16384)
def implicit_vr(tag: int) -> str:
    """Return the VR under which an implicit VR element is read; UN when nobody knows it."""
    return public_vr(tag) or "UN" if not tag & 0x10000 else "UN"
