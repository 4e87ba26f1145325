"""overread profile list | show | diff."""

from pathlib import Path
from typing import Any

import click

from anonymizer import Profile, difference, explain, profile_names
from config.settings import Settings
from gateway.cli.frame import json_option, print_json, print_rows, with_home
from gateway.profiles import own_profiles, profile_named

_COLUMNS = ("tag", "name", "action", "rule", "outcome")
_OF_WHOLE_OBJECTS = ("clean-pixel-data", "clean-recognizable-visual-features")  # no attribute tells of them


@click.group()
def profile() -> None:
    """De-identification profiles: what happens to each attribute."""


@profile.command("list")
@json_option
@with_home
def list_(home: Path | None, as_json: bool) -> None:
    """List the profiles of the library and of the home."""
    folder = Settings.load(home).home
    rows = []
    for name in (*profile_names(), *own_profiles(folder)):
        found = profile_named(name, folder)
        rows.append({"name": name, "title": found.title, "base": found.base or None, "options": list(found.options)})
    print_rows(rows, ("name", "title", "base", "options"), as_json=as_json, empty="no profiles")


@profile.command("show")
@click.argument("name")
@json_option
@with_home
def show(home: Path | None, name: str, as_json: bool) -> None:
    """Show what the profile NAME does with each attribute."""
    found = profile_named(name, Settings.load(home).home)
    rows = [vars(row) for row in explain(found)]
    if as_json:
        print_json(_head(found) | {"attributes": rows})
        return
    for key, value in _head(found).items():
        if key != "admitted" and value:
            click.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    for line in _head(found)["admitted"]:
        click.echo(f"admitted by the site: {line['what']}: {line['reason']}")
    print_rows(rows, _COLUMNS, as_json=False, empty="no attributes")


@profile.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@json_option
@with_home
def diff(home: Path | None, one: str, other: str, as_json: bool) -> None:
    """Show the attributes, and the objects, that the profiles A and B treat differently."""
    folder = Settings.load(home).home
    first, second = profile_named(one, folder), profile_named(other, folder)
    rows = [
        {"tag": "-", "name": option, one: _asked(option, first), other: _asked(option, second)}
        for option in _OF_WHOLE_OBJECTS
        if _asked(option, first) != _asked(option, second)
    ]
    pairs = difference(first, second)
    rows += [{"tag": a.tag, "name": a.name, one: a.outcome, other: b.outcome} for a, b in pairs]
    print_rows(rows, ("tag", "name", one, other), as_json=as_json, empty=f"{one} and {other} do the same")


def _asked(option: str, found: Profile) -> str:
    return "asked for" if option in found.options else "not asked for"


def _head(found: Profile) -> dict[str, Any]:
    return {
        "profile": found.name,
        "title": found.title,
        "base": found.base or None,
        "edition": found.edition,
        "digest": found.digest,
        "options": list(found.options),
        "private_lists": list(found.private_lists) if "retain-safe-private" in found.options else [],
        "admitted": [{"what": each.what, "reason": each.reason} for each in found.admitted],
    }


COMMANDS = (profile,)
