"""Which de-identification profile a study falls under: that of its site, else the node's.

A profile is one of the library's or a TOML file in the home's folder `profiles`, which starts from one of the library's
(`anonymizer.profile_files`). A node needs the UIDs that it maps, so no profile of a node retains them.
"""

import re
from pathlib import Path

from anonymizer import Profile, load_profile, parse_profile, profile_names
from config.errors import Misconfigured

FOLDER = "profiles"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def own_profiles(home: Path) -> tuple[str, ...]:
    """Return the names of the profiles that stand in the home, sorted."""
    return tuple(sorted(path.stem for path in (home / FOLDER).glob("*.toml") if _NAME.fullmatch(path.stem)))


def profile_named(name: str, home: Path | None = None) -> Profile:
    """Return the profile of a name, from the library or from a home, or of a file whose path ends in `.toml`.

    Raises:
        Misconfigured: there is none, or its file says what a profile must not say.
    """
    if name in profile_names():
        return load_profile(name)
    names = own_profiles(home) if home is not None else ()
    file = home / FOLDER / f"{name}.toml" if home is not None and name in names else Path(name)
    if name not in names and file.suffix != ".toml":
        known = ", ".join((*profile_names(), *names))
        raise Misconfigured(f"there is no de-identification profile {name!r}; there are {known}")
    try:
        return parse_profile(file.stem, file.read_text("utf-8"))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise Misconfigured(f"the de-identification profile {name!r} cannot be used: {error}") from None


def node_profile(name: str, home: Path) -> Profile:
    """Return the profile of a name for a node.

    Raises:
        Misconfigured: there is none, or it retains UIDs.
    """
    profile = profile_named(name, home)
    if "retain-uids" in profile.options:
        raise Misconfigured(f"the profile {name!r} retains UIDs, by which a node would publish what names a patient")
    return profile
