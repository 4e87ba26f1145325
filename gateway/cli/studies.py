"""overread study list | show | reprocess | release | purge | ...; overread quarantine list | show | clean | ..."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import accepting, studies
from gateway import quarantine as held
from gateway.cli import desk, study_patients
from gateway.cli.frame import ACTOR, json_option, print_rows, print_view, with_node
from gateway.deidentification.statement import deidentification_of
from gateway.node import Node

if TYPE_CHECKING:
    from anonymizer.pixels import Box

_STATES = ("arriving", "unmatched", "held", "published", "read", "purged")


@click.group()
def study() -> None:
    """Studies by their pseudonymous UID."""


@study.command("list")
@click.option("--site")
@click.option("--state", type=click.Choice(_STATES))
@json_option
@with_node
def list_(node: Node, site: str | None, state: str | None, as_json: bool) -> None:
    """List the studies."""
    with node.identity.read() as session:
        rows = studies.list_studies(session, site=site, state=state)
    columns = ("study_uid", "site", "state", "modality", "instances", "case", "received_at", "quarantined")
    print_rows(rows, columns, as_json=as_json, empty="no studies")


@study.command("show")
@click.argument("study_uid", metavar="STUDY")
@json_option
@with_node
def show(node: Node, study_uid: str, as_json: bool) -> None:
    """Show what is known of STUDY: dispositions, candidates, links, answers."""
    with node.identity.read() as session:
        view = studies.study_view(session, study_uid)
    print_view(view, as_json=as_json)


@study.command("deidentification")
@click.argument("study_uid", metavar="STUDY")
@click.option("--format", "layout", type=click.Choice(["json", "pdf"]), default="json", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout.")
@with_node
def deidentification(node: Node, study_uid: str, layout: str, out: Path | None) -> None:
    """Say what was done to the instances of STUDY, for those who must answer for it."""
    with node.identity.read() as session:
        found = deidentification_of(session, study_uid)
    data = (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()
    if layout == "pdf":
        from gateway.deidentification.pdf import as_pdf

        data = as_pdf(found, node.settings.node.name)
    if out is None:
        sys.stdout.buffer.write(data)
        return
    out.write_bytes(data)
    click.echo(f"{out}: {found['instances']['de-identified']} instance(s)")


@study.command("reprocess")
@click.argument("study_uid", metavar="STUDY")
@with_node
def reprocess(node: Node, study_uid: str) -> None:
    """Let the pipeline look at STUDY again."""
    studies.reprocess(node, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} goes through the pipeline again")


@study.command("release")
@click.argument("study_uid", metavar="STUDY")
@with_node
def release(node: Node, study_uid: str) -> None:
    """Let STUDY go on without a case."""
    studies.release(node, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} goes on without a case")


@study.command("accept")
@click.argument("study_uid", metavar="STUDY")
@with_node
def accept(node: Node, study_uid: str) -> None:
    """Let STUDY be read though it was judged not fit, after looking at it."""
    accepting.accept(node, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} goes on against its verdict")


@study.command("purge")
@click.argument("study_uid", metavar="STUDY")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_node
def purge(node: Node, study_uid: str, yes: bool) -> None:
    """Remove the images of STUDY from both zones; signed reads and charges stay."""
    if not yes:
        click.confirm(f"Remove every image of {study_uid}, originals included?", abort=True)
    studies.purge(node, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} is purged")


for _command in (*study_patients.COMMANDS, *desk.OF_STUDIES):
    study.add_command(_command)


def _parsed(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> "tuple[Box, ...]":
    from anonymizer.pixels import parse_box

    try:
        return tuple(parse_box(text) for text in texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_boxes = click.option(
    "--box", "boxes", multiple=True, callback=_parsed, metavar="X,Y,W,H", help="Pixels from the upper left corner."
)


_several = click.argument("numbers", metavar="ID...", type=int, nargs=-1, required=True)


@click.group()
def quarantine() -> None:
    """Objects that a person must look at."""


@quarantine.command("list")
@click.option("--site")
@json_option
@with_node
def quarantine_list(node: Node, site: str | None, as_json: bool) -> None:
    """List what waits in quarantine."""
    with node.identity.read() as session:
        rows = held.list_quarantine(session, site=site)
    columns = ("id", "site", "study_uid", "modality", "reason", "received_at")
    print_rows(rows, columns, as_json=as_json, empty="the quarantine is empty")


@quarantine.command("show")
@click.argument("number", metavar="ID", type=int)
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write the image as PNG: identities!")
@click.option("--frame", default=1, show_default=True, type=click.IntRange(min=1), help="Which frame of it.")
@_boxes
@json_option
@with_node
def quarantine_show(
    node: Node, number: int, picture: Path | None, frame: int, boxes: "tuple[Box, ...]", as_json: bool
) -> None:
    """Show one object of the quarantine, and its image with the boxes that you think of."""
    with node.identity.read() as session:
        view = held.quarantine_view(session, number)
    if picture is not None:
        picture.write_bytes(held.picture_of(node, number, frame=frame - 1, boxes=boxes))
    print_view(view, as_json=as_json)


@quarantine.command("clean")
@_several
@_boxes
@with_node
def quarantine_clean(node: Node, numbers: tuple[int, ...], boxes: "tuple[Box, ...]") -> None:
    """Black boxes in every frame of objects that you have looked at, vouch for the rest, and let them go on."""
    held.clean_objects(node, numbers, boxes, actor=ACTOR)
    click.echo(f"{_named(numbers)} through the pipeline again with {len(boxes)} boxes blacked")


@quarantine.command("release")
@_several
@with_node
def quarantine_release(node: Node, numbers: tuple[int, ...]) -> None:
    """Vouch for objects that you have looked at, and let them go on."""
    held.release_objects(node, numbers, actor=ACTOR)
    click.echo(f"{_named(numbers)} through the pipeline again")


@quarantine.command("discard")
@_several
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_node
def quarantine_discard(node: Node, numbers: tuple[int, ...], yes: bool) -> None:
    """Remove the originals of objects for good."""
    if not yes:
        which = ", ".join(map(str, numbers))
        click.confirm(f"Remove the originals of these objects for good: {which}?", abort=True)
    held.discard_objects(node, numbers, actor=ACTOR)
    click.echo(f"discarded: {', '.join(map(str, numbers))}")


def _named(numbers: tuple[int, ...]) -> str:
    return f"object {numbers[0]} goes" if len(numbers) == 1 else f"{len(numbers)} objects go"


COMMANDS = (study, quarantine)
