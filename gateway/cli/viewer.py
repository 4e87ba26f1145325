"""overread viewer install | show | remove: OHIF beside the built-in viewer."""

from pathlib import Path

import click

from gateway.cli.frame import json_option, print_view, with_node
from gateway.node import Node
from gateway.viewer.installation import DEFAULT_VERSION, install_viewer, remove_viewer, viewer_view


@click.group()
def viewer() -> None:
    """OHIF as the full viewer; the built-in one needs nothing of it."""


@viewer.command("install")
@click.option("--version", default=DEFAULT_VERSION, show_default=True, help="The version of @ohif/app.")
@click.option("--integrity", help="Its sha512 digest as npm writes it, for a version that was not tried.")
@click.option(
    "--file",
    "archive",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `npm pack` wrote elsewhere, for a node without npm.",
)
@json_option
@with_node
def install(node: Node, version: str, integrity: str | None, archive: Path | None, as_json: bool) -> None:
    """Fetch OHIF with your npm client, check its digest, and serve it at /ohif/."""
    print_view(
        install_viewer(node.settings, node.clock, version=version, integrity=integrity, archive=archive),
        as_json=as_json,
    )


@viewer.command("show")
@json_option
@with_node
def show(node: Node, as_json: bool) -> None:
    """Show which viewer is installed."""
    print_view(viewer_view(node.settings), as_json=as_json)


@viewer.command("remove")
@with_node
def remove(node: Node) -> None:
    """Remove it; the built-in viewer stays."""
    remove_viewer(node.settings)
    click.echo("removed")


COMMANDS = (viewer,)
