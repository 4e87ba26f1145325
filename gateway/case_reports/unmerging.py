"""Merges of identifiers that are taken back: the cases concerned lose what the merge alone told them.

A site takes its own word back (HL7 2.5.1 section 3.3.37, event A37), or a person does so at the desk. A case keeps the
numbers that it had before and those that merges which still stand join with them. Its patient is called what they are
by all that was told under the numbers which it keeps: what came under the others while the merge stood, a correction or
an order, is somebody else's (`provenance.py`). What was told stands among its former identities, so
that it is still looked for in texts and images. Where it cannot be told which number is a case's own, because a person
merged two cases into it or it named nobody before, it is left as it is. No link is cut here: each study that is linked
under a number which its case lost, or has by this merge, is flagged for a person, and the matcher judges its own links
again (`gateway.pipeline.judge_again`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway import audit
from gateway.case_models import KnownMerge
from gateway.case_reports.case_keys import cases_bearing, forget_numbers, patient_keys
from gateway.case_reports.document import Identifier
from gateway.case_reports.filing import Source, remember_source
from gateway.case_reports.flagging import flag_studies
from gateway.case_reports.former import TAKEN_BACK, Number, call, pair_of, pairs_of, put_aside, take_back
from gateway.case_reports.known_merges import names_reached, numbers_merged, numbers_of
from gateway.case_reports.merge_chains import is_chain, merges_joining
from gateway.case_reports.parted_pairs import keep_partings
from gateway.case_reports.parts import Part
from gateway.case_reports.provenance import (
    Sides,
    called_for_sure,
    called_here,
    names_told_elsewhere,
    names_told_here,
    numbers_told_beside,
    numbers_told_elsewhere,
    own_numbers,
    places_told_elsewhere,
    told_here_at,
    told_instead,
)
from gateway.case_reports.told_at import forget_told
from gateway.case_reports.unconfirmed import keep_own_words, words_of
from gateway.case_reports.waking import wake_studies
from gateway.links import get_case
from gateway.models import Case
from gateway.node import Node

_CALLED = ("name", "birth_date", "birth")
_CHAIN = (
    "the two were one patient by {0} merges with others in between, and all {0} are taken back: "
    "send those that are right once more (A40)"
)


class NeverMerged(NotFound):
    """Two identifiers of which nobody said that they are of one patient (HL7 table 0357: 204)."""


def unmerge_patients(
    session: Session, node: Node, site: str, part: Part, source: Source
) -> tuple[list[Case], str | None]:
    """Take back that a part's two patients are one; return the cases that changed by it, and what to know of it.

    Where they are one by merges with others it cannot be told which of these is wrong: all of the chain are taken back.

    Raises:
        NeverMerged: no merges made one patient of the two.
    """
    assert part.document is not None  # an unlink always names its patients  # noqa: S101
    one, other = ({(each.id, each.issuer) for each in side} for side in (part.document.patient.ids, part.old_ids))
    rows = merges_joining(session, site, one, other)
    if not rows:
        raise NeverMerged(
            "the two patients were not merged with each other: name them by the numbers, with their assigning "
            "authorities, that the merge named in PID-3 and MRG-1"
        )
    note = _CHAIN.format(len(rows)) if is_chain(rows, one, other) else None
    changed = take_back_merges(session, node, site, rows, actor=source.actor, made_at=source.made_at)
    for case in changed:
        remember_source(session, node, case, source)
    return changed, note


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


def take_back_merges(
    session: Session, node: Node, site: str, rows: Sequence[KnownMerge], *, actor: str, made_at: str = ""
) -> list[Case]:
    """Forget merges that a site told, and let its cases lose what they brought; return the cases that changed.

    `made_at` is when the sender made the message that takes them back.
    """
    pairs = [numbers_of(row) for row in rows]
    told = {name for row in rows for name in row.names}
    keys = patient_keys(Identifier(id=number, issuer=issuer) for pair in pairs for number, issuer in pair)
    cases = [case for case in cases_bearing(session, site, keys) if any(set(pair) <= _ids(case) for pair in pairs)]
    keep_partings(session, node, site, rows, made_at)
    for row in rows:
        audit.note(session, node.clock, actor=actor, action="merge-taken-back", subject=site, detail={"merge": row.id})
        session.delete(row)
    session.flush()
    changed = []
    for case in cases:
        sides = _sides(session, case, pairs)
        if not sides.lost:
            flag_studies(session, case, {number for pair in pairs for number in pair})
            continue
        _part(session, node, case, sides, told, actor=actor, made_at=made_at)
        changed.append(case)
    return changed


def _merges_among(session: Session, site: str, ids: set[Number]) -> list[KnownMerge]:
    """Return the merges of which both numbers are among some, in the order in which they were told."""
    numbers = {number for number, _ in ids}
    among = KnownMerge.old_id.in_(numbers) & KnownMerge.surviving_id.in_(numbers)
    rows = session.scalars(select(KnownMerge).where(KnownMerge.site == site, among).order_by(KnownMerge.id))
    return [row for row in rows if set(numbers_of(row)) <= ids]


def _sides(session: Session, case: Case, pairs: Sequence[tuple[Number, Number]]) -> Sides:
    """Return which numbers a case loses, that only merges brought and none that stands joins with its own."""
    joined = select(Case.id).where(Case.merged_into_id == case.id)
    if session.scalar(joined.limit(1)) is not None:
        return Sides(frozenset(), frozenset(), gave_way=False)
    own = own_numbers(case)
    merged = numbers_merged(session, case, own)
    near = frozenset((merged | {number for pair in pairs for number in pair}) & (own | merged))
    lost = frozenset(_ids(case) - own - merged - numbers_told_beside(case, near))
    sides = Sides(near, lost, gave_way=any(surviving in lost for _, surviving in pairs))
    return replace(sides, lost=lost | numbers_told_elsewhere(case, sides))


def _part(session: Session, node: Node, case: Case, sides: Sides, told: set[str], *, actor: str, made_at: str) -> None:
    """Take the numbers and names that are lost from a case, and call its patient what they were called before.

    Where something was told under numbers of both sides it stays, and no link rests on it until it is confirmed; every
    study of the case is flagged.
    """
    again, sure = called_here(case, sides), called_for_sure(case, sides)
    in_doubt = any(sure.get(field) != again.get(field) for field in {*_CALLED, "sex"})
    flag_studies(session, case, _ids(case) if in_doubt else sides.lost)
    ids = [each for each in case.patient_ids if pair_of(each) not in sides.lost]
    here, elsewhere = names_told_here(case, sides), told | names_told_elsewhere(case, sides)
    kept = here | names_reached(session, case, pairs_of(ids))
    others = [each for each in case.other_names if each in elsewhere and each not in kept]
    before, instead, told_at = words_of(case), told_instead(case, sides), told_here_at(case, sides)
    take_back(case, places_told_elsewhere(case, sides))
    put_aside(case, node.clock(), TAKEN_BACK, names=others, made_at=made_at)
    call(case, again)
    forget_told(case, again)
    case.told_at = case.told_at | {field: at for field, at in told_at.items() if field in again}
    case.patient_ids = ids
    case.other_names = [each for each in case.other_names if each not in others]
    lost = {number for number, _ in sides.lost}
    case.id_kinds = {each: kind for each, kind in case.id_kinds.items() if each not in lost}
    _part_own_words(case, sides.lost, others, instead)
    if in_doubt:
        keep_own_words(case, words_of(case) | {field: sure.get(field, before[field]) for field in _CALLED})
    forget_numbers(session, case, lost)
    detail = {"fields": [*sorted(again), "ids", *(["other_names"] if others else [])], "why": TAKEN_BACK}
    audit.note(
        session, node.clock, actor=actor, action="case-identity-changed", subject=case.case_number, detail=detail
    )


def _part_own_words(
    case: Case, lost: Collection[Number], names: Sequence[str], instead: Sequence[tuple[str, Any, Any]]
) -> None:
    """Take what is lost from what a case said before an unconfirmed correction, and end that where nothing is left."""
    if case.own_words:
        ids = [each for each in case.own_words["ids"] if pair_of(each) not in lost]
        others = [each for each in case.own_words["other_names"] if each not in names]
        own = case.own_words | {"ids": ids, "other_names": others}
        for field, told, said in instead:
            if own.get(field) == told:
                own[field] = said
        case.own_words = own if own != words_of(case) else {}


def _ids(case: Case) -> set[Number]:
    return pairs_of(case.patient_ids)
