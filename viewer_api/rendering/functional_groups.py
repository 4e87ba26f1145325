"""What an enhanced multi-frame image says of a frame: its own word before the shared one (PS3.3 section C.7.6.16)."""

from collections.abc import Sequence

from pydicom.dataset import Dataset

GROUP_TAGS: Sequence[int] = (0x52009229, 0x52009230)


def in_functional_groups(header: Dataset, frame: int, macro: str) -> Dataset | None:
    """Return the first item of a functional group macro for a frame counted from 0, or None when nobody states it."""
    per_frame = header.get("PerFrameFunctionalGroupsSequence") or []
    shared = header.get("SharedFunctionalGroupsSequence") or []
    for groups in (per_frame[frame : frame + 1], shared[:1]):
        for group in groups:
            if items := group.get(macro):
                item: Dataset = items[0]
                return item
    return None
