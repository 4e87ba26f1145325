"""De-identify one file offline: whose it is comes from the file itself, and the result is searched for it.

Pixels that may show an identity are cleaned as a node cleans them, where the profile has that option; what a node would
keep for a person is not written. Processes of their own import this module; hence it knows no database and no node, and
imports what decodes pixels when it meets the first of them.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from anonymizer import (
    CannotDeidentify,
    Context,
    NodeKey,
    Profile,
    Refused,
    Report,
    Subject,
    deidentify,
    subject_of,
    verify,
)
from anonymizer.recognizable import CODE as FACE
from gateway.crosswalk import pseudonym_of
from gateway.scratch import pair_in

SITE = "offline"
_CLEANS_PIXELS = "clean-pixel-data"
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """Say how files are de-identified: under which key and profile, and into which folder, or which file.

    `rules_alone` lets an image go on that a rule for burned-in text applies to, where nobody reads the rest.
    """

    key: NodeKey
    profile: Profile
    folder: Path
    to_file: Path | None = None
    rules_alone: bool = False


def deidentify_files(task: Task, files: Sequence[tuple[str, Path]]) -> list[Outcome]:
    """Return what became of files, each given by its name in the report and its path.

    A file that was refused since it may show a face is marked as `FACE`, for who looks at whole series.
    """
    return [{"source": name, **_one(task, path)} for name, path in files]


def _one(task: Task, path: Path) -> Outcome:
    unfinished = (task.to_file or task.folder / "x").with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with path.open("rb") as source:
                subject = subject_of(source)
                with unfinished.open("x+b") as sink:
                    report, pixels = _checked(source, sink, subject, task)
            return finished(task, unfinished, report) | ({"pixels": pixels} if pixels else {})
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except CannotDeidentify as error:
        if error.code == "not-dicom":
            return without("skipped", "not a DICOM object")
        return without("unreadable", str(error))
    except Refused as error:
        return without("refused", error.reason) | ({FACE: True} if error.code == FACE else {})


def _checked(source: BinaryIO, sink: BinaryIO, subject: Subject, task: Task) -> tuple[Report, dict[str, object] | None]:
    """Write the de-identified form of a file; return what was done to its header, and to its pixels."""
    name, pixels = pseudonym_of(task.key, SITE, subject), None
    context = Context(task.key, SITE, name, subject.patient_scope, task.profile)
    try:
        report = deidentify(source, sink, context)
        if report.lacks_icon:
            _add_icon(sink, task)
    except Refused:
        if _CLEANS_PIXELS not in task.profile.options:
            raise
        report, pixels = _cleaned(source, sink, context, task)
    left = verify(sink, subject.known)
    if left:
        raise Refused("identity-left", f"The result still bore an identity ({', '.join(left)}).")
    return report, pixels


def _cleaned(source: BinaryIO, sink: BinaryIO, context: Context, task: Task) -> tuple[Report, dict[str, object] | None]:
    from gateway.pixels.publishable import make_publishable

    source.seek(0)
    report, cleaned = make_publishable(source, sink, context, room=room_of(task), rules_alone=task.rules_alone)
    return report, cleaned.audited() if cleaned else None


def _add_icon(sink: BinaryIO, task: Task) -> None:
    from gateway.pixels.icons import add_icon

    add_icon(sink, room_of(task))


def room_of(task: Task) -> Callable[[], tuple[BinaryIO, BinaryIO]]:
    """Return what gives a file for what comes between, twice."""
    return partial(pair_in, (task.to_file or task.folder / "x").parent)


def finished(task: Task, unfinished: Path, report: Report) -> Outcome:
    """Give a result its place and return its outcome."""
    final = task.to_file or task.folder / report.study_instance_uid / f"{report.sop_instance_uid}.dcm"
    try:
        unfinished.replace(final)
    except FileNotFoundError:
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(final)
    written = final.name if task.to_file else f"{report.study_instance_uid}/{final.name}"
    return {"outcome": "written", "reason": None, "target": written, "counts": dict(report.counts)}


def without(outcome: str, reason: str) -> Outcome:
    """Return the outcome of a file of which nothing is written."""
    return {"outcome": outcome, "reason": reason, "target": None}
