"""The command line: one module a group of commands, each command a few lines over a function of the gateway.

Errors go to stderr: exit code 1 for what the node refuses or cannot do, 2 for a wrong use of the command.
"""

import sys

import click

from config.errors import OverreadError
from config.log import configure_log, describe
from gateway.cli import accounts, cases, incoming, node, portal, reading, receipts, sites, studies


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="overread", prog_name="overread")
def cli() -> None:
    """Overread: a DICOM gateway and second-read node."""


for command in (
    *node.COMMANDS,
    *sites.COMMANDS,
    *accounts.COMMANDS,
    *cases.COMMANDS,
    *studies.COMMANDS,
    *incoming.COMMANDS,
    *reading.COMMANDS,
    *receipts.COMMANDS,
):
    cli.add_command(command)
cases.case.add_command(portal.link)
sites.site.add_command(portal.brand)


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
