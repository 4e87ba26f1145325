"""overread case link; overread site brand: the upload page for people without an account."""

from pathlib import Path

import click

from gateway.cli.frame import ACTOR, json_option, print_json, print_view, with_node
from gateway.node import Node
from gateway.portal.branding import BrandChange, brand_view, set_brand
from gateway.portal.links import make_link


@click.command("link")
@click.argument("number", metavar="CASE")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True, help="How long it is good for.")
@click.option("--single-use", is_flag=True, help="It ends with the first upload that comes whole.")
@json_option
@with_node
def link(node: Node, number: str, days: int, single_use: bool, as_json: bool) -> None:
    """Print a link by which anybody who has it can upload to CASE, and to nothing else."""
    made = make_link(node, number, days=days, single_use=single_use, actor=ACTOR)
    if as_json:
        print_json(made)
        return
    click.echo(made["url"])
    until = "the first upload" if single_use else "the case closes"
    click.echo(f"good until {made['expires_at']:%Y-%m-%d %H:%M} UTC or {until}", err=True)


@click.command("brand")
@click.argument("site", metavar="NAME")
@click.option("--name", help="The name on the upload page.")
@click.option("--logo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A PNG or JPEG picture.")
@click.option("--colour", help="Written #rrggbb, dark enough for white words.")
@click.option("--imprint", help="Who is responsible for the page, at its foot.")
@click.option(
    "--frame-ancestor",
    "frame_ancestors",
    multiple=True,
    help="An origin that may show the page in a frame; may be repeated, replaces those before, '' takes all away.",
)
@json_option
@with_node
def brand(
    node: Node,
    site: str,
    name: str | None,
    logo: Path | None,
    colour: str | None,
    imprint: str | None,
    frame_ancestors: tuple[str, ...],
    as_json: bool,
) -> None:
    """Set how the upload page of the site NAME looks, and show it."""
    change = BrandChange(
        name=name,
        logo=logo.read_bytes() if logo else None,
        colour=colour,
        imprint=imprint,
        frame_ancestors=frame_ancestors or None,
    )
    print_view(brand_view(set_brand(node, site, change, actor=ACTOR)), as_json=as_json)
