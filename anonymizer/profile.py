"""Describe what a de-identification keeps: options of PS3.15 Annex E and overrides, as data in `profiles/*.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from anonymizer.rules import EDITION, row_of

# CID 7050: the code of each option, and its meaning.
OPTION_CODES = {
    "basic": ("113100", "Basic Application Confidentiality Profile"),
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
SUPPORTED_OPTIONS = frozenset(
    {"retain-uids", "retain-device-identity", "retain-institution-identity", "retain-patient-characteristics"}
    | {"retain-full-dates", "retain-modified-dates", "clean-descriptors", "clean-structured-content", "clean-graphics"}
)
_OVERRIDE_ACTIONS = frozenset({"X", "Z", "D"})


@dataclass(frozen=True)
class Profile:
    """Be one named choice of options; equal profiles decide equally.

    `overrides` may only make a rule stricter: pairs of tag and one of X, Z, D.
    """

    name: str
    title: str
    options: tuple[str, ...]
    overrides: tuple[tuple[int, str], ...] = ()
    edition: str = EDITION

    def __post_init__(self) -> None:
        unsupported = set(self.options) - SUPPORTED_OPTIONS
        if unsupported:
            raise ValueError(f"profile {self.name}: options not supported: {', '.join(sorted(unsupported))}")
        if {"retain-full-dates", "retain-modified-dates"} <= set(self.options):
            raise ValueError(f"profile {self.name}: dates are either kept or modified")
        if not {action for _, action in self.overrides} <= _OVERRIDE_ACTIONS:
            raise ValueError(f"profile {self.name}: an override is X, Z or D")

    def action(self, tag: int) -> str | None:
        """Return the table's action for a tag, which may still be a combined one; None when no row names the tag.

        K of one option wins over C of another, and both over the basic action (PS3.15 E.3).
        """
        for overridden, action in self.overrides:
            if overridden == tag:
                return action
        row = row_of(tag)
        if row is None:
            return None
        granted = {row.options[option] for option in self.options if option in row.options}
        return "K" if "K" in granted else "C" if "C" in granted else row.basic

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


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the library, sorted."""
    folder = files("anonymizer") / "profiles"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load_profile(name: str) -> Profile:
    """Return a profile by name; raises KeyError with the known names when there is none."""
    if name not in profile_names():
        raise KeyError(f"no profile {name!r}; there are {', '.join(profile_names())}")
    text = (files("anonymizer") / "profiles" / f"{name}.toml").read_text("utf-8")
    return parse_profile(name, text)


def parse_profile(name: str, text: str) -> Profile:
    """Return the profile that a TOML text describes; raises ValueError for what it must not contain."""
    data = tomllib.loads(text)
    unknown = data.keys() - {"title", "options", "overrides"}
    if unknown:
        raise ValueError(f"profile {name}: unknown keys: {', '.join(sorted(unknown))}")
    overrides = tuple(sorted((int(tag, 16), action) for tag, action in data.get("overrides", {}).items()))
    return Profile(name, data["title"], tuple(data.get("options", ())), overrides)
