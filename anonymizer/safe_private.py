"""Tell which private elements stay: the Retain Safe Private Option (PS3.15 E.3.10, Table E.3.10-1).

A private element means what its creator says (PS3.5 section 7.8.1): the block that the creator reserved in the same
data set, and the rest of the tag. What has no creator, or two, or stands in a group that is none, goes; so does a
creator of which nothing stays. Blocks keep their numbers, so that references to private tags hold. A safe element is
still no better than its value: text loses the patient's names and numbers, UIDs are mapped, dates follow the profile.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from anonymizer.element import Element
from anonymizer.errors import CannotDeidentify
from anonymizer.profile import Profile
from anonymizer.treatments import (
    DATES,
    KEEP,
    Scene,
    Step,
    Treatment,
    items,
    kept_binary,
    remove,
    retained,
    withhold,
)

NO_PRIVATE_GROUPS = frozenset({0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF})
FIRST_BLOCK, LAST_BLOCK = 0x10, 0xFF
RULE = "retain-safe-private"
_TEXTS = ("LO", "SH", "CS", "UC")


@dataclass(frozen=True, slots=True)
class SafePrivate:
    """Be one safe private element: the lists that name it, and its VR, empty where they leave that open."""

    source: str
    vr: str


@cache
def safe_elements() -> dict[tuple[int, int, str], SafePrivate]:
    """Return the safe elements by group, the low byte of the element number, and creator."""
    lines = (files("anonymizer") / "data" / "safe_private.tsv").read_text("utf-8").splitlines()[2:]
    found = {}
    for line in lines:
        source, group, element, vr, creator, _ = line.split("\t")
        found[int(group, 16), int(element, 16), creator] = SafePrivate(source, vr)
    return found


def private_steps(
    profile: Profile, elements: Iterable[Element], text: Callable[[Element], str], *, little: bool
) -> dict[int, Step]:
    """Return what to do with each private element of a data set that may stay, their creators among them.

    In a big endian object nobody knows the byte order of a value whose VR was lost, and it goes.
    """
    private = [element for element in elements if element.tag & 0x10000]
    creators = _creators(private, text)
    steps: dict[int, Step] = {}
    for element in private:
        tag = element.tag
        reserved = (tag >> 16, tag >> 8 & 0xFF)
        creator = creators.get(reserved)
        safe = safe_elements().get((tag >> 16, tag & 0xFF, creator)) if creator else None
        known = little or element.vr != "UN"
        if safe is not None and known and safe.source in profile.private_lists:
            steps[tag] = _step(profile, safe.vr, element.vr)
            steps[reserved[0] << 16 | reserved[1]] = _CREATOR
    return steps


def without_idle_creators(kept: dict[int, Element]) -> None:
    """Take out the creators whose block holds nothing any more."""
    used = {(tag >> 16, tag >> 8 & 0xFF) for tag in kept if tag & 0x10000}
    for tag in [tag for tag in kept if tag & 0x10000 and tag & 0xFFFF <= LAST_BLOCK]:
        if (tag >> 16, tag & 0xFF) not in used:
            del kept[tag]


def _creators(private: list[Element], text: Callable[[Element], str]) -> dict[tuple[int, int], str]:
    """Return the creator of each group and block; a block that two creators claim belongs to neither."""
    found: dict[tuple[int, int], str] = {}
    twice: set[tuple[int, int]] = set()
    for element in private:
        group, number = element.tag >> 16, element.tag & 0xFFFF
        if group in NO_PRIVATE_GROUPS or not FIRST_BLOCK <= number <= LAST_BLOCK:
            continue
        if (group, number) in found:
            twice.add((group, number))
        found[group, number] = text(element).strip() if element.vr in {"LO", "UN"} else ""
    return {place: creator for place, creator in found.items() if place not in twice}


def _creator(scene: Scene, element: Element, step: Step) -> Element | None:
    """Keep the name of a creator; it is one of the table's."""
    return Element(element.tag, "LO", element.value)


def _private_items(scene: Scene, element: Element, step: Step) -> Element | None:
    """Clean the items of a private sequence; what cannot be read as one goes alone, not with its object."""
    depth, encodings, strict = scene.depth, scene.encodings, scene.strict
    try:
        return items(scene, element, step)
    except CannotDeidentify:
        scene.depth, scene.encodings, scene.strict = depth, encodings, strict
        return None


_CREATOR = Step("K", _creator, "LO", "3", RULE)
_BY_VR: dict[str, Treatment] = {
    **KEEP,
    **dict.fromkeys(_TEXTS, retained),
    **dict.fromkeys(("OB", "OW"), kept_binary),
    **dict.fromkeys(("PN", "AE", "UR", "UN"), withhold),
    "SQ": _private_items,
}


@lru_cache(maxsize=1024)
def _step(profile: Profile, listed: str, arrived: str) -> Step:
    """Return what to do with a safe element: the list's VR counts, and the element's own must not contradict it."""
    vr = listed or arrived
    if arrived not in {vr, "UN"}:
        return Step("X", remove, arrived, "3", RULE)
    moment = DATES[profile.dates].get(vr)
    kept = profile.dates if moment is not None and profile.dates != "removed" else ""
    return Step("K", moment or _BY_VR[vr], vr, "3", RULE, kept)
