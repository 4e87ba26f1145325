"""Whose a study is, where objects of several patients came under its Study Instance UID: a person says it.

The first to come is the study's patient until then. What is the others' stays in the vault and in quarantine with the
reason, whoever is chosen: nothing is lost, and until a read is signed the decision can be made anew. What was said
holds for what comes later: objects of whom the study is, or of who is one with them, go straight on, those of the
others are set aside (`gateway.intake`), and only somebody new is asked about.

A study that gets another patient says of itself what that patient's objects say, and nothing of what the former one's
did: neither a case number nor a case that a person ruled out for the other.

A study that was published is undecided again before the readers lose it: whatever fails from then on, it waits at the
desk, and once somebody has decided its objects are published again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from anonymizer import map_uid
from config.case_number import find_case_numbers
from config.errors import Conflict, Malformed, NotFound
from gateway import audit
from gateway.attachments.kinds import kind_of_class
from gateway.attachments.linking import link_attachments_of_studies
from gateway.attachments.recording import record_attachment
from gateway.decisions import take_from_worklist
from gateway.described import describe
from gateway.desk_models import OnePerson, Rejection
from gateway.headers import Header, NotDicom, read_header
from gateway.intake import gather_identities
from gateway.kept_case import kept_numbers
from gateway.links import case_of, get_study, lock_study, request_revision, unlink
from gateway.models import Delivery, Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import SET_ASIDE, UNDECIDED, of_another_patient, who_count_as
from gateway.persons import is_named_by
from gateway.withdrawn import remove_withdrawn
from worklist.models import PublishedStudy
from worklist.withdrawing import withdraw_study

_BECAUSE = "a person said that the study is another patient's"
_TOLD = {
    "patient_name": 0,
    "sex": 0,
    "accession_number": 64,
    "accession_issuer": 0,
    "study_id": 64,
    "study_date": 0,
    "study_time": 0,
    "description": 0,
    "referring_physician": 0,
    "modality": 0,
    "body_part": 0,
    "birth_date": 8,
    "birth_time": 0,
}
_DUPLICATE = ("duplicate", "same-bytes", "the same object was received before")
_CONFLICT = ("conflict", "other-bytes", "another object was received under the same SOP Instance UID")
_GATHERED = ("birth_names", "other_names", "other_identities", "other_ids", "addresses", "telephones")


@dataclass(frozen=True)
class Told:
    """What the objects of one of the patients say: their headers, and the case numbers in them and beside them."""

    headers: tuple[Header, ...]
    hints: frozenset[str]
    objects: frozenset[int] = frozenset()  # that were looked at


def objects_of_others(session: Session, study: Study) -> list[ReceivedObject]:
    """Return the objects of other patients than the study's, decided on or not, in the order of arrival."""
    return list(
        session.scalars(
            select(ReceivedObject)
            .where(
                ReceivedObject.study_id == study.id,
                of_another_patient(UNDECIDED, SET_ASIDE),
            )
            .order_by(ReceivedObject.id)
        )
    )


def choose_patient(node: Node, study_uid: str, patient_id: int | None, *, actor: str) -> int:
    """Say which of the patients inside a study it is of, its present one where none is named; set aside the others'.

    A study that was published as another's is taken from the readers, and parted from its case. Return how many objects
    are set aside.

    Raises:
        NotFound: no such study, no object of another patient, or none of the patient named.
        Conflict: another patient than the present one is named, and the study was read or purged or is in work.
    """
    with node.identity.read() as session:
        study = get_study(session, study_uid)
        rows = _of_others(session, study, patient_id)
        if patient_id in {None, study.patient_id}:
            told = None
        else:
            _may_change_hands(study)
            told = what_is_told(node, session, [row for row in rows if row.other_patient_id == patient_id])
            if not told.headers:
                raise Conflict("none of the patient's objects can be read any more")
    if told is not None:
        _take_back(node, study_uid)
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        rows = _of_others(session, study, patient_id)
        staged: set[str] = set()
        if told is not None and patient_id is not None:
            _may_change_hands(study)
            told = _told_meanwhile(node, session, told, [row for row in rows if row.other_patient_id == patient_id])
            staged = _hand_over(session, node, study, rows, patient_id, told, actor)
        count = _set_aside(session, node, study, actor)
        detail = {"patient": study.patient_id, "changed": told is not None, "set_aside": count}
        audit.note(
            session, node.clock, actor=actor, action="identities-decided", subject=study.study_uid, detail=detail
        )
    for key in staged:
        node.staging.delete(key)
    return count


def accept_as_one_patient(node: Node, study_uid: str, *, actor: str) -> int:
    """Take the objects of the other patients into the study, because a person says that they are one person.

    All that they say becomes known of the study like what its own objects say, and it is remembered that they are one,
    for what comes later. An object that came under the study's own patient already stays what it is. Return how many
    objects go on.

    Raises:
        NotFound: no such study, or no object of another patient.
    """
    with node.identity.read() as session:
        told = what_is_told(node, session, _of_others(session, get_study(session, study_uid), None))
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        rows = _of_others(session, study, None)
        told = _told_meanwhile(node, session, told, rows)
        others = sorted({row.other_patient_id for row in rows if row.other_patient_id is not None})
        _remember_as_one(session, node, study, others, actor)
        make_known(session, study)
        for header in told.headers:
            gather_identities(study, header)
        study.hints = sorted({*study.hints, *kept_numbers(session, study.site, told.hints)})
        going = take_up(session, study, rows)
        _go_on(session, node, study)
        detail = {"objects": len(rows), "patient": study.patient_id, "one_with": others}
        audit.note(
            session, node.clock, actor=actor, action="identities-accepted", subject=study.study_uid, detail=detail
        )
    return going


def what_is_told(node: Node, session: Session, rows: Sequence[ReceivedObject]) -> Told:
    """Return what objects say in their headers, and which case numbers stand in them, their paths and their delivery.

    The called AE title of their association is not kept, and may have been meant for the other patient.
    """
    headers, hints = [], set[str]()
    for row in rows:
        try:
            with node.vault.open(row.blob) as original:
                header = read_header(original, site=row.site)
        except (Malformed, NotDicom, NotFound):  # it was read when it came
            continue
        headers.append(header)
        hints.update(header.case_numbers, (number.value for number in find_case_numbers(row.path)))
    deliveries = {row.delivery_id for row in rows}
    numbers = select(Delivery.case_number).where(Delivery.id.in_(deliveries), Delivery.case_number.is_not(None))
    found = frozenset(hints | {str(each) for each in session.scalars(numbers)})
    return Told(tuple(headers), found, frozenset(row.id for row in rows))


def _told_meanwhile(node: Node, session: Session, told: Told, rows: Sequence[ReceivedObject]) -> Told:
    """Return what was told with what those objects say that came since, as these go on with the others."""
    late = [row for row in rows if row.id not in told.objects]
    if not late:
        return told
    more = what_is_told(node, session, late)
    return Told(told.headers + more.headers, told.hints | more.hints, told.objects | more.objects)


def tell_of(study: Study, told: Told) -> None:
    """Let a study say of itself what these objects say, and nothing else."""
    first = told.headers[0]
    for name, longest in _TOLD.items():
        value = getattr(first, name)
        setattr(study, name, value[:longest] if longest else value)
    for name in _GATHERED:
        setattr(study, name, [])
    for header in told.headers:
        gather_identities(study, header)
        describe(study, header)
    study.hints = sorted(told.hints)


def _may_change_hands(study: Study) -> None:
    if study.state == "read":
        raise Conflict("the study was read: whose it is is part of a signed document")
    if study.state == "purged":
        raise Conflict("the study was purged: its images are gone")
    if study.started_revision > study.finished_revision:
        raise Conflict("the study is being worked on just now; say it again in a moment")


def _of_others(session: Session, study: Study, patient_id: int | None) -> list[ReceivedObject]:
    rows = objects_of_others(session, study)
    if not rows:
        raise NotFound("the study has no objects of another patient")
    if patient_id not in {None, study.patient_id, *(row.other_patient_id for row in rows)}:
        raise NotFound("the study has no objects of that patient")
    return rows


def _take_back(node: Node, study_uid: str) -> None:
    """Take a study out of the reading zone, and let it be undecided until somebody has decided.

    Raises:
        Conflict: it was read or purged or is in work; nothing is changed then.
    """
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        _may_change_hands(study)
        aside = [row for row in objects_of_others(session, study) if row.reason_code == SET_ASIDE]
        reopened = _decided_as(aside, UNDECIDED)
    try:
        _withdraw(node, study_uid)
    except Conflict:
        with node.identity.write() as session:
            _decided_as([session.get_one(ReceivedObject, each) for each in reopened], SET_ASIDE)
        raise
    remove_withdrawn(node)


def _decided_as(rows: Sequence[ReceivedObject], code: str) -> list[int]:
    for row in rows:
        row.reason_code = code
    return [row.id for row in rows]


def _withdraw(node: Node, study_uid: str) -> None:
    """Take a study off the worklist and out of the reading zone, its bytes excepted."""
    with node.reading.write() as session:
        take_from_worklist(session, study_uid)
        withdraw_study(session, study_uid)


def _hand_over(
    session: Session,
    node: Node,
    study: Study,
    rows: Sequence[ReceivedObject],
    patient_id: int,
    told: Told,
    actor: str,
) -> set[str]:
    """Make a study another patient's; return what was staged of the former one's objects."""
    case = case_of(session, study.id)
    if case is not None:
        unlink(session, node.clock, study=study, case=case, actor=actor, because=_BECAUSE)
    own = session.scalars(
        select(ReceivedObject).where(
            ReceivedObject.study_id == study.id,
            or_(ReceivedObject.first, ReceivedObject.disposition.in_(("duplicate", "conflict"))),
            ReceivedObject.discarded_at.is_(None),
        )
    ).all()
    staged = {row.derived_blob for row in own if row.derived_blob}
    for row in own:
        row.first, row.verified, row.derived_blob, row.derived_uid, row.facts = False, False, None, None, None
        row.disposition, row.reason_code, row.other_patient_id = "quarantined", UNDECIDED, study.patient_id
    session.flush()  # of each SOP Instance UID one is the first
    patient = session.get_one(Patient, patient_id)
    study.patient_id = patient.id
    study.study_uid = map_uid(node.keys[patient.key_version], site=study.site, uid=study.study_instance_uid)
    own_first = sorted(told.headers, key=lambda header: not is_named_by(patient, header))
    tell_of(study, replace(told, headers=tuple(own_first)))
    make_known(session, study)
    study.candidates, study.fitness, study.accepted_by, study.searched_for = [], {}, None, ""
    study.released, study.state, study.reason = False, "arriving", None
    session.execute(delete(Rejection).where(Rejection.study_id == study.id))
    take_up(session, study, [row for row in rows if row.other_patient_id == patient.id])
    return staged


def take_up(session: Session, study: Study, rows: Sequence[ReceivedObject]) -> int:
    """Let objects become the study's own; return how many of them are the first of their SOP Instance UID."""
    query = select(ReceivedObject).where(ReceivedObject.study_id == study.id, ReceivedObject.first)
    taken = {row.sop_instance_uid: row.content_digest for row in session.scalars(query)}
    before = len(taken)
    for row in rows:
        row.other_patient_id = None
        present = taken.setdefault(row.sop_instance_uid, row.content_digest)
        if len(taken) > before:
            before = len(taken)
            row.first, row.disposition, row.reason_code, row.reason = True, None, None, None
            if kind := kind_of_class(row.sop_class_uid):
                record_attachment(session, row, kind)
        elif present == row.content_digest:
            row.disposition, row.reason_code, row.reason = _DUPLICATE
        else:
            row.disposition, row.reason_code, row.reason = _CONFLICT
    return sum(row.first for row in rows)


def _set_aside(session: Session, node: Node, study: Study, actor: str) -> int:
    """Give what is left of other patients the reason for which it is kept, and let the study go on."""
    rows = objects_of_others(session, study)
    day = node.clock().date().isoformat()
    for row in rows:
        if row.reason_code != SET_ASIDE:
            row.reason_code = SET_ASIDE
            row.reason = (
                f"of another patient than its study, as {actor} said on {day}; whose the study is can be said anew at "
                "the desk, or ask the site to send it under a Study Instance UID of its own"
            )
    _go_on(session, node, study)
    return len(rows)


def _go_on(session: Session, node: Node, study: Study) -> None:
    publish_again(session, node, study)
    if study.state not in {"published", "read"}:
        study.flagged = False  # by who came inside it: that is decided
    link_attachments_of_studies(session, [study.id])
    request_revision(study)


def publish_again(session: Session, node: Node, study: Study) -> None:
    """Let what was published of a study be published anew where the readers have it no more."""
    if study.state in {"read", "purged"}:
        return
    with node.reading.read() as reading:
        if reading.get(PublishedStudy, study.study_uid) is None:
            publish_anew(session, study)


def publish_anew(session: Session, study: Study) -> None:
    """Let what was published of a study go through all stages anew."""
    published = session.scalars(
        select(ReceivedObject).where(
            ReceivedObject.study_id == study.id, ReceivedObject.first, ReceivedObject.disposition == "published"
        )
    ).all()
    for row in published:
        row.verified, row.derived_blob, row.derived_uid, row.facts, row.disposition = False, None, None, None, None
    if published:
        study.state, study.reason = "arriving", None


def _remember_as_one(session: Session, node: Node, study: Study, others: Sequence[int], actor: str) -> None:
    """Let whoever is named be one with the study's patient inside it, and who counts as them by that."""
    own, now = study.patient_id, node.clock()
    for each in others:
        session.merge(OnePerson(study_id=study.id, patient_id=each, one_with_id=own, actor=actor, created_at=now))


def make_known(session: Session, study: Study) -> None:
    """Let the names and numbers under which a study's patient came inside it as somebody else be known of it."""
    others = who_count_as(session, study.id, study.patient_id) - {study.patient_id}
    for other in session.scalars(select(Patient).where(Patient.id.in_(others)).order_by(Patient.id)):
        if other.name and other.name not in study.other_names:
            study.other_names = sorted({*study.other_names, other.name})
        known = {each for each in (other.patient_id, other.birth_date) if each}
        if not known <= set(study.other_identities):
            study.other_identities = sorted({*study.other_identities, *known})
