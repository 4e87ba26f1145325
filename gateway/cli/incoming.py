"""overread import."""

import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from config.errors import Malformed
from gateway.bundles import asks_for_password
from gateway.cli.frame import ACTOR, json_option, print_json, with_node
from gateway.cli.import_report import exit_code, print_report
from gateway.cli.progress import progress_bar
from gateway.heartbeat import worker_lives
from gateway.intake import take_in
from gateway.node import Node
from gateway.uploads import import_paths, upload_report

_GROUP = 32
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 900.0


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", required=True, help="The site that the studies come from.")
@click.option("--case", "case_number", help="The case that they belong to.")
@click.option("--no-wait", is_flag=True, help="Do not wait for the pipeline.")
@click.option("--password-stdin", is_flag=True, help="Read the password of encrypted archives from standard input.")
@click.option("--verbose", is_flag=True, help="Print a line for every file.")
@json_option
@with_node
def import_(
    node: Node,
    paths: tuple[Path, ...],
    site: str,
    case_number: str | None,
    no_wait: bool,
    password_stdin: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Import folders, archives (zip, tar, 7z), disc images (ISO, UDF) and single files.

    The password of an encrypted archive is asked for at a terminal, and kept nowhere.

    With a running node it waits for the pipeline's verdicts; without one the files are recorded, and `overread serve`
    goes on with them. The exit code is 3 when something was quarantined, a bundle that could not be read to its end
    included; 1 when such a bundle is not there yet.
    """
    password = _password(node, paths, from_stdin=password_stdin)
    with progress_bar(quiet=as_json) as progress:
        task = progress.add_task("reading", total=None)
        delivery = import_paths(
            node,
            paths,
            site=site,
            case_number=case_number,
            actor=ACTOR,
            password=password,
            on_member=lambda *_: progress.advance(task),
        )
        if not worker_lives(node):
            _take_in_here(node)
        report = _report(node, delivery)
        if worker_lives(node) and not no_wait:
            progress.update(task, description="waiting for the verdicts", total=max(len(report["files"]), 1))
            report = _wait(node, delivery, progress, int(task))
    if as_json:
        print_json(report)
    else:
        print_report(report, verbose=verbose)
    code = exit_code(report)
    if report["failure"]:
        if not code:
            raise Malformed(report["failure"])
        click.echo(f"error: {report['failure']}", err=True)
    return code


def _password(node: Node, paths: tuple[Path, ...], *, from_stdin: bool) -> str | None:
    """Return the password for encrypted archives: from standard input, or asked for where somebody can answer."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n") or None
    limits = node.settings.uploads
    encrypted = any(asks_for_password(path, limits) for path in paths if path.is_file())
    if not encrypted or not sys.stdin.isatty():
        return None
    answer = click.prompt("password of the archive", hide_input=True, default="", show_default=False, err=True)
    return str(answer) or None


def _take_in_here(node: Node) -> None:
    while entries := list(islice(node.spool.entries(), _GROUP)):
        take_in(node, entries)


def _report(node: Node, delivery: str) -> dict[str, Any]:
    with node.identity.read() as session:
        return upload_report(session, delivery)


def _wait(node: Node, delivery: str, progress: Progress, task: int) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        report = _report(node, delivery)
        moving = report["counts"].get("pending", 0)
        progress.update(task, completed=len(report["files"]) - min(moving, len(report["files"])))  # type: ignore[arg-type]
        if report["state"] in {"done", "failed"} or time.monotonic() > deadline or not worker_lives(node):
            return report
        time.sleep(_POLL_SECONDS)


COMMANDS = (import_,)
