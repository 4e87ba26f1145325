"""Merges of identifiers that are taken back: the cases concerned lose what the merge alone told them.

A site takes its own word back (HL7 2.5.1 section 3.3.37, event A37), or a person does so at the desk. A case keeps the
numbers that it had before and those that merges which still stand join with them; the former patient's case is called
again what it was called before, unless it was corrected since. What was told stands among its former identities, so
that it is still looked for in texts and images. Where it cannot be told which number is a case's own, because a person
merged two cases into it or it named nobody before, it is left as it is. No link is cut here: each study that is linked
under a number which its case lost, or has by this merge, is flagged for a person, and the matcher judges its own links
again (`gateway.pipeline.judge_again`).
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway import audit
from gateway.case_models import CaseKey, KnownMerge
from gateway.case_reports.document import Identifier
from gateway.case_reports.filing import Source, cases_bearing, patient_keys, remember_source
from gateway.case_reports.identities import BY_EARLIER_MERGE, BY_MERGE
from gateway.case_reports.known_merges import names_reached, numbers_of, numbers_reached
from gateway.case_reports.parts import Part
from gateway.case_reports.unconfirmed import words_of
from gateway.case_reports.waking import wake_studies
from gateway.links import get_case
from gateway.matching.issuers import may_be_one_issuer
from gateway.models import Case, Match, Patient, Study
from gateway.node import Node

_WHY = "merge of two identifiers, taken back"
_MERGES = frozenset({BY_MERGE, BY_EARLIER_MERGE})
_NAMED = {"name": "patient_name", "birth_date": "birth_date", "sex": "sex", "birth": "birth"}
_Number = tuple[str, str]


class NeverMerged(NotFound):
    """Two identifiers of which nobody said that they are of one patient (HL7 table 0357: 204)."""


def unmerge_patients(session: Session, node: Node, site: str, part: Part, source: Source) -> list[Case]:
    """Take back that a part's two patients are one; return the cases that changed by it.

    Raises:
        NeverMerged: no number of the one was merged with a number of the other.
    """
    assert part.document is not None  # an unlink always names its patients  # noqa: S101
    rows = _merges_between(session, site, part.document.patient.ids, part.old_ids)
    if not rows:
        raise NeverMerged("the two patients were not merged with each other")
    changed = take_back_merges(session, node, site, rows, actor=source.actor)
    for case in changed:
        remember_source(session, node, case, source)
    return changed


def merges_of_case(session: Session, case: Case) -> list[KnownMerge]:
    """Return the merges that hold of two numbers which a case bears both, in the order in which they were told."""
    return _merges_among(session, case.site, _ids(case))


def take_back_merge(node: Node, number: str, merge_id: int, *, actor: str) -> int:
    """Take back one of the merges of a case's numbers because a person says so; return how many cases changed by it.

    Raises:
        NotFound: no such case, or no such merge of its numbers.
    """
    with node.identity.write() as session:
        case = get_case(session, number)
        rows = [row for row in merges_of_case(session, case) if row.id == merge_id]
        if not rows:
            raise NotFound("the case bears no two numbers of such a merge")
        changed = take_back_merges(session, node, case.site, rows, actor=actor)
        wake_studies(session, changed)
    return len(changed)


def take_back_merges(session: Session, node: Node, site: str, rows: Sequence[KnownMerge], *, actor: str) -> list[Case]:
    """Forget merges that a site told, and let its cases lose what they brought; return the cases that changed."""
    pairs = [numbers_of(row) for row in rows]
    surviving = {each for _, each in pairs}
    told = {name for row in rows for name in row.names}
    keys = patient_keys(Identifier(id=number, issuer=issuer) for pair in pairs for number, issuer in pair)
    cases = [case for case in cases_bearing(session, site, keys) if any(set(pair) <= _ids(case) for pair in pairs)]
    for row in rows:
        audit.note(session, node.clock, actor=actor, action="merge-taken-back", subject=site, detail={"merge": row.id})
        session.delete(row)
    session.flush()
    changed = []
    for case in cases:
        lost = _lost(session, case)
        _flag_studies(session, case, lost or {number for pair in pairs for number in pair})
        if lost:
            _part(session, node, case, lost, told, restores=bool(lost & surviving), actor=actor)
            changed.append(case)
    return changed


def _merges_between(
    session: Session, site: str, ids: Sequence[Identifier], others: Sequence[Identifier]
) -> list[KnownMerge]:
    one, other = ({(each.id, each.issuer) for each in side} for side in (ids, others))
    rows = _merges_among(session, site, one ^ other)  # a number of both, such as a family's, tells neither
    return [row for row in rows if set(numbers_of(row)) & one and set(numbers_of(row)) & other]


def _merges_among(session: Session, site: str, ids: set[_Number]) -> list[KnownMerge]:
    """Return the merges of which both numbers are among some, in the order in which they were told."""
    numbers = {number for number, _ in ids}
    among = KnownMerge.old_id.in_(numbers) & KnownMerge.surviving_id.in_(numbers)
    rows = session.scalars(select(KnownMerge).where(KnownMerge.site == site, among).order_by(KnownMerge.id))
    return [row for row in rows if set(numbers_of(row)) <= ids]


def _lost(session: Session, case: Case) -> set[_Number]:
    """Return the numbers that only merges brought to a case and none that stands joins with its own."""
    joined = select(Case.id).where(Case.merged_into_id == case.id)
    if session.scalar(joined.limit(1)) is not None:
        return set()
    brought = (_pairs(after["ids"]) - _pairs(before["ids"]) for before, after in _by_merges(case))
    own = _ids(case).difference(*brought)
    return _ids(case) - numbers_reached(session, case, own)


def _by_merges(case: Case) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield who a case's patient was said to be before and after each time that a merge told something."""
    return ((before, after) for before, after in pairwise(_identities(case)) if before["why"] in _MERGES)


def _identities(case: Case) -> list[dict[str, Any]]:
    """Return who a case's patient was said to be, one identity after the other, the present one last."""
    present = {name: getattr(case, column) for name, column in _NAMED.items()}
    return [*case.former_identities, present | {"ids": case.patient_ids, "other_names": case.other_names}]


def _part(
    session: Session, node: Node, case: Case, lost: set[_Number], told: set[str], *, restores: bool, actor: str
) -> None:
    """Take the numbers and names that are lost from a case, and call its patient what they were called before."""
    *former, present = _identities(case)
    again = _called_before(case, lost) if restores else {}
    for name, value in again.items():
        setattr(case, _NAMED[name], value)
    case.patient_ids = [each for each in case.patient_ids if _pair(each) not in lost]
    others = _names_lost(session, case, told)
    until = {"until": node.clock().isoformat(), "why": _WHY}
    case.former_identities = [*former, *(present | until | {"name": name} for name in others), present | until]
    case.other_names = [each for each in case.other_names if each not in others]
    case.id_kinds = {each: kind for each, kind in case.id_kinds.items() if each not in {number for number, _ in lost}}
    _part_own_words(case, lost, others)
    left = patient_keys(Identifier.model_validate(each) for each in case.patient_ids)
    gone = [each for each in patient_keys(Identifier(id=number) for number, _ in lost) if each not in left]
    session.execute(delete(CaseKey).where(CaseKey.case_id == case.id, CaseKey.key.in_(gone)))
    detail = {"fields": [*sorted(again), "ids", *(["other_names"] if others else [])], "why": _WHY}
    audit.note(
        session, node.clock, actor=actor, action="case-identity-changed", subject=case.case_number, detail=detail
    )


def _names_lost(session: Session, case: Case, told: set[str]) -> list[str]:
    """Return the other names of a case that only the merges which told them brought, and none that stands."""
    own = set(case.other_names)
    for before, after in _by_merges(case):
        own -= set(after["other_names"]) - set(before["other_names"])
    kept = own | names_reached(session, case)
    return [each for each in case.other_names if each in told and each not in kept]


def _part_own_words(case: Case, lost: set[_Number], names: Sequence[str]) -> None:
    """Take what is lost from what a case said before an unconfirmed correction, and end that where nothing is left."""
    if case.own_words:
        ids = [each for each in case.own_words["ids"] if _pair(each) not in lost]
        others = [each for each in case.own_words["other_names"] if each not in names]
        own = case.own_words | {"ids": ids, "other_names": others}
        case.own_words = own if own != words_of(case) else {}


def _called_before(case: Case, lost: set[_Number]) -> dict[str, Any]:
    """Return what a case said of its patient before a merge brought a number, where nothing was corrected since."""
    present = _identities(case)[-1]
    again: dict[str, Any] = {}
    for before, after in _by_merges(case):
        if (_pairs(after["ids"]) - _pairs(before["ids"])) & lost:
            for name in _NAMED:
                if before[name] != after[name] == present[name]:
                    again.setdefault(name, before[name])
    return again


def _flag_studies(session: Session, case: Case, numbers: set[_Number]) -> None:
    """Show a person the studies that are linked to a case and bear one of some numbers."""
    linked = (
        select(Study, Patient)
        .join(Match, Match.study_id == Study.id)
        .join(Patient, Patient.id == Study.patient_id)
        .where(Match.case_id == case.id, Match.ended_at.is_(None), Study.state != "purged")
    )
    for study, patient in session.execute(linked):
        borne = {(patient.patient_id, patient.issuer), *_pairs(study.other_ids)}
        if any(_may_be_one(each, number) for each in borne for number in numbers):
            study.flagged = True


def _ids(case: Case) -> set[_Number]:
    return _pairs(case.patient_ids)


def _pairs(ids: Iterable[dict[str, str]]) -> set[_Number]:
    return {_pair(each) for each in ids}


def _may_be_one(one: _Number, other: _Number) -> bool:
    """Say whether two numbers may be one: images often name no issuer, or name it in another way."""
    return one[0] == other[0] and may_be_one_issuer(one[1], other[1])


def _pair(known: dict[str, str]) -> _Number:
    return known.get("id", ""), known.get("issuer", "")
