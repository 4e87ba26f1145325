"""overread log."""

from pathlib import Path
from typing import cast

import click

from config.settings import Settings
from gateway.cli.frame import json_option, print_rows, with_home
from gateway.log_levels import LEVELS, SUPERVISOR, Level, level_of, set_levels
from gateway.roles import OPTIONAL_ROLES, ROLES

_EVERYBODY = (SUPERVISOR, *ROLES, *OPTIONAL_ROLES)
_DEFAULT = "default"


@click.command("log")
@click.argument("level", required=False, type=click.Choice([*LEVELS, _DEFAULT]))
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(_EVERYBODY), help="Of this role alone; may be repeated."
)
@json_option
@with_home
def log(home: Path | None, level: str | None, roles: tuple[str, ...], as_json: bool) -> None:
    """Show how much the running node logs, or set it to LEVEL until the node is started anew."""
    settings = Settings.load(home)
    if level is not None:
        set_levels(settings, None if level == _DEFAULT else cast(Level, level), roles)
    rows = [{"role": role, "level": level_of(settings, role)} for role in _EVERYBODY]
    print_rows(rows, ("role", "level"), as_json=as_json, empty="")


COMMANDS = (log,)
