"""overread key."""

import click

from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.key_rotation import list_key_versions, rotate_key
from gateway.node import Node


@click.group()
def key() -> None:
    """The key of pseudonyms, UIDs and date shifts, in its versions."""


@key.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the versions of the key and how many patients hang on each; the keys themselves are never shown."""
    columns = ("version", "made_at", "serves_new_patients", "patients", "studies")
    print_rows(list_key_versions(node), columns, as_json=as_json, empty="")


@key.command()
@json_option
@with_node
def rotate(node: Node, as_json: bool) -> None:
    """Make a new version of the key for patients who are new from now on; nothing changes for those known.

    A running node takes it without a restart. Back up keys/ afterwards.
    """
    version = rotate_key(node, actor=ACTOR)
    if as_json:
        print_view({"version": version}, as_json=True)
        return
    click.echo(f"version {version} serves new patients from now on; back up keys/ before you need it")


COMMANDS = (key,)
