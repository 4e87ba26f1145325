"""The command line: one module a group of commands, each command a few lines over a function of the gateway.

Errors go to stderr: exit code 1 for what the node refuses or cannot do, 2 for a wrong use of the command. A command may
return a code of its own.
"""

import sys
from importlib import import_module

import click

from config.errors import OverreadError
from config.log import configure_log, describe

_COMMANDS = {
    "accounts": ("reader", "token"),
    "attachments": ("attachment",),
    "cases": ("case",),
    "coordinators": ("coordinator",),
    "commitments": ("commitment",),
    "incoming": ("import",),
    "keys": ("key",),
    "log": ("log",),
    "node": ("init", "serve", "demo", "config", "doctor", "conformance", "backup", "restore", "db"),
    "offline": ("deidentify",),
    "previews": ("link",),
    "profiles": ("profile",),
    "reading": ("read", "invoice", "stats", "audit"),
    "receipts": ("receipt",),
    "sites": ("site",),
    "status": ("status",),
    "studies": ("study", "quarantine"),
    "viewer": ("viewer",),
    "workstations": ("workstation",),
}


class _Commands(click.Group):
    """Commands whose module is imported when one of them is used: to import all takes longer than most commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(name for names in _COMMANDS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        for module, names in _COMMANDS.items():
            if cmd_name in names:
                commands: tuple[click.Command, ...] = import_module(f"gateway.cli.{module}").COMMANDS
                return next(command for command in commands if command.name == cmd_name)
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="overread", prog_name="overread")
def cli() -> None:
    """Overread: a DICOM gateway and second-read node."""


def main() -> None:
    """Run the command line."""
    configure_log("error", "console")
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except OverreadError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the outermost edge; a foreign message may bear an identity
        where = describe(error)
        click.echo(f"error: {where['error']} at {where['error_at']}; please report this", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
