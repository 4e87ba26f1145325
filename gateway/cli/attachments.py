"""overread attachment list | show | discard."""

from typing import Any

import click

from gateway.attachments.discarding import discard_attachment
from gateway.attachments.views import attachment_view, attachments_of_case, attachments_of_delivery
from gateway.cli.frame import ACTOR, json_option, print_json, print_rows, with_node
from gateway.links import get_case
from gateway.node import Node

_COLUMNS = ("id", "kind", "file_name", "bytes", "state", "language", "received_at")


@click.group()
def attachment() -> None:
    """Reports, photos and texts that came beside the images."""


@attachment.command("list")
@click.option("--case", "number", metavar="CASE", help="Those of a case.")
@click.option("--delivery", metavar="DELIVERY", help="Those of a delivery, also when their case is not known.")
@json_option
@with_node
def list_(node: Node, number: str | None, delivery: str | None, as_json: bool) -> None:
    """List the attachments of a case or of a delivery."""
    if (number is None) == (delivery is None):
        raise click.UsageError("name either --case or --delivery")
    rows: list[dict[str, Any]]
    with node.identity.read() as session:
        if delivery is not None:
            rows = attachments_of_delivery(session, delivery)
        else:
            rows = attachments_of_case(session, get_case(session, number or "").id)
    print_rows(rows, _COLUMNS, as_json=as_json, empty="no attachments")


@attachment.command("show")
@click.argument("number", metavar="ATTACHMENT", type=int)
@json_option
@with_node
def show(node: Node, number: int, as_json: bool) -> None:
    """Show an attachment, and the text that could be read of it."""
    with node.identity.read() as session:
        view = attachment_view(session, number)
    if as_json:
        print_json(view)
        return
    for key in ("id", *_COLUMNS[1:], "problem"):
        if view[key] not in (None, ""):
            click.echo(f"{key}: {view[key]}")
    click.echo(f"\n{view['text']}" if view["text"] else "\nno text could be read")


@attachment.command("discard")
@click.argument("number", metavar="ATTACHMENT", type=int)
@with_node
def discard(node: Node, number: int) -> None:
    """Remove ATTACHMENT for good; that it came stays on record."""
    discard_attachment(node, number, actor=ACTOR)
    click.echo(f"attachment {number} is gone")


COMMANDS = (attachment,)
