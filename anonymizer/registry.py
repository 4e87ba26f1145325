"""Tell what kind of thing the standard registered a UID for (PS3.6 Annex A)."""

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]


def registered_kind(uid: str) -> str:
    """Return the registered kind, such as `SOP Class` or `Transfer Syntax`, empty for any other UID."""
    entry = UID_dictionary.get(uid)
    return entry[1] if entry else ""
