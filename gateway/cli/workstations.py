"""overread workstation add | list | remove."""

from pathlib import Path

import click

from config.errors import Malformed
from config.identifiers import AETitle
from gateway.certificates import trusted_certificates
from gateway.cli.door_options import certificates_option, digests_of
from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.node import Node
from gateway.workstations import enter_workstation, withdraw_workstation, workstation_view
from worklist.access.workstations import list_workstations

_COLUMNS = ("ae_title", "reader", "host", "port", "tls", "networks", "active")


@click.group()
def workstation() -> None:
    """Desktop viewers of readers, which may query and retrieve what is published."""


@workstation.command("add")
@click.argument("ae_title")
@click.option("--reader", required=True, help="Whose workstation it is.")
@click.option("--host", required=True, help="Where it takes what it asks for by C-MOVE.")
@click.option("--port", required=True, type=click.IntRange(1, 65535))
@click.option("--network", "networks", multiple=True, help="May come from this CIDR alone; may be repeated.")
@certificates_option
@click.option("--tls", is_flag=True, help="Send to it over TLS alone.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="PEM file of the certificates it is known by then (default: those that the node trusts, for its host).",
)
@json_option
@with_node
def add(
    node: Node,
    ae_title: str,
    reader: str,
    host: str,
    port: int,
    networks: tuple[str, ...],
    certificates: tuple[Path, ...],
    tls: bool,
    trust: Path | None,
    as_json: bool,
) -> None:
    """Let the workstation AE_TITLE of a reader query and retrieve."""
    if trust is not None and not tls:
        raise Malformed("--trust says whom to trust over TLS: give it with --tls")
    view = enter_workstation(
        node,
        AETitle(ae_title),
        reader=reader,
        host=host,
        port=port,
        networks=networks,
        certificates=digests_of(certificates),
        tls=tls,
        trust=trusted_certificates(trust) if trust else "",
        actor=ACTOR,
    )
    print_view(view, as_json=as_json)


@workstation.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the workstations."""
    with node.reading.read() as session:
        rows = [workstation_view(each) for each in list_workstations(session)]
    print_rows(rows, _COLUMNS, as_json=as_json, empty="no workstations; `overread workstation add` adds one")


@workstation.command("remove")
@click.argument("ae_title")
@with_node
def remove(node: Node, ae_title: str) -> None:
    """Let the workstation AE_TITLE in no more."""
    withdraw_workstation(node, ae_title, actor=ACTOR)
    click.echo(f"the workstation {ae_title} is removed")


COMMANDS = (workstation,)
