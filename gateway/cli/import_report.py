"""What `overread import` prints: a table of what became of the files, what a disc lacks, a line for each on wish."""

from collections import Counter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.cli.frame import console

QUARANTINED = 3
"""The exit code that says: everything was taken in, and something waits for a person in the quarantine."""
_COLOURS = {"published": "green", "duplicate": "cyan", "kept": "white", "quarantined": "yellow", "conflict": "red"}
_ORDER = (*_COLOURS, "pending")
_MOST_MISSING = 20
_NEEDS_NO_REASON = frozenset({"published"})


def exit_code(report: dict[str, Any]) -> int:
    """Return 3 when something of a delivery was quarantined, else 0."""
    return QUARANTINED if report["counts"].get("quarantined") else 0


def print_report(report: dict[str, Any], *, verbose: bool) -> None:
    """Print the report of a delivery for people."""
    out = console()
    if verbose:
        _print_files(out, report["files"])
    out.print(f"delivery {report['delivery']}: {len(report['files'])} files", highlight=False)
    if report["files"]:
        out.print(_summary(report["files"]))
    if report["promised"]:
        _print_promised(out, report["promised"])


def _print_files(out: Console, files: list[dict[str, Any]]) -> None:
    for each in files:
        disposition = each["disposition"] or "pending"
        reason = f"  ({_shown(each['reason'])})" if each["reason"] else ""
        out.print(_coloured(disposition, f"{disposition:11}") + f" {_shown(each['path'])}{reason}", highlight=False)


def _summary(files: list[dict[str, Any]]) -> Table:
    """Return a table of dispositions, and under each of them how often which reason."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("disposition", "files", "reason"):
        table.add_column(column, overflow="fold", justify="right" if column == "files" else "left")
    counts = Counter((each["disposition"] or "pending", each["reason"] or "") for each in files)
    for (disposition, reason), count in sorted(counts.items(), key=lambda item: (_rank(item[0][0]), -item[1])):
        shown = "" if disposition in _NEEDS_NO_REASON else _shown(reason)
        table.add_row(_coloured(disposition, disposition), str(count), shown)
    return table


def _print_promised(out: Console, promised: dict[str, Any]) -> None:
    listed, lacking = promised["listed"], promised["missing_count"]
    if not lacking:
        out.print(f"the DICOMDIR lists {listed} files, and all of them are here", highlight=False)
        return
    out.print(f"[yellow]the DICOMDIR lists {listed} files, of which {lacking} are not here:[/]", highlight=False)
    for path in promised["missing"][:_MOST_MISSING]:
        out.print(f"  {_shown(path)}", highlight=False)
    if lacking > _MOST_MISSING:
        out.print(f"  and {lacking - _MOST_MISSING} more (--json names them)", highlight=False)


def _rank(disposition: str) -> int:
    return _ORDER.index(disposition) if disposition in _ORDER else len(_ORDER)


def _coloured(disposition: str, text: str) -> str:
    return f"[{_COLOURS.get(disposition, 'white')}]{text}[/]"


def _shown(text: str) -> str:
    return escape("".join(c if c.isprintable() else "?" for c in text))
