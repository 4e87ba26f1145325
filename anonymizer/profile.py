"""Describe what a de-identification keeps: options of PS3.15 Annex E and rules of one's own.

A profile decides about a tag by the strictest voice that speaks: what somebody admitted by name, an override, the
options, and the basic action of Table E.1-1. `profile_files.py` reads profiles from TOML.
"""

from dataclasses import dataclass
from hashlib import sha256

from anonymizer.dictionary import public_vr
from anonymizer.rules import EDITION, direct_identifiers, is_structural, row_of

# CID 7050: the code of each option, and its meaning.
OPTION_CODES = {
    "basic": ("113100", "Basic Application Confidentiality Profile"),
    "clean-pixel-data": ("113101", "Clean Pixel Data Option"),
    "clean-recognizable-visual-features": ("113102", "Clean Recognizable Visual Features Option"),
    "clean-graphics": ("113103", "Clean Graphics Option"),
    "clean-structured-content": ("113104", "Clean Structured Content Option"),
    "clean-descriptors": ("113105", "Clean Descriptors Option"),
    "retain-full-dates": ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    "retain-modified-dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "retain-patient-characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain-device-identity": ("113109", "Retain Device Identity Option"),
    "retain-uids": ("113110", "Retain UIDs Option"),
    "retain-safe-private": ("113111", "Retain Safe Private Option"),
    "retain-institution-identity": ("113112", "Retain Institution Identity Option"),
}
SUPPORTED_OPTIONS = frozenset(OPTION_CODES) - {"basic"}
# What makes a profile only stricter: a site asks for it, and admits nothing by it.
STRICTER_OPTIONS = frozenset({"clean-recognizable-visual-features"})
OVERRIDE_ACTIONS = frozenset({"X", "Z", "D"})
PRIVATE_LISTS = ("E.3.10-1", "TCIA")
# No line of a profile changes these: every result gets them, a coded entry is one whole, and the content items of a
# report are decided by their concepts.
SETTLED = frozenset(
    {0x00080005, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00100010, 0x00100020}
    | {0x00120062, 0x00120063, 0x00120064, 0x00280303}
    | {0x00080100, 0x00080102, 0x00080104, 0x00080119, 0x00080120}
    | {0x0040A040, 0x0040A043, 0x0040A120, 0x0040A121, 0x0040A122, 0x0040A123, 0x0040A124, 0x0040A160}
)


def option_code(option: str) -> tuple[str, str]:
    """Return the code of an option in CID 7050 and its meaning."""
    return OPTION_CODES[option]


@dataclass(frozen=True)
class Admission:
    """Be one line by which a site keeps more than its profile: a tag or an option, and why."""

    what: str
    reason: str

    @property
    def tag(self) -> int | None:
        """Return the admitted tag, None for an option."""
        return None if self.what in SUPPORTED_OPTIONS else int(self.what, 16)


@dataclass(frozen=True)
class Profile:
    """Be one named choice of options; equal profiles decide equally.

    `overrides` only make a rule stricter: pairs of tag and one of X, Z, D. `admitted` only make it milder, each with a
    reason. `private_lists` are those that say which private elements are safe. `base` is the profile of the library
    that a site's own one started from.
    """

    name: str
    title: str
    options: tuple[str, ...]
    overrides: tuple[tuple[int, str], ...] = ()
    edition: str = EDITION
    admitted: tuple[Admission, ...] = ()
    private_lists: tuple[str, ...] = PRIVATE_LISTS[:1]
    base: str = ""

    def __post_init__(self) -> None:
        unsupported = set(self.options) - SUPPORTED_OPTIONS
        if unsupported:
            raise ValueError(f"profile {self.name}: options not supported: {', '.join(sorted(unsupported))}")
        if {"retain-full-dates", "retain-modified-dates"} <= set(self.options):
            raise ValueError(f"profile {self.name}: dates are either kept or modified")
        for tag, action in self.overrides:
            self._check_override(tag, action)
        if not set(self.private_lists) <= set(PRIVATE_LISTS):
            raise ValueError(f"profile {self.name}: lists of private elements are {', '.join(PRIVATE_LISTS)}")
        for admission in self.admitted:
            self._check(admission)

    def _check_override(self, tag: int, action: str) -> None:
        if action not in OVERRIDE_ACTIONS:
            raise ValueError(f"profile {self.name}: an override is X, Z or D")
        if tag >> 16 & 1:
            raise ValueError(f"profile {self.name}: {tag:08X} is private, and no override decides about those")
        if tag in SETTLED:
            raise ValueError(f"profile {self.name}: {tag:08X} is settled for every object, and no override changes it")

    def _check(self, admission: Admission) -> None:
        tag = admission.tag
        if not admission.reason.strip():
            raise ValueError(f"profile {self.name}: {admission.what} is admitted without a reason")
        if (tag is not None and not _may_be_admitted(tag)) or admission.what in STRICTER_OPTIONS:
            raise ValueError(f"profile {self.name}: {admission.what} is never admitted")
        if tag in dict(self.overrides):
            raise ValueError(f"profile {self.name}: {admission.what} is both overridden and admitted")

    def ruling(self, tag: int) -> tuple[str, str] | None:
        """Return the action for a tag, which may still be a combined one, and what decided; None when no row names it.

        K of one option wins over C of another, and both over the basic action (PS3.15 E.3). What decided is `admitted`,
        `override`, the name of an option, or `basic`.
        """
        if any(admission.tag == tag for admission in self.admitted):
            return "K", "admitted"
        for overridden, action in self.overrides:
            if overridden == tag:
                return action, "override"
        row = row_of(tag)
        if row is None:
            return None
        granted = [(row.options[option], option) for option in self.options if option in row.options]
        kept = [each for each in granted if each[0] == "K"]
        return next(iter(kept or granted), (row.basic, "basic"))

    def action(self, tag: int) -> str | None:
        """Return the action for a tag, None when no row names it."""
        ruling = self.ruling(tag)
        return ruling[0] if ruling else None

    def basic_action(self, tag: int) -> str:
        """Return the action without options; it stands where an option asks for a cleaning that a VR does not allow."""
        row = row_of(tag)
        return "X" if row is None else row.basic

    @property
    def dates(self) -> str:
        """Return what happens to dates: `modified`, `full` or `removed`."""
        for option, kept in (("retain-modified-dates", "modified"), ("retain-full-dates", "full")):
            if option in self.options:
                return kept
        return "removed"

    @property
    def digest(self) -> str:
        """Return a short name of everything that the profile decides by, but for its own name and title."""
        rules = (self.options, self.overrides, self.edition, self.admitted, self.private_lists)
        return sha256(repr(rules).encode()).hexdigest()[:16]


def _may_be_admitted(tag: int) -> bool:
    if tag >> 16 & 1 or is_structural(tag) or tag in direct_identifiers() | SETTLED:
        return False
    return tag >> 24 not in {0x50, 0x60} and public_vr(tag) not in {None, "PN", "UN"}
