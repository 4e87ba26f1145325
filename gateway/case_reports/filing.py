"""One case document becomes a case, or changes the case that it is about.

The same document again changes nothing, but after another one of its way (`repetitions.py`). A document that bears an
order, accession number or study UID of a case of the same site and the same patient belongs to that case: an order, its
change and its report make one case. Where the patients do not agree it is another case, and the matcher asks a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.case_number import CaseNumber
from config.errors import Conflict
from gateway import audit
from gateway.case_models import CaseSource
from gateway.case_reports.asking import with_answered
from gateway.case_reports.case_keys import cases_bearing, keys_by_strength, remember_keys
from gateway.case_reports.closing import may_be_opened
from gateway.case_reports.document import (
    CaseDocument,
    Identifier,
    PatientIdentifier,
    PatientPart,
    ReleasePart,
)
from gateway.case_reports.handing_over import (
    TWO_CASES,
    PatientSaid,
    hand_over,
    has_parted_with,
    parted_case,
    was_made_before_parting,
)
from gateway.case_reports.identities import Identity, change_identity, same_patient
from gateway.case_reports.made_at import stamp
from gateway.case_reports.order_numbers import are_others, as_known
from gateway.case_reports.parts import Stage
from gateway.case_reports.repetitions import case_told, is_repetition, told_before
from gateway.case_reports.report_history import put_report
from gateway.case_reports.residence import UNTOLD, Told
from gateway.case_reports.told_at import (
    is_cancelled_since,
    is_overtaken,
    note_ordered,
    note_told,
    told_home,
)
from gateway.case_reports.unconfirmed import confirm_told
from gateway.kept_case import kept_case
from gateway.models import Case
from gateway.node import Node

Outcome = Literal["created", "updated", "unchanged", "closed"]
_WORDS = ("study_date", "modality", "body_part", "question", "referrer", "payer")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Source:
    """Where a document comes from: the digest of the part that is about one case, and the blob it is a part of.

    `made_at` is when its sender made it, as a message says so, `stage` how far the report in it is, `told_as` stands
    for what else its sender says makes it the same.
    """

    digest: str
    kind: str
    blob: str
    size: int
    actor: str
    made_at: str = ""
    stage: Stage = ""
    told_as: str = ""


def file_document(
    session: Session,
    node: Node,
    site: str,
    document: CaseDocument,
    source: Source,
    *,
    joins: bool,
    opens: bool = False,
    answers: bool = False,
    home: Told = UNTOLD,
) -> tuple[Case, Outcome]:
    """Make a case of a document, or change the one that it is about where `joins` lets it.

    One that `opens` an order anew opens its case too, where the sender closed it, by a message made before; what a
    person closed stays closed. One that `answers` orders changes nothing that they asked for, which reports often say
    in fewer words. `home` is where the patient lives as the document tells it.

    Raises:
        Conflict: the case number is taken by another document, or two cases answer to the document's numbers, of a
            report also to one of its numbers each.
    """
    before = told_before(session, site, source.digest)
    if before and (not joins or is_repetition(session, before, told_as=source.told_as, blob=source.blob)):
        return case_told(session, before), "unchanged"
    case = (meant_case(session, site, document) or parted_case(session, site, document)) if joins else None
    if case is None and before:
        return case_told(session, before), "unchanged"
    if case is not None and answers:
        _refuse_another_case(session, site, document, case)
    if case is not None and has_parted_with(case, document.patient):
        if was_made_before_parting(case, source.made_at):
            document, home = document.model_copy(update={"patient": PatientPart()}), UNTOLD
        else:
            said = PatientSaid(document.patient, home.jurisdiction, source.made_at)
            hand_over(session, node, case, said, actor=source.actor)
    if case is None:
        case = _new_case(session, node, site, document, source, home, answers=answers)
        outcome: Outcome = "created"
    else:
        _change_case(session, node, case, document, source, home, answers=answers)
        if opens and may_be_opened(session, case, document.orders, source.made_at):
            case.state = "open"
        outcome = "updated"
    if opens:
        note_ordered(case, document.orders, source.made_at)
    _record(session, node, case, source, "case-imported" if outcome == "created" else "case-updated")
    return case, outcome


def change_named_case(
    session: Session, node: Node, case: Case, document: CaseDocument, source: Source, home: Told
) -> None:
    """Let a document change the case that a person named for it, which it need not find by its numbers.

    What a person says is taken whenever it is said, and is what was told then.
    """
    _change_case(session, node, case, document, source, home, answers=False)
    _note_told(case, document, home, stamp(node.clock()), answers=False)
    _record(session, node, case, source, "case-updated")


def _record(session: Session, node: Node, case: Case, source: Source, action: str) -> None:
    remember_source(session, node, case, source, anew=True)
    remember_keys(session, case)
    audit.note(session, node.clock, actor=source.actor, action=action, subject=case.case_number)


def remember_source(session: Session, node: Node, case: Case, source: Source, *, anew: bool = False) -> None:
    """Keep which document made or changed a case; one that is told `anew` once more."""
    known = select(CaseSource.id).where(
        CaseSource.site == case.site, CaseSource.digest == source.digest, CaseSource.case_id == case.id
    )
    if anew or session.scalar(known.limit(1)) is None:
        session.add(
            CaseSource(
                case_id=case.id,
                site=case.site,
                digest=source.digest,
                kind=source.kind,
                blob=source.blob,
                bytes=source.size,
                actor=source.actor,
                told_as=source.told_as,
                received_at=node.clock(),
            )
        )
        session.flush()


def _new_case(
    session: Session, node: Node, site: str, document: CaseDocument, source: Source, home: Told, *, answers: bool
) -> Case:
    patient = document.patient
    case = Case(
        case_number=_number(session, document.case_number),
        site=site,
        state="open",
        patient_name=patient.name,
        other_names=list(patient.other_names),
        birth_date=patient.birth_date,
        birth=patient.birth.told(),
        own_words={},
        sex=patient.sex,
        patient_ids=_plain(patient.ids),
        id_kinds=_kinds(patient.ids),
        addresses=list(patient.addresses),
        telephones=list(patient.telephones),
        former_identities=[],
        accession_numbers=list(document.accession_numbers),
        accession_issuers=_plain(document.accession_issuers),
        study_uids=list(document.study_uids),
        orders=_plain(document.orders),
        study_date=document.study_date,
        modality=document.modality,
        body_part=document.body_part,
        requested_studies=_requested(document),
        report_text="",
        report_parts={},
        reports_of_others={},
        report_history={},
        report_language="",
        report_date="",
        question=document.question,
        referrer=document.referrer,
        payer=document.payer,
        jurisdiction=home.jurisdiction,
        home_state=home.state,
        told_at={},
        blind=document.blind,
        source_digest=source.digest,
        created_at=node.clock(),
    )
    _set_release(case, document.release or ReleasePart())
    _note_told(case, document, home, source.made_at, answers=answers)
    put_report(case, document.report, stage=source.stage, made_at=source.made_at)
    session.add(case)
    session.flush()
    return case


def _change_case(
    session: Session, node: Node, case: Case, document: CaseDocument, source: Source, home: Told, *, answers: bool
) -> None:
    """Let a document's words replace a case's, and its numbers join the case's; what it is silent about stays.

    So does what documents made later told, and what other orders than the document's asked for.
    """
    patient, made_at = document.patient, source.made_at
    ids, birth = tuple(_plain(patient.ids)), patient.birth.told()
    said = Identity(patient.name, patient.birth_date, patient.sex, ids, patient.other_names, birth, ids)
    said = replace(said, jurisdiction=told_home(case, home, made_at))
    change_identity(session, node.clock, case, said, actor=source.actor, why="case report", made_at=made_at)
    if patient.name and patient.birth_date:
        confirm_told(case, [(each.id, each.issuer) for each in patient.ids], patient.other_names)
    case.id_kinds = case.id_kinds | _kinds(patient.ids)
    case.addresses = _joined(case.addresses, patient.addresses)
    case.telephones = _joined(case.telephones, patient.telephones)
    case.accession_numbers = _joined(case.accession_numbers, document.accession_numbers)
    case.accession_issuers = _joined(case.accession_issuers, _plain(document.accession_issuers))
    case.study_uids = _joined(case.study_uids, document.study_uids)
    known = as_known(case.orders, document.orders)
    adds = are_others(case.orders, known)
    orders = (each for each in known if not is_cancelled_since(case, each, made_at))
    case.orders = _joined(case.orders, _plain(orders))
    told = [field for field in _told_by(document) if not is_overtaken(case, field, made_at)]
    for field in (each for each in told if each in _WORDS):
        setattr(case, field, getattr(document, field))
    if answers:
        case.requested_studies = with_answered(case.requested_studies, _requested(document))
    elif adds:
        case.requested_studies = [*case.requested_studies, *_requested(document)]
    elif "requested_studies" in told:
        case.requested_studies = _requested(document)
    if document.release is not None and "release" in told:
        _set_release(case, document.release)
    if "blind" in told:
        case.blind = document.blind
    _note_told(case, document, home, made_at, answers=answers)
    put_report(case, document.report, stage=source.stage, made_at=source.made_at)


def _told_by(document: CaseDocument) -> list[str]:
    """Return which words a document tells of what is asked, who pays and who may have the answer."""
    told = [field for field in (*_WORDS, "requested_studies", "release") if getattr(document, field)]
    return [*told, *(["blind"] if "blind" in document.model_fields_set else [])]


def _note_told(case: Case, document: CaseDocument, home: Told, made_at: str, *, answers: bool) -> None:
    """Keep when what a document tells was made; what a report says was asked for is no order's word."""
    patient = document.patient
    told = {field for field in ("name", "birth_date", "sex") if getattr(patient, field)} | set(_told_by(document))
    told |= {"birth"} if patient.birth.told() else set()
    told |= {"jurisdiction"} if home.state or (home.jurisdiction and home.sure) else set()
    note_told(case, told - ({"requested_studies"} if answers else set()), made_at)


def _set_release(case: Case, release: ReleasePart) -> None:
    case.release_to, case.release_after_days = release.to, release.after_days


def _number(session: Session, asked: str | None) -> str:
    if asked:
        number = CaseNumber(asked).value
        if session.scalar(select(Case.id).where(Case.case_number == number)) is not None:
            raise Conflict(f"the case number {number} is taken by another case report")
        return number
    while True:
        number = CaseNumber.draw().value
        if session.scalar(select(Case.id).where(Case.case_number == number)) is None:
            return number


def meant_case(session: Session, site: str, document: CaseDocument) -> Case | None:
    """Return the case that a document is about: by its own number, else by the strongest number that finds one."""
    if document.case_number:
        number = CaseNumber(document.case_number).value
        named = session.scalar(select(Case).where(Case.case_number == number, Case.site == site))
        case = kept_case(session, named) if named is not None else None
        if case is not None and not same_patient(case, document.patient):
            raise Conflict(f"the case number {number} is that of another patient")
        return case
    for keys in keys_by_strength(document.orders, document.study_uids, document.accession_numbers):
        found = cases_bearing(session, site, keys)
        found = [case for case in found if same_patient(case, document.patient)]
        if len(found) > 1:
            raise Conflict(TWO_CASES)
        if found:
            return found[0]
    return None


def _refuse_another_case(session: Session, site: str, document: CaseDocument, case: Case) -> None:
    """Raise Conflict where a report of a case bears a number that only another case of the patient has.

    Nothing tells of which of the two examinations it is then.
    """
    exact, _, *of_images = keys_by_strength(document.orders, document.study_uids, document.accession_numbers)
    for key in (key for keys in (exact, *of_images) for key in keys):
        bearing = cases_bearing(session, site, [key])
        if case not in bearing and any(same_patient(each, document.patient) for each in bearing):
            raise Conflict("the report bears numbers of two cases of the patient: send it with those of its own alone")


def _requested(document: CaseDocument) -> list[dict[str, object]]:
    return [each.model_dump(exclude_defaults=True) for each in document.requested_studies]


def _plain(identifiers: Iterable[Identifier]) -> list[dict[str, str]]:
    return [{"id": each.id, "issuer": each.issuer} for each in identifiers]


def _kinds(ids: Iterable[PatientIdentifier]) -> dict[str, str]:
    return {each.id: each.type for each in ids if each.type}


def _joined(known: list[_T], more: Iterable[_T]) -> list[_T]:
    return known + [each for each in more if each not in known]
