"""Tell what kind of thing the standard registered a UID for (PS3.6 Annex A)."""

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]

_JPEG_XL = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112))  # pydicom may not know them yet


def registered_kind(uid: str) -> str:
    """Return the registered kind, such as `SOP Class` or `Transfer Syntax`, empty for any other UID."""
    entry = UID_dictionary.get(uid)
    return entry[1] if entry else "Transfer Syntax" if uid in _JPEG_XL else ""
