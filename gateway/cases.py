"""Cases as coordinators see them: listed, shown as our JSON with what they were made of, closed and opened again."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway import audit
from gateway.attachments.views import attachments_of_case
from gateway.case_models import CaseSource, KnownMerge
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.known_merges import adopt_merges, numbers_of
from gateway.case_reports.residence import lives_in
from gateway.case_reports.unconfirmed import unconfirmed_in
from gateway.case_reports.unmerging import merges_of_case
from gateway.case_reports.waking import wake_studies
from gateway.links import get_case, links_of_case
from gateway.matching.index import case_changed
from gateway.models import Case, Site
from gateway.node import Node
from gateway.upload_models import UploadLink


def list_cases(session: Session, site: str | None = None) -> list[dict[str, Any]]:
    """Return the cases, oldest first."""
    query = select(Case).order_by(Case.id)
    if site is not None:
        query = query.where(Case.site == site)
    return [
        {
            "case_number": case.case_number,
            "site": case.site,
            "state": case.state,
            "studies": [each["study_uid"] for each in links_of_case(session, case.id)],
        }
        for case in session.scalars(query)
    ]


def case_view(session: Session, number: str) -> dict[str, Any]:
    """Return a case as our JSON, with its studies, its attachments, the documents it was made of and who it was before.

    Raises:
        NotFound: no such case.
    """
    case = get_case(session, number)
    home = lives_in(session.get_one(Site, case.site), case)
    return {
        "case_number": case.case_number,
        "site": case.site,
        "state": case.state,
        "patient": {
            "name": case.patient_name,
            "other_names": case.other_names,
            "birth_date": case.birth_date,
            **({"birth": case.birth} if case.birth else {}),
            "sex": case.sex,
            "ids": [each | _kind(case, each["id"]) for each in case.patient_ids],
            **{each: told for each in ("addresses", "telephones") if (told := getattr(case, each))},
        },
        "accession_numbers": case.accession_numbers,
        "accession_issuers": case.accession_issuers,
        "study_uids": case.study_uids,
        "orders": case.orders,
        "study_date": case.study_date,
        "modality": case.modality,
        "body_part": case.body_part,
        "requested_studies": case.requested_studies,
        "report": {"text": case.report_text, "language": case.report_language, "date": case.report_date},
        "question": case.question,
        "referrer": case.referrer,
        "payer": case.payer,
        "jurisdiction": home.jurisdiction if home.by == "report" else "",
        "lives_in": home._asdict(),
        "release": {"to": case.release_to, "after_days": case.release_after_days},
        "blind": case.blind,
        "former_identities": case.former_identities,
        "unconfirmed": unconfirmed_in(case),
        "reports_of_others": case.reports_of_others,
        "merges": [_merge(row) for row in merges_of_case(session, case)],
        "documents": documents_of_case(session, case.id),
        "studies": links_of_case(session, case.id),
        "attachments": attachments_of_case(session, case.id),
    }


def _merge(row: KnownMerge) -> dict[str, Any]:
    (old, old_issuer), (surviving, surviving_issuer) = numbers_of(row)
    return {
        "merge": row.id,
        "old": {"id": old, "issuer": old_issuer},
        "surviving": {"id": surviving, "issuer": surviving_issuer},
        "received_at": row.received_at.isoformat(),
    }


def _kind(case: Case, number: str) -> dict[str, str]:
    return {"type": case.id_kinds[number]} if number in case.id_kinds else {}


def documents_of_case(session: Session, case_id: int) -> list[dict[str, Any]]:
    """Return the documents that a case was made of and changed by, oldest first."""
    rows = session.scalars(select(CaseSource).where(CaseSource.case_id == case_id).order_by(CaseSource.id))
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "bytes": each.bytes,
            "sha256": each.blob,
            "actor": each.actor,
            "received_at": each.received_at.isoformat(),
        }
        for each in rows
    ]


def get_document(session: Session, number: str, document: int) -> CaseSource:
    """Return a document of a case.

    Raises:
        NotFound: no such case, or it was not made of that document.
    """
    case = get_case(session, number)
    found = session.scalar(select(CaseSource).where(CaseSource.id == document, CaseSource.case_id == case.id))
    if found is None:
        raise NotFound(f"case {case.case_number} has no document {document}")
    return found


def close_case(node: Node, number: str, *, actor: str) -> None:
    """Close a case: no further study is linked to it.

    Raises:
        NotFound: no such case.
    """
    with node.identity.write() as session:
        case = get_case(session, number)
        case.state = "closed"
        case_changed(session, case)
        audit.note(session, node.clock, actor=actor, action="case-closed", subject=case.case_number)


def open_case(node: Node, number: str, *, actor: str) -> None:
    """Open a closed case again: the studies that wait look whether they belong to it.

    Merges of its patient that came meanwhile hold for it; the upload links that ended with it stay ended.

    Raises:
        NotFound: no such case.
        Conflict: it is open, or another case took it in.
    """
    with node.identity.write() as session:
        case = get_case(session, number)
        if case.merged_into_id is not None:
            raise Conflict(f"case {case.case_number} was merged into another: open that one")
        if case.state == "open":
            raise Conflict(f"case {case.case_number} is open")
        case.state = "open"
        audit.note(session, node.clock, actor=actor, action="case-opened", subject=case.case_number)
        _end_links(session, node, case)
        adopt_merges(session, node, case, actor=actor)
        remember_keys(session, case)
        wake_studies(session, [case])


def _end_links(session: Session, node: Node, case: Case) -> None:
    """Let the upload links of a case and of those that were merged into it expire."""
    now, found, fresh = node.clock(), set[int](), {case.id}
    while fresh:
        found |= fresh
        fresh = set(session.scalars(select(Case.id).where(Case.merged_into_id.in_(fresh)))) - found
    living = update(UploadLink).where(UploadLink.case_id.in_(found), UploadLink.expires_at > now)
    session.execute(living.values(expires_at=now))
