"""overread commitment list | show | retry."""

import click

from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.commitment import commitment_view, list_commitments, retry_commitment
from gateway.node import Node


@click.group()
def commitment() -> None:
    """Requests for storage commitment, and what the senders were told."""


@commitment.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the latest requests."""
    with node.identity.read() as session:
        rows = list_commitments(session)
    columns = ("id", "site", "calling_ae", "state", "instances", "failed", "attempts", "received_at", "reason")
    print_rows(rows, columns, as_json=as_json, empty="nobody has asked for storage commitment")


@commitment.command("show")
@click.argument("number", metavar="ID", type=int)
@json_option
@with_node
def show(node: Node, number: int, as_json: bool) -> None:
    """Show one request, and why instances were not committed."""
    with node.identity.read() as session:
        view = commitment_view(session, number)
    print_view(view, as_json=as_json)


@commitment.command("retry")
@click.argument("number", metavar="ID", type=int)
@with_node
def retry(node: Node, number: int) -> None:
    """Judge a request anew and report the result at once."""
    retry_commitment(node, number, actor=ACTOR)
    click.echo("the request will be judged and reported anew")


COMMANDS = (commitment,)
