"""overread case import | list | show | match | unmatch | reject | merge | apart | close | link."""

from pathlib import Path
from typing import Any

import click

from config.errors import Conflict, Malformed, NotOffered, TooLarge
from gateway.case_reports import Filed, receive
from gateway.case_reports.unmerging import NeverMerged, take_back_merge
from gateway.cases import case_view, close_case, list_cases, open_case
from gateway.cli import desk
from gateway.cli.frame import ACTOR, json_option, print_json, print_rows, print_view, with_node
from gateway.cli.portal import link
from gateway.decisions import match_by_person, reject_by_person, unmatch_by_person
from gateway.merging import merge_cases
from gateway.node import Node


@click.group()
def case() -> None:
    """Case reports that studies belong to."""


@case.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--site", required=True)
@json_option
@with_node
def import_(node: Node, files: tuple[Path, ...], site: str, as_json: bool) -> None:
    """Take in case reports: our JSON, FHIR, HL7 v2, CSV or XLSX lists, and reports as PDF, DOCX, RTF, text, SR."""
    taken: list[dict[str, Any]] = []
    for file in files:
        for each in _take_in(node, site, file):
            taken.append({"file": str(file), **each.view()})
            if not as_json:
                click.echo(f"{each.case_number or '-':10}  {each.outcome:9}  {file}  {each.place}")
                if reason := each.view()["reason"]:
                    click.echo(f"  {file}  {each.place}: {reason}", err=True)
    if as_json:
        print_json(taken)
    if any(each["outcome"] == "refused" for each in taken):
        raise SystemExit(1)


def _take_in(node: Node, site: str, file: Path) -> list[Filed]:
    """Take one file in; where others go with it, one that cannot be read does not keep them out."""
    try:
        return receive(node, site=site, payload=file.read_bytes(), file_name=file.name, actor=ACTOR)
    except (Malformed, Conflict, NeverMerged, NotOffered, TooLarge) as problem:
        return [Filed("document", "refused", problem=problem)]


@case.command("list")
@click.option("--site")
@json_option
@with_node
def list_(node: Node, site: str | None, as_json: bool) -> None:
    """List the cases."""
    with node.identity.read() as session:
        rows = list_cases(session, site)
    columns = ("case_number", "site", "state", "studies")
    print_rows(rows, columns, as_json=as_json, empty="no cases; `overread case import` takes them in")


@case.command("show")
@click.argument("number", metavar="CASE")
@json_option
@with_node
def show(node: Node, number: str, as_json: bool) -> None:
    """Show a case with its patient, its report and the studies linked to it."""
    with node.identity.read() as session:
        view = case_view(session, number)
    print_view(view, as_json=as_json)


@case.command("match")
@click.argument("number", metavar="CASE")
@click.argument("study_uid", metavar="STUDY")
@with_node
def match(node: Node, number: str, study_uid: str) -> None:
    """Link STUDY to CASE."""
    match_by_person(node, number, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} belongs to case {number}")


@case.command("unmatch")
@click.argument("number", metavar="CASE")
@click.argument("study_uid", metavar="STUDY")
@with_node
def unmatch(node: Node, number: str, study_uid: str) -> None:
    """Part STUDY from CASE; possible until its read is signed."""
    unmatch_by_person(node, number, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} no longer belongs to case {number}")


@case.command("reject")
@click.argument("number", metavar="CASE")
@click.argument("study_uid", metavar="STUDY")
@with_node
def reject(node: Node, number: str, study_uid: str) -> None:
    """Say that STUDY does not belong to CASE: the two are never proposed again."""
    reject_by_person(node, number, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} is not proposed for case {number} again")


@case.command("merge")
@click.argument("kept", metavar="CASE")
@click.argument("gone", metavar="OTHER")
@with_node
def merge(node: Node, kept: str, gone: str) -> None:
    """Merge the case OTHER into CASE: its studies and numbers go over, and it is closed."""
    merge_cases(node, kept, gone, actor=ACTOR)
    click.echo(f"case {gone} is merged into case {kept}")


@case.command("apart")
@click.argument("number", metavar="CASE")
@click.argument("merge_id", metavar="MERGE", type=int)
@with_node
def apart(node: Node, number: str, merge_id: int) -> None:
    """Take back MERGE, by which two patient IDs of CASE are one person's; `case show` lists them."""
    changed = take_back_merge(node, number, merge_id, actor=ACTOR)
    click.echo(f"merge {merge_id} is taken back; {changed} case{'' if changed == 1 else 's'} changed by it")


@case.command("close")
@click.argument("number", metavar="CASE")
@with_node
def close(node: Node, number: str) -> None:
    """Close a case: no further study is linked to it."""
    close_case(node, number, actor=ACTOR)
    click.echo(f"case {number} is closed")


@case.command("open")
@click.argument("number", metavar="CASE")
@with_node
def open_(node: Node, number: str) -> None:
    """Open a closed case again: the studies that wait look whether they belong to it."""
    open_case(node, number, actor=ACTOR)
    click.echo(f"case {number} is open")


for _command in (link, *desk.OF_CASES):
    case.add_command(_command)

COMMANDS = (case,)
