"""De-identify one file offline: whose it is comes from the file itself, and the result is searched for it.

Processes of their own import this module; hence it knows no database and no node.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
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
from gateway.crosswalk import pseudonym_of

_SITE = "offline"
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """Say how files are de-identified: under which key and profile, and into which folder, or which file."""

    key: NodeKey
    profile: Profile
    folder: Path
    to_file: Path | None = None


def deidentify_files(task: Task, files: Sequence[tuple[str, Path]]) -> list[Outcome]:
    """Return what became of files, each given by its name in the report and its path."""
    return [{"source": name, **_one(task, path)} for name, path in files]


def _one(task: Task, path: Path) -> Outcome:
    unfinished = (task.to_file or task.folder / "x").with_name(f".{secrets.token_hex(8)}.part")
    try:
        try:
            with path.open("rb") as source:
                subject = subject_of(source)
                with unfinished.open("x+b") as sink:
                    report = _checked(source, sink, subject, task)
            return _finished(task, unfinished, report)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except CannotDeidentify as error:
        if error.code == "not-dicom":
            return _without("skipped", "not a DICOM object")
        return _without("unreadable", str(error))
    except Refused as error:
        return _without("refused", error.reason)


def _checked(source: BinaryIO, sink: BinaryIO, subject: Subject, task: Task) -> Report:
    name = pseudonym_of(task.key, _SITE, subject)
    report = deidentify(source, sink, Context(task.key, _SITE, name, subject.patient_scope, task.profile))
    left = verify(sink, subject.known)
    if left:
        raise Refused("identity-left", f"The result still bore an identity ({', '.join(left)}).")
    return report


def _finished(task: Task, unfinished: Path, report: Report) -> Outcome:
    final = task.to_file or task.folder / report.study_instance_uid / f"{report.sop_instance_uid}.dcm"
    try:
        unfinished.replace(final)
    except FileNotFoundError:
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(final)
    written = final.name if task.to_file else f"{report.study_instance_uid}/{final.name}"
    return {"outcome": "written", "reason": None, "target": written, "counts": dict(report.counts)}


def _without(outcome: str, reason: str) -> Outcome:
    return {"outcome": outcome, "reason": reason, "target": None}
