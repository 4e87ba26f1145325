"""deidentify: make the publishable form of every object of a study that has none yet, into the staging store.

Nothing of the result is visible outside the identified zone before it was verified. What the anonymizer refuses is
quarantined with its reason; one bad object never stops the others. An encapsulated document is no failure: it stays in
the identified zone as an attachment of its case. So does what the first reader said, when the case is to be read blind.
What may show a face, where the profile asks that nobody be known by one, is cut series by series when the rest is done.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from anonymizer import Context, made_of_words
from anonymizer.pixels import Box
from anonymizer.recognizable import CODE as FACE
from config import metrics
from gateway.deidentification.audits import keep_audits
from gateway.known_identity import known_identity
from gateway.links import case_of
from gateway.models import Patient, ReceivedObject, Site, Study
from gateway.node import Node
from gateway.pipeline import blind
from gateway.pipeline.cutting_faces import cut_faces
from gateway.pipeline.deriving import Derived, Task, derive
from gateway.pipeline.fatal import derive_apart, heed_deaths, is_suspected
from gateway.pipeline.objects import objects_of
from gateway.pipeline.outcome import Outcome

_GROUP = 128


def deidentify_study(node: Node, study_id: int) -> Outcome:
    """De-identify what of a study waits for it."""
    heed_deaths(node)
    _heed_blindness(node, study_id)
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        patient = session.get_one(Patient, study.patient_id)
        case = case_of(session, study_id)
        profile = node.profile_of(session.get_one(Site, study.site).profile)
        key = node.keys[patient.key_version]
        known, hidden = known_identity(patient, study, case), case is not None and case.blind
        waiting = session.execute(
            select(
                ReceivedObject.id,
                ReceivedObject.blob,
                ReceivedObject.vouched,
                ReceivedObject.face_vouched,
                ReceivedObject.drawn,
                ReceivedObject.sop_class_uid,
            ).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.first,
                ReceivedObject.disposition.is_(None),
                ReceivedObject.derived_blob.is_(None),
            )
        ).all()
    tasks, derived = [], []
    for object_id, blob, vouched, face_vouched, drawn, sop_class_uid in waiting:
        if hidden and made_of_words(sop_class_uid):
            derived.append(Derived(object_id, None, None, "kept", blind.CODE, blind.REASON))
            continue
        context = Context(key, study.site, patient.pseudonym, patient.scope, profile, vouched, known, face_vouched)
        tasks.append(Task(object_id, blob, context, tuple(Box(*each) for each in drawn or ())))
    _record(node, derived)
    with_faces: list[Task] = []
    for some, done in _derived(node, tasks, apart=is_suspected(node, study_id)):
        _record(node, [each for each in done if each.reason_code != FACE])
        with_faces += [task for task, each in zip(some, done, strict=True) if each.reason_code == FACE]
    if with_faces:
        _record(node, cut_faces(node, study_id, with_faces))
    return Outcome.GO_ON


def _derived(node: Node, tasks: Sequence[Task], *, apart: bool) -> Iterator[tuple[Sequence[Task], Sequence[Derived]]]:
    """Yield some objects after others with what became of them."""
    if apart:
        for task, done in zip(tasks, derive_apart(node, tasks), strict=True):
            yield [task], [done]
        return
    for start in range(0, len(tasks), _GROUP):
        some = tasks[start : start + _GROUP]
        yield some, node.hands.do(derive, node, some)


def _heed_blindness(node: Node, study_id: int) -> None:
    with node.identity.read() as session:
        case = case_of(session, study_id)
    if case is not None and case.blind:
        blind.keep_first_words_back(node, study_id)
    else:
        blind.let_first_words_go_on(node, study_id)


def _record(node: Node, derived: list[Derived]) -> None:
    with node.identity.write() as session:
        rows = objects_of(session, [one.object_id for one in derived])
        audits = keep_audits(session, [one.audit for one in derived])
        for one, audit in zip(derived, audits, strict=True):
            row = rows[one.object_id]
            row.derived_blob, row.derived_uid, row.verified, row.facts = one.blob, one.uid, False, None
            row.disposition, row.reason_code, row.reason = one.disposition, one.reason_code, one.reason
            row.audit = audit
            if one.disposition is not None:
                metrics.DISPOSITIONS.labels(one.disposition).inc()
