"""overread status."""

import time
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
        console().print(_screen(snapshot(node)))
    else:
        with Live(_screen(snapshot(node)), console=console(), screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(every)
                live.update(_screen(snapshot(node)), refresh=True)


def _screen(seen: dict[str, Any]) -> RenderableType:
    worker = "[green]worker alive[/]" if seen["worker"] else "[bold red]no worker: overread serve[/]"
    free = seen["disk"]["free_bytes"]
    room = f"{free / _GIB:.1f} GiB free"
    if free <= seen["disk"]["reserve_bytes"]:
        room = f"[bold red]{room}: below the reserve, instances are refused[/]"
    incoming = seen["incoming"]
    rate = f"last minute: {incoming['objects_last_minute']} objects, {incoming['bytes_last_minute'] / _MIB:.1f} MiB"
    when = f"{seen['at']:%Y-%m-%d %H:%M:%S} UTC"
    head = Panel(f"{worker}   {room}   {rate}", title=when, title_align="left", expand=False)
    return Group(head, _counts(seen), _associations(seen["associations"]))


def _counts(seen: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for part in _COUNTED:
        table.add_column(part)
        table.add_column("", justify="right")
    columns = [list(seen[part].items()) for part in _COUNTED]
    for line in range(max(map(len, columns))):
        pairs = [column[line] if line < len(column) else ("", "") for column in columns]
        table.add_row(*(str(cell).replace("_", " ") for pair in pairs for cell in pair))
    return table


def _associations(visits: list[dict[str, Any]]) -> RenderableType:
    if not visits:
        return Text("Nobody has called yet.", style="dim")
    table = Table(box=None, pad_edge=False, header_style="bold", title="latest associations", title_justify="left")
    for column in ("at", "site", "calling AE", "host", "answer"):
        table.add_column(column)
    for visit in visits:
        colour = "green" if visit["answer"] == "accepted" else "red"
        whose = visit["site"] or ("workstation" if visit.get("workstation") else "-")
        cells = (visit["at"], whose, visit["calling_ae"], visit["host"])
        table.add_row(*(escape(str(cell)) for cell in cells), f"[{colour}]{visit['answer']}[/]")
    return table


COMMANDS = (status,)
