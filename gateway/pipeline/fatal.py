"""What an object does to the process that works on it: one that ends it must not stop the others, nor come for ever.

Once a process has died over an object of a study, all that is left of the study is de-identified by a process of its
own, one object after the other. The object over which that dies as well, or that takes too long there, is quarantined
with the reason, and another goes on behind it. So a decoder that breaks off costs one start of a worker, and never the
study beside it.
"""

import threading
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from anonymizer.recognizable import CODE as FACE
from config import metrics
from config.log import get_log
from gateway import under_way
from gateway.hands import Died
from gateway.models import ReceivedObject
from gateway.node import Node
from gateway.pipeline.deriving import Derived, Task, derive

CODE = "ends-its-process"
_DIED = "the program ended while it worked on this object, also alone; ask the site for a sound one"
_TOO_LONG = "working on this object took longer than [worker] object_minutes allows; ask the site for a sound one"
_MOST_DEATHS = 3

_heeding = threading.Lock()  # each death is counted once


def heed_deaths(node: Node) -> None:
    """Record over which objects a process died; one that took too long, or ends every process, is quarantined."""
    with _heeding:
        left = under_way.left_behind(node.settings.home)
        if not left:
            return
        with node.identity.write() as session:
            for _, note in left:
                row = session.get(ReceivedObject, note.object_id)
                if row is not None and (row.disposition is None or row.reason_code == FACE):
                    _count(row, too_long=note.too_long)
        for path, _ in left:
            path.unlink(missing_ok=True)


def _count(row: ReceivedObject, *, too_long: bool) -> None:
    row.deaths += 1
    get_log().error("process-died-at-object", instance_id=row.id, count=row.deaths)
    if too_long or row.deaths >= _MOST_DEATHS:
        if row.disposition is None:
            metrics.DISPOSITIONS.labels("quarantined").inc()
        row.disposition, row.reason_code, row.reason = "quarantined", CODE, _TOO_LONG if too_long else _DIED


def is_suspected(node: Node, study_id: int) -> bool:
    """Say whether a process died over an object of a study that is still on its way."""
    died = select(ReceivedObject.id).where(
        ReceivedObject.study_id == study_id, ReceivedObject.deaths > 0, ReceivedObject.disposition.is_(None)
    )
    with node.identity.read() as session:
        return session.scalar(died.limit(1)) is not None


def derive_apart(node: Node, tasks: Sequence[Task]) -> Iterator[Derived]:
    """Yield what becomes of objects, in their order, by processes that do nothing else."""
    seconds, done = node.settings.worker.object_minutes * 60, 0
    while done < len(tasks):
        try:
            for each in node.hands.do_apart(derive, tasks[done:], seconds=seconds):
                done += 1
                yield each
        except Died as died:
            task, reason = tasks[done], _TOO_LONG if died.too_long else _DIED
            get_log().error("object-quarantined", instance_id=task.object_id, reason=CODE)
            done += 1
            yield Derived(task.object_id, None, None, "quarantined", CODE, reason)
