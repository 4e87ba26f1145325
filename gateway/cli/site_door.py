"""overread site door."""

import sys
from pathlib import Path

import click

from config.errors import Malformed
from gateway.cli.door_options import certificates_option, digests_of
from gateway.cli.frame import ACTOR, json_option, print_view, with_node
from gateway.node import Node
from gateway.site_door import DoorChange, set_door

_GIB = 1024**3


@click.command("door")
@click.argument("name")
@click.option("--network", "networks", multiple=True, help="May come from this CIDR alone; may be repeated, '' is all.")
@certificates_option
@click.option("--no-certificate", is_flag=True, help="Ask for no certificate any more.")
@click.option("--user", help="Must name itself so by user identity negotiation; '' for nobody in particular.")
@click.option("--password-stdin", is_flag=True, help="Read the passcode of --user from standard input.")
@click.option("--max-associations", type=click.IntRange(0), help="At most so many at once; 0 for the node's own limit.")
@click.option("--instances-per-hour", type=click.IntRange(0), help="At most so many; 0 for no limit.")
@click.option("--gib-per-hour", type=click.FloatRange(0), help="At most so many GiB; 0 for no limit.")
@click.option(
    "--unlisted-classes",
    type=click.Choice(["yes", "no", "node"]),
    help="Whether SOP classes that no dictionary lists are taken; node is what its setting says.",
)
@json_option
@with_node
def door(
    node: Node,
    name: str,
    networks: tuple[str, ...],
    certificates: tuple[Path, ...],
    no_certificate: bool,
    user: str | None,
    password_stdin: bool,
    max_associations: int | None,
    instances_per_hour: int | None,
    gib_per_hour: float | None,
    unlisted_classes: str | None,
    as_json: bool,
) -> None:
    """Say on which terms the site NAME may come in over DICOM."""
    if bool(user) != password_stdin:
        raise Malformed("a user needs its passcode: give --user NAME and --password-stdin together")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    change = DoorChange(
        networks=tuple(each for each in networks if each) if networks else None,
        certificates=() if no_certificate else digests_of(certificates) or None,
        user=None if user is None else (user, password),
        maximum_associations=max_associations,
        instances_per_hour=instances_per_hour,
        bytes_per_hour=None if gib_per_hour is None else int(gib_per_hour * _GIB),
        unlisted_sop_classes=unlisted_classes,
    )
    print_view(set_door(node, name, change, actor=ACTOR), as_json=as_json)
