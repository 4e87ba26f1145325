"""Which case an attachment belongs to: decided anew whenever something is known that could change it.

What a person decided for the studies of its delivery goes first, then the case that the delivery was sent for, then the
one case of the site whose number stands in the text, then the case of the delivery's studies if they have one and the
same. Where none of these tells, a coordinator still finds it by its delivery. What is a DICOM object itself, a report
or an encapsulated document, belongs to the case of its study and to no other. An object of another patient than its
study tells nothing of the study or its case; what came beside it may be the other's.
"""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from config.case_number import find_case_numbers
from gateway.attachment_models import Attachment
from gateway.attachments.adopting import adopt_report
from gateway.attachments.kinds import PARTS_OF_A_STUDY, REPORTS_OF_A_STUDY
from gateway.kept_case import kept_case
from gateway.models import Case, Delivery, Match, ReceivedObject, Study
from gateway.other_patients import of_own_patient

_T = TypeVar("_T")


def link_attachment(session: Session, attachment: Attachment) -> None:
    """Give an attachment the case that it belongs to now."""
    if attachment.kind in REPORTS_OF_A_STUDY:
        adopt_report(session, attachment, _of_own_study(session, attachment))
        return
    if attachment.kind in PARTS_OF_A_STUDY:
        attachment.case_id = _of_own_study(session, attachment)
        return
    delivery = session.get_one(Delivery, attachment.delivery_id)
    case_id = _of_studies(session, delivery.id, how="person") or _sent_for(session, delivery)
    if case_id is None:
        named = _one(_named_in(session, attachment.text, delivery.site))
        case_id = named.id if named is not None else _of_studies(session, delivery.id)
    attachment.case_id = case_id


def link_attachments_of_studies(session: Session, study_ids: Sequence[int]) -> None:
    """Look again at the attachments of every delivery that brought a part of some studies."""
    session.flush()
    brought = select(ReceivedObject.delivery_id).where(ReceivedObject.study_id.in_(study_ids))
    beside = select(Attachment).where(Attachment.delivery_id.in_(brought)).order_by(Attachment.id)
    for attachment in session.scalars(beside).all():
        link_attachment(session, attachment)


def wake_studies(session: Session, delivery_id: str) -> None:
    """Let the studies of a delivery that have no case look again if the text of an attachment names one."""
    ids = select(ReceivedObject.study_id).where(ReceivedObject.delivery_id == delivery_id, of_own_patient())
    linked = select(Match.study_id).where(Match.study_id == Study.id, Match.ended_at.is_(None)).exists()
    waits = Study.state.in_(("unmatched", "published", "read")) & ~linked
    for study in session.scalars(select(Study).where(Study.id.in_(ids), waits)).all():
        if gather_hints(session, study):
            study.wanted_revision += 1


def gather_hints(session: Session, study: Study) -> bool:
    """Add to a study's hints the case numbers in the texts beside it; say whether there was a new one.

    Only texts of deliveries that brought one patient count. They are hints as those of the headers are: another name or
    birth date still wants a person.
    """
    found = {*study.hints, *numbers_beside(session, study)[0]}
    if len(found) == len(study.hints):
        return False
    study.hints = sorted(found)
    return True


def numbers_beside(session: Session, study: Study) -> tuple[set[str], set[str]]:
    """Return the case numbers in the texts beside a study: of deliveries of one patient, and of those of several."""
    texts = session.execute(
        select(Attachment.delivery_id, Attachment.text).where(
            Attachment.delivery_id.in_(_deliveries_of(study.id)), Attachment.text != ""
        )
    ).all()
    lone = {delivery_id for delivery_id, _ in texts if _brought_one_patient(session, delivery_id)}
    surely = "\n".join(text for delivery_id, text in texts if delivery_id in lone)
    perhaps = "\n".join(text for delivery_id, text in texts if delivery_id not in lone)
    return _numbers_in(session, surely, study.site), _numbers_in(session, perhaps, study.site)


def _deliveries_of(study_id: int) -> Select[str]:
    return select(ReceivedObject.delivery_id).where(ReceivedObject.study_id == study_id, of_own_patient())


def _brought_one_patient(session: Session, delivery_id: str) -> bool:
    return len(_patients_of(session, delivery_id)) == 1


def _patients_of(session: Session, delivery_id: str) -> set[int]:
    """Return the patients of whom a delivery brought objects."""
    patient = func.coalesce(ReceivedObject.other_patient_id, Study.patient_id)
    brought = select(patient).join(Study, Study.id == ReceivedObject.study_id)
    return set(session.scalars(brought.where(ReceivedObject.delivery_id == delivery_id)))


def _sent_for(session: Session, delivery: Delivery) -> int | None:
    if delivery.case_number is None:
        return None
    case = session.scalar(select(Case).where(Case.case_number == delivery.case_number, Case.site == delivery.site))
    return kept_case(session, case).id if case is not None else None


def _numbers_in(session: Session, text: str, site: str) -> set[str]:
    return {case.case_number for case in _named_in(session, text, site)}


def _named_in(session: Session, text: str, site: str) -> list[Case]:
    numbers = [number.value for number in find_case_numbers(text)]
    if not numbers:
        return []
    named = session.scalars(select(Case).where(Case.site == site, Case.case_number.in_(numbers[:500])))
    return list(dict.fromkeys(kept_case(session, case) for case in named))


def _of_own_study(session: Session, attachment: Attachment) -> int | None:
    """Return the case of the study that a DICOM object is an instance of."""
    return session.scalar(
        select(Match.case_id)
        .join(ReceivedObject, ReceivedObject.study_id == Match.study_id)
        .where(
            ReceivedObject.id == attachment.received_object_id,
            Match.ended_at.is_(None),
            of_own_patient(),
        )
    )


def _of_studies(session: Session, delivery_id: str, *, how: str | None = None) -> int | None:
    """Return the one case of a delivery's studies, of those linked in one way where that is asked for.

    It is none where somebody came along of whom no study has that case: what came beside may be theirs.
    """
    links = (
        select(Match.case_id, Match.how, Study.patient_id)
        .join(Study, Study.id == Match.study_id)
        .join(ReceivedObject, ReceivedObject.study_id == Study.id)
        .where(ReceivedObject.delivery_id == delivery_id, Match.ended_at.is_(None), of_own_patient())
        .distinct()
    )
    linked = session.execute(links).all()
    case_id = _one(list({each for each, made, _ in linked if how in {None, made}}))
    concerned = {patient_id for each, _, patient_id in linked if each == case_id}
    return case_id if _patients_of(session, delivery_id) <= concerned else None


def _one(found: list[_T]) -> _T | None:
    return found[0] if len(found) == 1 else None
