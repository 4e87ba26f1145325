"""Merges of identifiers that a site told, kept for the cases that come later (HL7 2.5.1 sections 3.3.40 and 3.3.47).

A case that is filed or corrected under one of the identifiers gets all that were merged with it, through chains and
round cycles, and the names told with them; so its studies are found under any. A number that somebody else bears too
joins nobody: where it is of the same issuer, what is told of given name and birth date must agree; where one side
leaves the issuer unsaid, the whole name and the birth date must be told and agree.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway import audit
from gateway.case_models import KnownMerge
from gateway.case_reports.document import MOST_IDS, Identifier, PatientIdentifier, PatientPart
from gateway.case_reports.former import BY_EARLIER_MERGE, Number, pairs_of
from gateway.case_reports.identities import Identity, change_identity, may_be_one, same_name_and_birth
from gateway.case_reports.parts import Part
from gateway.case_reports.unconfirmed import is_sure, keep_own_words, known_of, words_of
from gateway.models import Case
from gateway.node import Node


def keep_merge(session: Session, node: Node, site: str, part: Part, *, actor: str) -> bool:
    """Keep what a part says of two identifiers; return whether anything of it was new."""
    assert part.document is not None  # a merge always names its patient  # noqa: S101
    patient = part.document.patient
    names = [name for name in dict.fromkeys((patient.name, *patient.other_names, *part.old_names)) if name]
    new = False
    for old, surviving in merged_pairs(part.old_ids, patient.ids):
        row = session.scalar(
            select(KnownMerge).where(
                KnownMerge.site == site,
                KnownMerge.old_id == old.id,
                KnownMerge.old_issuer == old.issuer,
                KnownMerge.surviving_id == surviving.id,
                KnownMerge.surviving_issuer == surviving.issuer,
            )
        )
        if row is None:
            row = KnownMerge(
                site=site,
                old_id=old.id,
                old_issuer=old.issuer,
                surviving_id=surviving.id,
                surviving_issuer=surviving.issuer,
                names=[],
                birth_date="",
                received_at=node.clock(),
            )
            session.add(row)
        if row.id is not None and set(names) <= set(row.names) and patient.birth_date in {"", row.birth_date}:
            continue
        row.names = [*row.names, *(name for name in names if name not in row.names)][:MOST_IDS]
        row.birth_date = patient.birth_date or row.birth_date
        new = True
        session.flush()
        audit.note(session, node.clock, actor=actor, action="merge-kept", subject=site, detail={"merge": row.id})
    return new


def adopt_merges(session: Session, node: Node, case: Case, *, actor: str) -> bool:
    """Give a case the identifiers that were merged with its own, and their names; return whether any was new."""
    known = list(_merged_with(session, case, pairs_of(case.patient_ids)))
    numbers = {pair: {"id": pair[0], "issuer": pair[1]} for row in known for pair in numbers_of(row)}
    names = dict.fromkeys(name for row in known for name in row.names if name != case.patient_name)
    said = Identity(ids=tuple(numbers.values()), other_names=tuple(names))
    before = words_of(case)
    ids, told = [PatientIdentifier(id=number, issuer=issuer) for number, issuer in numbers], known_of(session, case)
    sure = all(is_sure(case, PatientPart(name=name, ids=tuple(ids[:MOST_IDS])), told) for name in names or ("",))
    changed = change_identity(session, node.clock, case, said, actor=actor, why=BY_EARLIER_MERGE)
    if not sure:
        keep_own_words(case, before)
    return changed


def numbers_merged(session: Session, case: Case, own: set[Number]) -> set[Number]:
    """Return the numbers that the merges which stand join with some of a case's patient, these too."""
    return {pair for row in _merged_with(session, case, own) for pair in numbers_of(row)}


def names_reached(session: Session, case: Case, own: set[Number]) -> set[str]:
    """Return the names that the merges which stand tell of who bears some numbers of a case's patient."""
    return {name for row in _merged_with(session, case, own) for name in row.names}


def numbers_of(row: KnownMerge) -> tuple[Number, Number]:
    """Return the number that is given up with its issuer, then the one that stays."""
    return (row.old_id, row.old_issuer), (row.surviving_id, row.surviving_issuer)


def merged_pairs(old_ids: Sequence[Identifier], ids: Sequence[Identifier]) -> Iterator[tuple[Identifier, Identifier]]:
    """Yield each identifier that is given up with the one that stays: of its issuer, else the first named."""
    for old in old_ids:
        others = [each for each in ids if each != old]
        staying = [each for each in others if each.issuer == old.issuer] or others
        if staying and old not in ids:
            yield old, staying[0]


def _merged_with(session: Session, case: Case, own: set[Number]) -> Iterable[KnownMerge]:
    """Return the merges that concern some numbers of a case's patient, each once, as far as a case may have them."""
    numbers = set(own)
    found: dict[int, KnownMerge] = {}
    asked: set[str] = set()
    while (fresh := {number for number, _ in numbers} - asked) and len(numbers) < MOST_IDS:
        asked |= fresh
        touching = or_(KnownMerge.old_id.in_(fresh), KnownMerge.surviving_id.in_(fresh))
        rows = select(KnownMerge).where(KnownMerge.site == case.site, touching).order_by(KnownMerge.id)
        for row in session.scalars(rows.limit(MOST_IDS)):
            if row.id not in found and _concerns(case, row, numbers):
                found[row.id] = row
                numbers.update(numbers_of(row))
    return found.values()


def _concerns(case: Case, row: KnownMerge, numbers: set[Number]) -> bool:
    told = PatientPart(
        name="=".join(row.names)[:500],
        birth_date=row.birth_date,
        ids=tuple(PatientIdentifier(id=number, issuer=issuer) for number, issuer in numbers),
    )
    if numbers & set(numbers_of(row)):
        return may_be_one(row.names, row.birth_date, case)
    return same_name_and_birth(case, told) and any(
        number == each and not (issuer and other) for number, issuer in numbers_of(row) for each, other in numbers
    )
