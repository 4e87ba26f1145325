"""What every command shares: the home, JSON on request, and errors on stderr with the right exit code."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config.settings import Settings
from gateway.node import Node, open_node

P = ParamSpec("P")
R = TypeVar("R")

ACTOR = "command line"
Rows = Sequence[Mapping[str, Any]]


def with_home(command: Callable[Concatenate[Path | None, P], R]) -> Callable[P, R]:
    """Give a command `--home DIR` and hand it the folder."""
    option = click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        help="The node's home (default: $OVERREAD_HOME, else ./overread-home).",
    )

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        home = kwargs.pop("home", None)
        return command(home, *args, **kwargs)  # type: ignore[arg-type]

    return option(wrapped)


def with_node(command: Callable[Concatenate[Node, P], R]) -> Callable[P, R]:
    """Give a command `--home DIR` and hand it the open node."""

    @functools.wraps(command)
    def wrapped(home: Path | None, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with node_of(home) as node:
            return command(node, *args, **kwargs)

    return with_home(wrapped)


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


@contextmanager
def node_of(home: Path | None) -> Iterator[Node]:
    """Open the node of a home."""
    with open_node(Settings.load(home)) as node:
        yield node


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: dates and times as ISO 8601 text, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def print_json(value: object) -> None:
    """Print one JSON document on stdout."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_rows(rows: Rows, columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        click.echo(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in plain(rows):
        table.add_row(*(escape(_cell(row.get(column))) for column in columns))
    console().print(table)


def print_view(view: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing as a list of its parts, or as JSON."""
    if as_json:
        print_json(dict(view))
        return
    width = max(len(key) for key in view)
    for key, value in plain(view).items():
        if isinstance(value, list | dict) and value:
            click.echo(f"{key.replace('_', ' ')}:")
            for line in json.dumps(value, ensure_ascii=False, indent=2).splitlines():
                click.echo(f"  {line}")
        else:
            click.echo(f"{key.replace('_', ' '):{width}}  {_cell(value)}")


def console() -> Console:
    """Return the console on stdout; without a terminal it is wide, so that pipes get whole lines."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=240)


def _cell(value: object) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
