"""overread status."""

import time
from datetime import datetime
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.cli.frame import console, json_option, print_json, with_node
from gateway.node import Node
from gateway.status import snapshot

_MIB = 1024**2
_GIB = 1024**3
_COUNTED = ("waiting", "studies", "worklist", "workstations")


@click.command()
@click.option("--watch", is_flag=True, help="Stay and look again until Ctrl-C.")
@click.option("--every", type=click.FloatRange(0.5, 60), default=2.0, show_default=True, help="Seconds between looks.")
@json_option
@with_node
def status(node: Node, watch: bool, every: float, as_json: bool) -> None:
    """Show what comes in, what waits, who is associated and how much room is left."""
    if as_json:
        print_json(snapshot(node))
    elif not watch:
        console().print(screen(snapshot(node)))
    else:
        with Live(screen(snapshot(node)), console=console(), screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(every)
                live.update(screen(snapshot(node)), refresh=True)


def screen(seen: dict[str, Any]) -> RenderableType:
    """Return what a terminal shows of a look at the node."""
    worker = "[green]worker alive[/]" if seen["worker"] else "[bold red]no worker: overread serve[/]"
    free = seen["disk"]["free_bytes"]
    room = f"{free / _GIB:.1f} GiB free"
    if free <= seen["disk"]["reserve_bytes"]:
        room = f"[bold red]{room}: below the reserve, instances are refused[/]"
    incoming = seen["incoming"]
    now = f"{incoming['objects_per_second']:g} objects/s, {incoming['bytes_per_second'] / _MIB:.1f} MiB/s"
    minute = f"last minute {incoming['objects_last_minute']} objects, {incoming['bytes_last_minute'] / _MIB:.1f} MiB"
    doors = f"{incoming['associations_now']} association(s) now"
    when = f"{seen['at']:%Y-%m-%d %H:%M:%S} UTC"
    head = Panel(
        f"{worker}   {doors}   {room}\n[bold]{now}[/]   {minute}", title=when, title_align="left", expand=False
    )
    parts = (
        head,
        _sites(seen["sites"]),
        _counts(seen),
        _associations(seen["associations"]),
        _problems(seen["problems"]),
    )
    return Group(*(each for part in parts if part is not None for each in (part, "")))


def _sites(rows: list[dict[str, Any]]) -> Table | None:
    """Return who sends now; nothing where nobody does."""
    if not rows:
        return None
    table = _table("senders, last minute", "site", "associations", "objects/min", "MiB/min")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        size = f"{row['bytes_last_minute'] / _MIB:.1f}"
        table.add_row(escape(row["site"]), str(row["associations"]), str(row["objects_last_minute"]), size)
    return table


def _problems(rows: list[dict[str, Any]]) -> RenderableType:
    if not rows:
        return Text("Nothing went wrong within a day.", style="dim")
    table = _table("latest problems", "at", "what", "site", "why", "times")
    table.columns[-1].justify = "right"
    for row in rows:
        cells = (f"{row['at']:%d %b %H:%M}", row["what"], row["site"] or "-", row["words"], str(row["times"]))
        table.add_row(*map(escape, cells))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(
        box=None, pad_edge=False, header_style="bold", title=title, title_justify="left", title_style="bold cyan"
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _counts(seen: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold cyan", padding=(0, 2, 0, 0))
    for part in _COUNTED:
        table.add_column(part)
        table.add_column("", justify="right")
    columns = [list(seen[part].items()) for part in _COUNTED]
    for line in range(max(map(len, columns))):
        pairs = [column[line] if line < len(column) else ("", "") for column in columns]
        table.add_row(*(cell for name, count in pairs for cell in (name.replace("_", " "), _number(count))))
    return table


def _number(count: int | str) -> str:
    """Return a count as it is printed: what is 0 steps back."""
    return "[dim]0[/]" if count == 0 else str(count)


def _associations(visits: list[dict[str, Any]]) -> RenderableType:
    if not visits:
        return Text("Nobody has called yet.", style="dim")
    table = _table("latest associations", "at", "site", "calling AE", "host", "TLS", "answer")
    for visit in visits:
        colour = "green" if visit["answer"] == "accepted" else "red"
        whose = visit["site"] or ("workstation" if visit.get("workstation") else "-")
        at = f"{datetime.fromisoformat(visit['at']):%d %b %H:%M:%S}"
        cells = (at, whose, visit["calling_ae"] or "-", visit["host"], "yes" if visit.get("tls") else "no")
        table.add_row(*(escape(str(cell)) for cell in cells), f"[{colour}]{visit['answer']}[/]")
    return table


COMMANDS = (status,)
