"""A person's word that somebody inside a study is one with its patient, taken back.

The objects that name them, or who counts as them, are told from the others by their headers, as when they came, and are
undecided again: they leave the readers with the whole study, which waits at the desk until somebody says whose it is
(`gateway.whose_study`); what is its own patient's is published again then. What it was told by those objects it says no
more. Its link stays and is shown with it: only a person ends that. A read that is signed stays as it was signed, with
its images; the study is flagged, and who comes later under that identity is asked about again.

The study is flagged before the readers lose it, and the word stands until the end: what fails in between is on the desk
and can be said again. When they lose it all of it is to be published anew, so that a node that dies then shows the
whole study again, never what comes later alone.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway import audit
from gateway.attachments.linking import link_attachments_of_studies
from gateway.decisions import take_from_worklist
from gateway.desk_models import OnePerson
from gateway.headers import Header
from gateway.kept_case import kept_numbers
from gateway.links import get_study, lock_study, request_revision
from gateway.models import Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import UNDECIDED, one_with, who_count_as
from gateway.persons import is_named_by, is_of_study
from gateway.whose_study import Told, make_known, publish_anew, take_up, tell_of, what_is_told
from gateway.withdrawn import remove_withdrawn
from worklist.withdrawing import withdraw_study

_NOTHING = Told((), frozenset())


@dataclass(frozen=True)
class _Apart:
    """The objects of somebody, by their numbers, what these say, and what the other objects of the one say."""

    theirs: tuple[int, ...] = ()
    by_them: Told = _NOTHING
    by_others: Told = _NOTHING

    @property
    def looked_at(self) -> frozenset[int]:
        """Return the numbers of all that were told apart."""
        return self.by_them.objects | self.by_others.objects


def take_back_one_person(node: Node, study_uid: str, patient_id: int, *, actor: str) -> int:
    """Take back that a patient who came inside a study is one with another; return how many objects are undecided.

    Raises:
        NotFound: no such study, or nobody said so of this patient.
        Conflict: the study was purged or is in work.
    """
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        _said(session, study, patient_id)
        study.flagged = True
    with node.identity.read() as session:
        study = get_study(session, study_uid)
        said, own = _said(session, study, patient_id)
        apart = _Apart() if own and study.state == "read" else _tell_apart(node, session, study, said, _Apart())
    leaves = own and bool(apart.theirs)
    stays = not apart.looked_at or (leaves and not _taken_from_readers(node, study_uid, patient_id))
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        said, own = _said(session, study, patient_id)
        apart = _Apart() if stays else _tell_apart(node, session, study, said, apart)  # some may have come since
        if own and apart.theirs and (not leaves or _is_any_published(session, apart)):
            raise Conflict("more of the study came meanwhile; say it again")
        session.delete(said)
        staged = _let_wait(session, apart, patient_id)
        if own and apart.theirs:
            _be_the_others(session, study, apart)
        study.flagged = True
        link_attachments_of_studies(session, [study.id])
        request_revision(study)
        detail = {"patient": patient_id, "one_with": said.one_with_id, "objects": len(apart.theirs)}
        audit.note(
            session, node.clock, actor=actor, action="identities-taken-back", subject=study.study_uid, detail=detail
        )
    for key in staged:
        node.staging.delete(key)
    return len(apart.theirs)


def _said(session: Session, study: Study, patient_id: int) -> tuple[OnePerson, bool]:
    """Return what a person said of a patient inside a study, and whether it was that they are the study's own."""
    said = session.get(OnePerson, (study.id, patient_id))
    if said is None:
        raise NotFound("nobody said of this patient that they are one with another inside the study")
    if study.state == "purged":
        raise Conflict("the study was purged: its images are gone")
    if study.started_revision > study.finished_revision:
        raise Conflict("the study is being worked on just now; say it again in a moment")
    return said, one_with(session, study.id, patient_id) == study.patient_id


def _taken_from_readers(node: Node, study_uid: str, patient_id: int) -> bool:
    """Take a study out of the reading zone, to be published anew; say whether no read was signed meanwhile.

    Raises:
        Conflict: the study is in work.
    """
    with node.reading.write() as reading, node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        _said(session, study, patient_id)
        try:
            take_from_worklist(reading, study_uid)
        except Conflict:
            return False
        withdraw_study(reading, study_uid)
        publish_anew(session, study)
        request_revision(study)
    remove_withdrawn(node)
    return True


def _is_any_published(session: Session, apart: _Apart) -> bool:
    return any(session.get_one(ReceivedObject, number).disposition == "published" for number in apart.theirs)


def _tell_apart(node: Node, session: Session, study: Study, said: OnePerson, before: _Apart) -> _Apart:
    """Tell whose each object is that counts as of the one, by the number, name and birth date in its header.

    Those that were told apart `before` are not looked at again.
    """
    one = session.get_one(Patient, one_with(session, study.id, said.patient_id))
    named = [session.get_one(Patient, each) for each in sorted(who_count_as(session, study.id, said.patient_id))]
    own = one.id == study.patient_id
    counted = ReceivedObject.other_patient_id.is_(None) if own else ReceivedObject.other_patient_id == one.id
    query = select(ReceivedObject).where(
        ReceivedObject.study_id == study.id, ReceivedObject.discarded_at.is_(None), counted
    )
    rows = [row for row in session.scalars(query.order_by(ReceivedObject.id)) if row.id not in before.looked_at]

    def names_other(header: Header) -> bool:
        names_one = is_of_study(study, one, header) if own else is_named_by(one, header)
        return any(is_named_by(each, header) for each in named) and not names_one

    theirs, others = list[ReceivedObject](), list[ReceivedObject]()
    for row in rows:
        told = what_is_told(node, session, [row])
        (theirs if any(map(names_other, told.headers)) else others).append(row)
    return _Apart(
        (*before.theirs, *(row.id for row in theirs)),
        _joined(before.by_them, what_is_told(node, session, theirs)),
        _joined(before.by_others, what_is_told(node, session, others)),
    )


def _joined(one: Told, more: Told) -> Told:
    return Told(one.headers + more.headers, one.hints | more.hints, one.objects | more.objects)


def _let_wait(session: Session, apart: _Apart, patient_id: int) -> set[str]:
    """Let objects be of a patient and undecided; return what was staged of them."""
    rows = [session.get_one(ReceivedObject, number) for number in apart.theirs]
    staged = {row.derived_blob for row in rows if row.derived_blob}
    for row in rows:
        row.first, row.verified, row.derived_blob, row.derived_uid, row.facts = False, False, None, None, None
        row.disposition, row.reason_code, row.other_patient_id = "quarantined", UNDECIDED, patient_id
        row.reason = "a person took back that it is of the study's patient"
    session.flush()  # of each SOP Instance UID one is the first
    return staged


def _be_the_others(session: Session, study: Study, apart: _Apart) -> None:
    """Let a study be of its other objects alone: what they say, and what of them was no first one before."""
    own = (ReceivedObject.study_id == study.id, ReceivedObject.other_patient_id.is_(None))
    firsts = select(ReceivedObject.sop_instance_uid).where(*own, ReceivedObject.first)
    second = select(ReceivedObject).where(
        *own,
        ReceivedObject.disposition.in_(("duplicate", "conflict")),
        ReceivedObject.discarded_at.is_(None),
        ReceivedObject.sop_instance_uid.not_in(firsts),
    )
    take_up(session, study, session.scalars(second.order_by(ReceivedObject.id)).all())
    theirs, others = (
        told.hints | kept_numbers(session, study.site, told.hints) for told in (apart.by_them, apart.by_others)
    )
    hints = [each for each in study.hints if each in others or each not in theirs]
    patient = session.get_one(Patient, study.patient_id)
    own_first = sorted(apart.by_others.headers, key=lambda header: not is_named_by(patient, header))
    if own_first:
        tell_of(study, replace(apart.by_others, headers=tuple(own_first)))
    study.hints, study.accepted_by = hints, None  # a person accepted what all objects together show
    make_known(session, study)
