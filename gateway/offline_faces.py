"""De-identify whole series offline whose faces are cut away, as a node does (`gateway.pipeline.cutting_faces`).

Nothing of a series gets its place before the whole was proven to show no face.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from pydicom import dcmread

from anonymizer import CannotDeidentify, Context, Refused, Report, subject_of, verify
from anonymizer.faces import FaceCut
from gateway.crosswalk import pseudonym_of
from gateway.offline_file import SITE, Outcome, Task, finished, room_of, without
from gateway.pixels.faces import audited, make_faceless, plan_series, prove_series

_Files = Sequence[tuple[str, Path]]


def deidentify_series(task: Task, files: _Files) -> list[Outcome]:
    """Return what became of files that may show a face, each given by its name in the report and its path."""
    by_series: dict[tuple[str, str], list[tuple[str, Path]]] = defaultdict(list)
    for name, path in files:
        header = dcmread(path, specific_tags=["SeriesInstanceUID", "SOPClassUID"], stop_before_pixels=True, force=True)
        by_series[str(header.get("SeriesInstanceUID", "")), str(header.get("SOPClassUID", ""))].append((name, path))
    outcomes: list[Outcome] = []
    for some in by_series.values():
        try:
            outcomes += _one_series(task, some)
        except Refused as refusal:
            outcomes += [{"source": name, **without("refused", refusal.reason)} for name, _ in some]
        except CannotDeidentify as error:
            outcomes += [{"source": name, **without("unreadable", str(error))} for name, _ in some]
    return outcomes


def _one_series(task: Task, files: _Files) -> list[Outcome]:
    plan = plan_series(len(files), lambda number: files[number][1].open("rb"))
    folder = (task.to_file or task.folder / "x").parent
    unfinished = [folder / f".{secrets.token_hex(8)}.part" for _ in files]
    with ExitStack() as leaving:
        for each in unfinished:
            leaving.callback(each.unlink, missing_ok=True)
        reports = [
            _one(task, path, result, plan.cut) for (_, path), result in zip(files, unfinished, strict=True)
        ]  # fmt: skip
        proof = audited(prove_series(plan, len(files), lambda number: unfinished[number].open("rb")))
        return [
            {"source": name, **finished(task, result, report), "face": proof}
            for (name, _), result, report in zip(files, unfinished, reports, strict=True)
        ]


def _one(task: Task, path: Path, unfinished: Path, cut: FaceCut) -> Report:
    with path.open("rb") as source, unfinished.open("x+b") as sink:
        subject = subject_of(source)
        source.seek(0)
        name = pseudonym_of(task.key, SITE, subject)
        context = Context(task.key, SITE, name, subject.patient_scope, task.profile)
        report = make_faceless(source, sink, context, cut, room=room_of(task))
        left = verify(sink, subject.known)
    if left:
        raise Refused("identity-left", f"A result of the series still bore an identity ({', '.join(left)}).")
    return report
