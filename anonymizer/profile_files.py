"""Read profiles from TOML: those of the library, and those of a site, which start from one of them.

A site's profile may take options away, ask for those that only refuse more, and make rules stricter as it likes. What
it keeps beyond its base stands in the table `admitted`, line by line, with the reason.

    title = "North Field"
    base = "second-read"
    without = ["retain-patient-characteristics"]
    with = ["clean-recognizable-visual-features"]
    [overrides]
    00181030 = "X"
    [admitted]
    00081010 = "the physicist compares the two scanners"
    retain-device-identity = "a study of devices, approved by the ethics committee"
"""

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from anonymizer.dictionary import public_vr
from anonymizer.profile import STRICTER_OPTIONS, SUPPORTED_OPTIONS, Admission, Profile

_KEYS = frozenset({"title", "options", "overrides"})
_SITE_KEYS = frozenset({"title", "base", "without", "with", "overrides", "admitted", "private_lists"})


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the library, sorted."""
    folder = files("anonymizer") / "profiles"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def load_profile(name: str) -> Profile:
    """Return a profile of the library by name; raises KeyError with the known names when there is none."""
    if name not in profile_names():
        raise KeyError(f"no profile {name!r}; there are {', '.join(profile_names())}")
    text = (files("anonymizer") / "profiles" / f"{name}.toml").read_text("utf-8")
    data = _known(name, tomllib.loads(text), _KEYS)
    return Profile(name, _title(name, data), tuple(data["options"]), _overrides(name, data))


def parse_profile(name: str, text: str) -> Profile:
    """Return the profile that a site's TOML text describes; raises ValueError for what it must not contain.

    Only the library's own profiles stand on no base: what a site's keeps is that of its base, or admitted.
    """
    data = tomllib.loads(text)
    if name in profile_names():
        raise ValueError(f"profile {name}: the library has one of this name")
    if data.get("base") not in profile_names():
        raise ValueError(f"profile {name}: it names a base, and the base is one of {', '.join(profile_names())}")
    _known(name, data, _SITE_KEYS)
    base = load_profile(data["base"])
    without = set(data.get("without", ()))
    if not without <= set(base.options):
        raise ValueError(f"profile {name}: {base.name} has none of the options {', '.join(sorted(without))}")
    admitted = tuple(Admission(_admitted(name, what), reason) for what, reason in data.get("admitted", {}).items())
    options = [option for option in base.options if option not in without]
    asked = set(data.get("with", ()))
    if not asked <= STRICTER_OPTIONS:
        raise ValueError(
            f"profile {name}: an option that keeps more is admitted, with its reason: {min(asked - STRICTER_OPTIONS)}"
        )
    options += sorted(asked.difference(options))
    options += [each.what for each in admitted if each.tag is None and each.what not in options]
    own = dict(_overrides(name, data))
    for tag, action in own.items():
        removed = base.action(tag) == "X" or (base.action(tag) is None and public_vr(tag) is None)
        if removed and action != "X":
            raise ValueError(f"profile {name}: {base.name} removes {tag:08X}, and {action} would be milder")
    overrides = {tag: action for tag, action in base.overrides if tag not in {each.tag for each in admitted}} | own
    lists = tuple(data.get("private_lists", base.private_lists))
    if set(lists) - set(base.private_lists) and "retain-safe-private" not in {each.what for each in admitted}:
        raise ValueError(f"profile {name}: another list of private elements needs retain-safe-private to be admitted")
    return replace(
        base,
        name=name,
        title=_title(name, data),
        options=tuple(options),
        overrides=tuple(sorted(overrides.items())),
        admitted=admitted,
        private_lists=lists,
        base=base.name,
    )


def _known(name: str, data: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    unknown = data.keys() - keys
    if unknown:
        raise ValueError(f"profile {name}: unknown keys: {', '.join(sorted(unknown))}")
    return data


def _title(name: str, data: dict[str, Any]) -> str:
    title = data.get("title")
    if not isinstance(title, str) or not title:
        raise ValueError(f"profile {name}: it has no title")
    return title


def _overrides(name: str, data: dict[str, Any]) -> tuple[tuple[int, str], ...]:
    return tuple(sorted((_tag(name, tag), action) for tag, action in data.get("overrides", {}).items()))


def _admitted(name: str, what: str) -> str:
    return what if what in SUPPORTED_OPTIONS else f"{_tag(name, what):08X}"


def _tag(name: str, text: str) -> int:
    if len(text) != 8 or not set(text.casefold()) <= set("0123456789abcdef"):
        raise ValueError(f"profile {name}: {text} is neither a tag of eight hexadecimal digits nor an option")
    return int(text, 16)
