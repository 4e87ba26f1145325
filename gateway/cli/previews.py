"""overread link preview | list | revoke: previews of one study for somebody without an account."""

from dataclasses import asdict

import click

from gateway.cli.frame import ACTOR, json_option, print_json, print_rows, with_node
from gateway.node import Node
from gateway.portal.links import base_url
from viewer_api.previews.links import list_links, make_link, revoke_link


@click.group()
def link() -> None:
    """Links that share the previews of one study."""


@link.command("preview")
@click.argument("study_uid", metavar="STUDY")
@click.option(
    "--hours", type=click.IntRange(1, 24 * 90), default=24, show_default=True, help="How long it is good for."
)
@json_option
@with_node
def preview(node: Node, study_uid: str, hours: int, as_json: bool) -> None:
    """Print a link by which anybody who has it can look at previews of STUDY, and at nothing else."""
    with node.reading.write() as session:
        made, token = make_link(session, node.room, study_uid, hours=hours, actor=ACTOR)
    url = f"{base_url(node)}/shared/{token}"
    if as_json:
        print_json({"id": made.id, "url": url, "study_uid": made.study_uid, "expires_at": made.expires_at})
        return
    click.echo(url)
    click.echo(f"good until {made.expires_at:%Y-%m-%d %H:%M} UTC; `overread link revoke {made.id}` ends it", err=True)


@link.command("list")
@json_option
@with_node
def list_(node: Node, as_json: bool) -> None:
    """List the links, the newest first; their addresses were shown when they were made."""
    with node.reading.read() as session:
        rows = [asdict(each) for each in list_links(session)]
    columns = ("id", "study_uid", "created_at", "expires_at", "revoked_at")
    print_rows(rows, columns, as_json=as_json, empty="no links; `overread link preview` makes one")


@link.command("revoke")
@click.argument("link_id", metavar="ID")
@with_node
def revoke(node: Node, link_id: str) -> None:
    """Take the link ID back."""
    with node.reading.write() as session:
        revoke_link(session, node.clock, link_id, actor=ACTOR)
    click.echo(f"link {link_id} shows nothing any more")


COMMANDS = (link,)
