"""overread deidentify.

It needs no node, and imports nothing of one: a hundred thousand files are cleaned in little memory.
"""

import json
from collections import Counter
from pathlib import Path

import click

from config.errors import Malformed
from gateway.cli.progress import progress_bar
from gateway.offline import deidentify_folder


@click.command()
@click.argument("source", metavar="IN", type=click.Path(exists=True, path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--profile", default="second-read", show_default=True)
@click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON report.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the key for pseudonyms (64 hexadecimal digits); without one a key is drawn and forgotten.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="How many work at once; by default as many as there are processors, where the files are many.",
)
@click.option(
    "--rules-alone",
    is_flag=True,
    help="Let images go on whose burned-in banners a rule blacks, where no reader of text looks at the rest.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def deidentify(
    source: Path,
    target: Path,
    profile: str,
    report_file: Path | None,
    key_file: Path | None,
    processes: int | None,
    rules_alone: bool,
    as_json: bool,
) -> None:
    """De-identify a file or a folder, offline: no node is needed.

    IN is never changed. Burned-in text is blacked where the profile says so; an image of which it is unsure is not
    written. Every result is searched for what its original says of the patient. What cannot be vouched for
    is not written, and the report says why; the exit code is 1 when nothing could be written.
    """
    with progress_bar(quiet=as_json) as progress:
        task = progress.add_task("de-identifying", total=None)
        report = deidentify_folder(
            source,
            target,
            profile=profile,
            key_file=key_file,
            on_found=lambda count: progress.update(task, total=count),
            on_file=lambda: progress.advance(task),
            processes=processes,
            rules_alone=rules_alone,
        )
    text = json.dumps(report, ensure_ascii=False, indent=2)
    if report_file is not None:
        report_file.write_text(text + "\n", encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        for each in report["files"]:
            if each["outcome"] != "written":
                click.echo(f"{each['outcome']:10} {each['source']}: {each['reason']}", err=True)
        counts = Counter(each["outcome"] for each in report["files"])
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "nothing found")
    if not any(each["outcome"] == "written" for each in report["files"]):
        raise Malformed("nothing was written")


COMMANDS = (deidentify,)
