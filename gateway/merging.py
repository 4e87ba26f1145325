"""Two cases become one: the links of the one that goes move over to the one that stays, with their history.

What the pipeline makes of it follows by itself: verify searches what is published for the identities that came along,
enlist cleans the words again. A study that was read stays where it is, since its link is part of a signed document,
also where the signature is not taken over yet. What a person said of a study and the case that goes, that they belong
together or do not, holds for the one that stays; a study that the matcher had linked to that one already is flagged. A
study parted from it by a person, which the matcher linked to the one that goes, is linked to neither and waits.

Nobody signs while links move: the worklist items are locked in the reading zone first, and free again once the links
are committed and the items bear the number of the case that stays. A crash between the two commits leaves that number
to enlist, which flags a study that was signed under the other one.
"""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict
from gateway import audit
from gateway.attachment_models import Attachment
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.former import CASES_MERGED, as_former
from gateway.case_reports.identities import Identity, change_identity
from gateway.case_reports.unconfirmed import keep_own_words, words_of
from gateway.case_reports.waking import wake_studies
from gateway.decisions import let_wait, take_from_worklist
from gateway.desk_models import Rejection
from gateway.links import NewLink, get_case, link, unlink
from gateway.models import Case, Match, Study
from gateway.node import Node
from worklist.publishing import locked_and_signed, set_case_number

_T = TypeVar("_T")
_Linked = tuple[Study, bool]
_LISTS = (
    *("accession_numbers", "accession_issuers", "study_uids", "orders", "requested_studies"),
    *("addresses", "telephones"),
)
_WORDS = ("question", "referrer", "jurisdiction", "home_state", "study_date", "modality", "body_part", "payer")


def merge_cases(node: Node, kept: str, gone: str, *, actor: str) -> None:
    """Merge the case `gone` into `kept`, both of one site: its studies, numbers and attachments go over, it is closed.

    Raises:
        NotFound: no such case.
        Conflict: one and the same case, of two sites, or one of them is closed.
    """
    with node.reading.write() as reading, node.identity.write() as session:
        staying, going = get_case(session, kept), get_case(session, gone)
        moved = _merge(session, node, reading, staying, going, actor=actor)
        set_case_number(reading, moved, staying.case_number)


def _merge(session: Session, node: Node, reading: Session, kept: Case, gone: Case, *, actor: str) -> list[str]:
    """Merge in two transactions, that of the reading zone the outer one; return which studies moved."""
    clock = node.clock
    if kept.id == gone.id:
        raise Conflict("a case cannot be merged into itself")
    if kept.site != gone.site:
        raise Conflict("the two cases belong to different sites")
    for case in (kept, gone):
        if case.state != "open":
            raise Conflict(f"case {case.case_number} is closed")
    because = f"case {gone.case_number} was merged into case {kept.case_number}"
    _take_identity(session, clock, kept, gone, actor=actor)
    _take_words(session, kept, gone)
    _take_rejections(session, kept, gone)
    moving, parted = _parted(session, kept, _unsigned(reading, _linked(session, gone)))
    for study, _ in (*moving, *parted):
        unlink(session, clock, study=study, case=gone, actor=actor, because=because)
    for study, _ in parted:
        take_from_worklist(reading, study.study_uid)
        let_wait(session, study, "parted by a person from the case that its own was merged into")
    for study, by_person in moving:
        link(session, clock, NewLink(study, kept, "person" if by_person else "merge", 1.0, [because]), actor=actor)
    gone.state, gone.merged_into_id = "closed", kept.id
    for attachment in session.scalars(select(Attachment).where(Attachment.case_id == gone.id)):
        attachment.case_id = kept.id
    for study in session.scalars(select(Study).where(Study.site == kept.site, Study.state == "unmatched")):
        if gone.case_number in study.hints:
            study.hints = sorted({*study.hints, kept.case_number} - {gone.case_number})
    detail = {"merged": gone.case_number}
    audit.note(session, clock, actor=actor, action="case-merged", subject=kept.case_number, detail=detail)
    session.flush()
    wake_studies(session, [kept, gone])
    return [study.study_uid for study, _ in moving]


def _linked(session: Session, case: Case) -> list[_Linked]:
    """Return the studies linked to a case, each with whether a person said so: a person's link stays one."""
    query = select(Study, Match.how).join(Match, Match.study_id == Study.id).order_by(Study.id)
    rows = session.execute(query.where(Match.case_id == case.id, Match.ended_at.is_(None), Study.state != "read"))
    return [(study, how == "person") for study, how in rows]


def _unsigned(reading: Session, linked: list[_Linked]) -> list[_Linked]:
    """Return the studies whose read is not signed and cannot be until the reading zone's transaction ends."""
    signed = locked_and_signed(reading, [study.study_uid for study, _ in linked])
    return [each for each in linked if each[0].study_uid not in signed]


def _parted(session: Session, kept: Case, linked: list[_Linked]) -> tuple[list[_Linked], list[_Linked]]:
    """Part the studies that go with their case from those that a person said are not of the one that stays."""
    rejected = set(session.scalars(select(Rejection.study_id).where(Rejection.case_id == kept.id)))
    parted = [each for each in linked if each[0].id in rejected and not each[1]]
    return [each for each in linked if each not in parted], parted


def _take_rejections(session: Session, kept: Case, gone: Case) -> None:
    """Let a person's word that a study does not belong to the case that goes stand for the one that stays.

    Of a study that is linked to the one that stays, not by a person, somebody has to say which is right.
    """
    known = set(session.scalars(select(Rejection.study_id).where(Rejection.case_id == kept.id)))
    links = select(Match.study_id, Match.how).where(Match.case_id == kept.id, Match.ended_at.is_(None))
    linked = dict(session.execute(links).all())
    for each in session.scalars(select(Rejection).where(Rejection.case_id == gone.id)).all():
        if linked.get(each.study_id, "person") != "person":
            session.get_one(Study, each.study_id).flagged = True
        if each.study_id not in known | linked.keys():
            session.add(
                Rejection(study_id=each.study_id, case_id=kept.id, actor=each.actor, created_at=each.created_at)
            )


def _take_identity(session: Session, clock: Clock, kept: Case, gone: Case, *, actor: str) -> None:
    """Let the identity of the case that goes stay known, beside that of the one that stays."""
    names = (*gone.other_names, *([gone.patient_name] if gone.patient_name != kept.patient_name else []))
    said = Identity(
        name=kept.patient_name or gone.patient_name,
        birth_date=kept.birth_date or gone.birth_date,
        sex=kept.sex or gone.sex,
        ids=tuple(gone.patient_ids),
        other_names=tuple(name for name in names if name),
        birth={**gone.birth, **kept.birth},
    )
    former = as_former(gone, clock(), CASES_MERGED)
    before = words_of(kept)
    change_identity(session, clock, kept, said, actor=actor, why=CASES_MERGED)
    if gone.own_words:
        keep_own_words(kept, before)
    kept.former_identities = [*kept.former_identities, *gone.former_identities, former]


def _take_words(session: Session, kept: Case, gone: Case) -> None:
    """Give a case the numbers of another, and its words where it has none of its own."""
    kept.id_kinds = gone.id_kinds | kept.id_kinds
    kept.told_at = gone.told_at | kept.told_at
    for name in _LISTS:
        setattr(kept, name, _joined(getattr(kept, name), getattr(gone, name)))
    for name in _WORDS:
        setattr(kept, name, getattr(kept, name) or getattr(gone, name))
    kept.blind |= gone.blind  # nobody shows by a merge what was to be hidden
    if not kept.report_text:
        kept.report_parts, kept.report_text = gone.report_parts, gone.report_text
        kept.reports_of_others = gone.reports_of_others
        kept.report_language, kept.report_date = gone.report_language, gone.report_date
    kept.report_history = gone.report_history | kept.report_history
    remember_keys(session, kept)


def _joined(known: list[_T], more: Iterable[_T]) -> list[_T]:
    return known + [each for each in more if each not in known]
