"""What the desk shows and decides, for who has no browser: what waits, letters to hospitals, the words for a reader."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from config.errors import Malformed
from gateway import audit
from gateway.case_words import set_words, words_view
from gateway.cli.frame import ACTOR, json_option, print_json, print_rows, print_view, with_node
from gateway.desk.reminders import case_reminder, study_reminder
from gateway.desk.waiting import LARGEST_PAGE, cases_lacking_records, waiting_studies
from gateway.letters import LANGUAGES
from gateway.links import get_study, request_revision
from gateway.node import Node

_STUDY_COLUMNS = ("study_uid", "site", "state", "days", "late", "case", "candidates", "reason")
_CASE_COLUMNS = ("case_number", "site", "days", "late", "missing")
_language = click.option("--language", type=click.Choice(LANGUAGES), help="Default: the hospital's own.")
_site = click.option("--site")


@click.command("waiting")
@_site
@json_option
@with_node
def waiting_study(node: Node, site: str | None, as_json: bool) -> None:
    """List the studies that wait for a person, oldest first, with the days, and whether these are over the goal."""
    rows = _all(node, waiting_studies, site, "studies")
    print_rows(rows, _STUDY_COLUMNS, as_json=as_json, empty="no study waits for a person")


@click.command("waiting")
@_site
@json_option
@with_node
def waiting_case(node: Node, site: str | None, as_json: bool) -> None:
    """List the open cases that lack images, a report or a study that can be read, oldest first."""
    page = partial(cases_lacking_records, licensed=node.settings.worklist.require_licence)
    rows = _all(node, page, site, "cases")
    print_rows(rows, _CASE_COLUMNS, as_json=as_json, empty="every open case has its images and its report")


def _all(node: Node, page: Any, site: str | None, what: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    with node.identity.read() as session:
        while after is not None:
            more, after = page(session, now=node.clock(), site=site, after=after, limit=LARGEST_PAGE)
            rows += more
    with node.identity.write() as session:
        audit.note(session, node.clock, actor=ACTOR, action=f"desk-{what}-viewed", subject=f"{len(rows)} {what}")
    goal = node.settings.desk.goal_days
    return [row | {"late": row["days"] > goal} for row in rows]


@click.command("remind")
@click.argument("study_uid", metavar="STUDY")
@_language
@json_option
@with_node
def remind_of_study(node: Node, study_uid: str, language: str | None, as_json: bool) -> None:
    """Print the letter that asks the hospital for the report of STUDY, which has no case."""
    _print_letter(study_reminder(node, study_uid, language=language, actor=ACTOR), as_json=as_json)


@click.command("remind")
@click.argument("number", metavar="CASE")
@_language
@json_option
@with_node
def remind_of_case(node: Node, number: str, language: str | None, as_json: bool) -> None:
    """Print the letter that asks the hospital for what CASE lacks, with a new upload link."""
    _print_letter(case_reminder(node, number, language=language, actor=ACTOR), as_json=as_json)


def _print_letter(letter: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(letter)
    else:
        click.echo(letter["text"])


@click.command("words")
@click.argument("study_uid", metavar="STUDY")
@click.option("--report", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text in its place.")
@click.option("--question", help="A question in its place.")
@click.option("--approve", is_flag=True, help="Say that you have looked: nothing of the patient is left.")
@click.option(
    "--source",
    help="The source shown with the words that you looked at: refused where the case has changed since. A terminal "
    "shows the words that are approved without it, and asks.",
)
@json_option
@with_node
def words(
    node: Node,
    study_uid: str,
    report: Path | None,
    question: str | None,
    approve: bool,
    source: str | None,
    as_json: bool,
) -> None:
    """Show the cleaned words that the reader of STUDY gets, or correct and approve them before they do.

    A correction that is not approved takes an earlier approval away. What is approved has been looked at: at a
    terminal it is shown and asked about, elsewhere --source says which words these were.
    """
    text = _text_of(report) if report is not None else None
    if approve and source is None:
        source = _look_at(node, study_uid, text, question, as_json=as_json)
    with node.identity.write() as session:
        view = words_view(session, node, study_uid)
        if text is not None or question is not None or approve:
            study = get_study(session, study_uid)
            said = {"report": view["report"] if text is None else text}
            said["question"] = view["question"] if question is None else question
            seen = view["source"] if source is None else source
            set_words(session, node, study, **said, source=seen, approve=approve, actor=ACTOR)
            request_revision(study)
            view = words_view(session, node, study_uid)
        audit.note(session, node.clock, actor=ACTOR, action="desk-words-viewed", subject=study_uid)
    shown = {name: value for name, value in view.items() if name != "original"}
    print_view(view if as_json else shown, as_json=as_json)


def _look_at(node: Node, study_uid: str, report: str | None, question: str | None, *, as_json: bool) -> str:
    """Show the words that are to be approved and ask whether they may be; return their source."""
    if as_json or not _is_terminal():
        raise click.UsageError(
            "--approve needs --source: the source that `overread study words STUDY` shows with the words to look at"
        )
    with node.identity.write() as session:
        view = words_view(session, node, study_uid)
        audit.note(session, node.clock, actor=ACTOR, action="desk-words-viewed", subject=study_uid)
    said = {"report": report, "question": question}
    shown = view | {name: value for name, value in said.items() if value is not None}
    print_view({name: value for name, value in shown.items() if name != "original"}, as_json=False)
    click.confirm("Nothing of the patient is left in these words, and a reader may have them?", abort=True)
    return str(view["source"])


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("the file of --report is not text in UTF-8: save it as that and try again") from None


OF_STUDIES = (waiting_study, remind_of_study, words)
OF_CASES = (waiting_case, remind_of_case)
