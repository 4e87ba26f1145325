"""File the parts of a document: the document is kept first, then all its parts are filed in one transaction.

What is answered as taken is kept: the bytes are in the vault before the transaction that makes the case begins, and
are put back inside it where the same bytes were discarded in between (`gateway.originals`). One part that cannot be
filed fails alone; a document of one part fails with it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal, NamedTuple

from sqlalchemy.orm import Session

from config.errors import Malformed, SenderFault
from gateway.case_reports.anonymous import note_on
from gateway.case_reports.cancelling import cancel_orders, ordered_case
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.correcting import Corrected, correct_cases, merge_patients, note_on_late
from gateway.case_reports.document import CaseDocument
from gateway.case_reports.early_cancellations import (
    KEPT,
    cancel_early,
    is_over,
    keep_cancellation,
    note_on_cancelled,
)
from gateway.case_reports.filing import Source, file_document, meant_case, remember_source
from gateway.case_reports.known_merges import adopt_merges, keep_merge
from gateway.case_reports.made_at import believed
from gateway.case_reports.parted_pairs import TAKEN_BACK, is_taken_back
from gateway.case_reports.parts import Part, digest_of
from gateway.case_reports.reports_of_others import look_at_report, note_on_report
from gateway.case_reports.residence import Told, note_on_state, place
from gateway.case_reports.unmerging import unmerge_patients
from gateway.case_reports.unread_dates import SAY_WHO_BY_LABELS, note_on_dates
from gateway.case_reports.unread_documents import note_on_unread, remember_unread
from gateway.case_reports.waking import wake_studies
from gateway.models import Case, Site
from gateway.node import Node
from gateway.sites import get_site

Became = Literal["created", "updated", "unchanged", "closed", "kept", "refused"]
About = Literal["case", "merge", "order", "late", "document"]
_CLOSED = (
    "the case of this order is closed and stays so: where it is asked for after all, ask the coordinators, "
    "who can open it again"
)
_GIVEN_ANEW = "the order was given anew by a message made after this one and goes on: to end it, cancel it again"


@dataclass(frozen=True)
class Filed:
    """What became of one part of a document.

    `note` is what whoever filed it should know, `about` of what. Refused ones have no case and a problem; a
    merge of patients or a cancellation that is `kept` for later cases has none yet.
    """

    place: str
    outcome: Became
    case_number: str | None = None
    problem: SenderFault | None = None
    note: str | None = None
    about: About = "case"

    def view(self) -> dict[str, Any]:
        """Return it as the doors tell it."""
        return {
            "place": self.place,
            "outcome": self.outcome,
            "case_number": self.case_number,
            "reason": "; ".join(filter(None, (str(self.problem or ""), self.note))) or None,
        }


class _Done(NamedTuple):
    """What one part did to one case; `note` is what to know of it beside the case, `about` of what."""

    case: Case | None
    outcome: Became
    note: str | None = None
    about: About = "case"


def file_parts(
    node: Node, *, site: str, kind: str, payload: bytes, parts: Sequence[Part], actor: str, told_as: str = ""
) -> list[Filed]:
    """Keep a document and file its parts in one transaction; `told_as` is what its sender calls this telling of it.

    Raises:
        SenderFault: its only part has a problem.
    """
    if len(parts) == 1 and parts[0].problem is not None:
        raise parts[0].problem
    blob = keep(node, payload, parts)
    with node.identity.write() as session:
        keep(node, payload, parts)
        how = {"site": site, "kind": kind, "blob": blob, "actor": actor, "told_as": told_as}
        filed = file_in(session, node, size=len(payload), parts=parts, **how)
    if len(filed) == 1 and filed[0].problem is not None:
        raise filed[0].problem
    return filed


def file_in(
    session: Session,
    node: Node,
    *,
    site: str,
    kind: str,
    blob: str,
    size: int,
    parts: Sequence[Part],
    actor: str,
    told_as: str = "",
) -> list[Filed]:
    """File parts in the caller's transaction; then let the studies that may be concerned look again."""
    get_site(session, site)
    filed: list[Filed] = []
    changed: dict[int, Case] = {}
    for part in parts:
        made_at, token = believed(part.made_at, node.clock()), told_as or part.made_at
        token = digest_of(token) if token else ""
        source = Source(part.digest, kind, blob, size, actor, made_at, part.stage, token)
        try:
            for done in _file(session, node, site, part, source):
                filed.append(_told(session, node, part, kind, done))
                if done.case is not None and done.outcome not in {"unchanged", "closed"}:
                    changed[done.case.id] = done.case
        except SenderFault as problem:
            filed.append(Filed(part.place, "refused", problem=problem, note=part.passed_over or None))
    wake_studies(session, list(changed.values()))
    return filed


def _told(session: Session, node: Node, part: Part, kind: str, done: _Done) -> Filed:
    """Return what became of a part, with all that is to be known of it: of a merge that alone."""
    case, outcome, note, about = done
    of_case = _note(session, node, case, kind) if case is not None and not (note and about == "merge") else None
    notes = "; ".join(filter(None, (part.passed_over, note, of_case))) or None
    number = case.case_number if case is not None else None
    return Filed(part.place, outcome, number, note=notes, about="case" if of_case else about)


def _note(session: Session, node: Node, case: Case, kind: str) -> str | None:
    """Return what whoever filed a case should know of it: why its study may not be found or read."""
    return "; ".join(filter(None, (*notes_on(session, node, case), note_on_dates(case, [kind])))) or None


def notes_on(session: Session, node: Node, case: Case) -> list[str]:
    """Return what is to be known of a case in whichever way it was told."""
    licensed = node.settings.worklist.require_licence
    home = note_on_state(session.get_one(Site, case.site), case, licensed=licensed)
    return [note for note in (note_on(case), home, note_on_report(case)) if note]


def keep(node: Node, payload: bytes, parts: Sequence[Part]) -> str:
    """Put a document and what it encloses into the vault, where they are not in it; return the document's key.

    It is done before the transaction, so that the disk is not waited for in it, and again in it: nobody discards then.
    """
    blob = hashlib.sha256(payload).hexdigest()
    enclosed = ((each.digest, each.content) for part in parts for each in part.enclosures)
    for digest, content in ((blob, payload), *enclosed):
        node.vault.put(digest, BytesIO(content))
    return blob


def _corrected(done: Corrected, remark: str = "") -> _Done:
    late = note_on_late(done.late)
    note = "; ".join(filter(None, (remark, late))) or None
    about: About = "document" if remark else "late" if late else "case"
    return _Done(done.case, "updated" if done.changed else "unchanged", note, about)


def _home(session: Session, site: str, document: CaseDocument, part: Part) -> Told:
    return place(get_site(session, site), document.jurisdiction, part.residence, document.patient.addresses)


def _file(session: Session, node: Node, site: str, part: Part, source: Source) -> list[_Done]:
    """Do what one part asks for; return the cases concerned and what became of each."""
    if part.problem is not None:
        raise part.problem
    assert part.document is not None  # a part has one or the other  # noqa: S101
    if part.does == "cancel":
        return [_cancel(session, node, site, part.document, source)]
    if part.stage == "withdrawn" and meant_case(session, site, part.document) is None:
        if source.kind == "hl7":
            return []
        raise Malformed("the report's status says that it is not to be used, and no case has it")
    home = _home(session, site, part.document, part)
    if part.does == "correct":
        return [_corrected(each, part.remark) for each in correct_cases(session, node, site, part, source, home)]
    if part.does == "merge":
        return _merge(session, node, site, part, source, home)
    if part.does == "unmerge":
        parted, note = unmerge_patients(session, node, site, part, source)
        first = _Done(parted[0] if parted else None, "updated", note, "merge")
        return [first, *(_Done(case, "updated") for case in parted[1:])]
    return [_file_case(session, node, site, part, source, home)]


def _file_case(session: Session, node: Node, site: str, part: Part, source: Source, home: Told) -> _Done:
    """Make a case of a part, or change the one that it is about, with all that is known of it beside."""
    assert part.document is not None  # noqa: S101
    case, outcome = file_document(
        session, node, site, part.document, source, joins=part.joins, opens=part.opens, answers=part.answers, home=home
    )
    if outcome != "unchanged" and source.kind not in SAY_WHO_BY_LABELS:
        look_at_report(session, case, part)
    if outcome != "unchanged" and adopt_merges(session, node, case, actor=source.actor):
        remember_keys(session, case)
    if outcome != "unchanged":
        remember_unread(case, part, source.made_at)
    for enclosure in part.enclosures:
        inner = Source(enclosure.digest, enclosure.kind, enclosure.digest, len(enclosure.content), source.actor)
        remember_source(session, node, case, inner)
    gone = outcome != "unchanged" and cancel_early(session, node, case, part.document, source)
    if gone or (outcome != "unchanged" and part.opens and is_over(case, part.document, source.made_at)):
        return _Done(case, "closed" if case.state == "closed" else outcome, note_on_cancelled(case), "late")
    if outcome == "updated" and part.opens and case.state == "closed":
        return _Done(case, outcome, _CLOSED)
    note = "; ".join(filter(None, (part.remark, note_on_unread(part.unread)))) or None
    return _Done(case, outcome, note, "document" if note else "case")


def _merge(session: Session, node: Node, site: str, part: Part, source: Source, home: Told) -> list[_Done]:
    """Merge patients, where nobody took that back since, and keep it for the cases that come later."""
    if is_taken_back(session, site, part, source.made_at):
        return [_Done(None, "unchanged", TAKEN_BACK, "late")]
    merged = merge_patients(session, node, site, part, source, home)
    new = keep_merge(session, node, site, part, actor=source.actor)
    return [_corrected(each) for each in merged] or [_Done(None, "kept" if new else "unchanged")]


def _cancel(session: Session, node: Node, site: str, document: CaseDocument, source: Source) -> _Done:
    """Cancel orders; a cancellation that no case bears yet is kept for it."""
    case = ordered_case(session, site, document)
    if case is None:
        keep_cancellation(session, node, site, document, source)
        return _Done(None, "kept", KEPT, "order")
    if not cancel_orders(session, node, case, document, source):
        return _Done(case, "unchanged", _GIVEN_ANEW, "late")
    return _Done(case, "closed" if case.state == "closed" else "updated")
