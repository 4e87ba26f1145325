"""Start a workflow for every study that wants one: one at a time a study, a bounded number at once.

`started_revision` is written before the workflow starts. A crash between the two is healed at the next start of the
worker, which starts every unfinished revision again: the workflow's identifier makes that a no-op where it exists.
Where the workflow has ended without the study knowing (databases of different age after a restore, or its last step
failed, as on a full disk), the study gets another revision; that is looked for now and then, too, as such studies would
take the places of others.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from dbos import DBOS, SetWorkflowID
from sqlalchemy import func, or_, select

from gateway.links import request_revision
from gateway.models import Study
from gateway.node import Node
from gateway.pipeline.finishing import ask_again, finish_revision
from gateway.pipeline.workflow import RunStudy
from gateway.resting import Sought

AT_ONCE = 8
_LOOK_SECONDS = 60.0
_ENDED = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


def resume_unfinished(node: Node, run_study: RunStudy) -> int:
    """Start again what was started and not finished; return how many."""
    rows = _unfinished(node)
    for study_id, revision in rows:
        if _has_ended(study_id, revision):
            with node.identity.write() as session:
                study = session.get_one(Study, study_id)
                study.finished_revision = revision
                request_revision(study)
        else:
            _start(run_study, study_id, revision)
    return len(rows)


class EndedDuty:
    """One turn finishes the revisions whose workflow has ended without saying so; most turns do nothing."""

    def __init__(self, node: Node, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._node = node
        self._monotonic = monotonic
        self._due_at = monotonic() + _LOOK_SECONDS

    def __call__(self) -> int:
        """Look whether it is time; return 0, since nothing waits behind it."""
        if self._monotonic() >= self._due_at:
            self._due_at = self._monotonic() + _LOOK_SECONDS
            for study_id, revision in _unfinished(self._node):
                if _has_ended(study_id, revision):
                    finish_revision(self._node, study_id, revision, "its end was not recorded")
        return 0


def _unfinished(node: Node) -> list[tuple[int, int]]:
    with node.identity.read() as session:
        rows = session.execute(
            select(Study.id, Study.started_revision).where(Study.started_revision > Study.finished_revision)
        )
        return [(study_id, revision) for study_id, revision in rows]


class StartDuty:
    """One turn starts what is due; while no study wants anything, there is nothing to be asked."""

    def __init__(self, node: Node, run_study: RunStudy) -> None:
        self._node = node
        self._run_study = run_study
        wanting = or_(Study.wanted_revision > Study.started_revision, Study.again_at.is_not(None))
        self._wanting = Sought(node.identity, select(Study.id).where(wanting))

    def __call__(self) -> int:
        """Start the workflows that are due; return how many."""
        return start_due(self._node, self._run_study) if self._wanting.found() else 0


def start_due(node: Node, run_study: RunStudy) -> int:
    """Start the workflows that are due, the study that has waited longest first; return how many.

    What was read comes last: a list of old cases told anew wakes thousands, and nobody waits for them.
    """
    ask_again(node)
    quiet_since = node.clock() - timedelta(seconds=node.settings.settle.quiet_seconds)
    with node.identity.read() as session:
        running = session.scalar(
            select(func.count()).select_from(Study).where(Study.started_revision > Study.finished_revision)
        )
        due = session.execute(
            select(Study.id, Study.wanted_revision)
            .where(
                Study.wanted_revision > Study.started_revision,
                Study.started_revision == Study.finished_revision,
                or_(Study.last_received_at <= quiet_since, Study.whole_at <= node.clock()),
            )
            .order_by(Study.state == "read", Study.last_received_at)
            .limit(max(AT_ONCE - (running or 0), 0))
        ).all()
    for study_id, revision in due:
        with node.identity.write() as session:
            session.get_one(Study, study_id).started_revision = revision
        _start(run_study, study_id, revision)
    return len(due)


def _start(run_study: RunStudy, study_id: int, revision: int) -> None:
    with SetWorkflowID(_workflow_id(study_id, revision)):
        DBOS.start_workflow(run_study, study_id, revision)


def _has_ended(study_id: int, revision: int) -> bool:
    status = DBOS.get_workflow_status(_workflow_id(study_id, revision))
    return status is not None and status.status in _ENDED


def _workflow_id(study_id: int, revision: int) -> str:
    return f"study-{study_id}-{revision}"
