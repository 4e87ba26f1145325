"""A progress bar on standard error, which disappears when it is done."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn


def progress_bar(*, quiet: bool) -> Progress:
    """Return a bar that shows nothing when it has to be quiet, or nobody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True)
