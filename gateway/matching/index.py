"""The index in the database: what is kept of open cases and waiting studies, and what a look-up finds.

Whoever makes or changes a case calls `case_changed` afterwards; the match stage keeps the studies' side. Both lock the
site's row, so that a study and its case that arrive at the same moment do not miss each other.
"""

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.desk_models import Rejection
from gateway.matching.blocking import RARE, BlockKeys, case_block_keys, study_block_keys
from gateway.matching.evidence import Population
from gateway.matching.keys import CaseKeys, StudyKeys, case_keys
from gateway.matching.models import CaseBlock, StudyBlock
from gateway.matching.report_words import said_body_parts, said_modalities, same_body_part, same_modality
from gateway.models import Case, Site, Study

KEY_COLUMNS = (
    Case.id,
    Case.case_number,
    Case.study_uids,
    Case.accession_numbers,
    Case.patient_ids,
    Case.patient_name,
    Case.other_names,
    Case.birth_date,
    Case.sex,
    Case.study_date,
    Case.report_date,
    Case.modality,
    Case.body_part,
    Case.said,
)
_MOST_NAMED = 200
_MOST_NARROWED = 25


def case_changed(session: Session, case: Case) -> int:
    """Keep a case's keys and wake the waiting studies that share one; return how many were woken.

    To be called in the transaction that made, corrected, merged, closed or opened the case.
    """
    site = lock_site(session, case.site)
    case.said = _said(case)
    session.flush()
    known = select(CaseBlock.key).where(CaseBlock.case_id == case.id).limit(1)
    site.open_cases += (case.state == "open") - (session.scalar(known) is not None)
    session.execute(delete(CaseBlock).where(CaseBlock.case_id == case.id))
    if case.state != "open":
        return 0
    keys = case_block_keys(case.site, case_keys(case))
    numbers = {*keys.naming, *keys.narrowing, *keys.terms.values()}
    session.execute(insert(CaseBlock), [{"key": key, "case_id": case.id} for key in sorted(numbers)])
    return _wake(session, keys)


def study_waits(session: Session, study_id: int, keys: BlockKeys) -> None:
    """Keep the keys of a study that found no case, so that a late case finds it."""
    study_goes_on(session, study_id)
    numbers = sorted({*keys.naming, *keys.narrowing, *keys.terms.values()})
    session.execute(insert(StudyBlock), [{"key": key, "study_id": study_id} for key in numbers])


def study_goes_on(session: Session, study_id: int) -> None:
    """Forget the keys of a study that waits no more."""
    session.execute(delete(StudyBlock).where(StudyBlock.study_id == study_id))


def cases_near(session: Session, study: Study, keys: StudyKeys) -> tuple[list[CaseKeys], Population, BlockKeys]:
    """Return the open cases worth comparing with a study, among whom it looks, and by which keys it was looked for.

    What a person said does not belong together is left out.
    """
    blocks = study_block_keys(study.site, keys)
    counts = _counts(session, CaseBlock.key, blocks)
    narrowing = blocks.narrowing | {key for key, count in counts.items() if count <= RARE}
    ids = {*_found(session, blocks.naming, _MOST_NAMED), *_found(session, narrowing, _MOST_NARROWED)}
    rejected = select(Rejection.case_id).where(Rejection.study_id == study.id)
    near = select(*KEY_COLUMNS).where(Case.id.in_(sorted(ids)), Case.state == "open", Case.id.not_in(rejected))
    rows = session.execute(near)
    names = {word: counts.get(key, 0) for word, key in blocks.terms.items()}
    return [case_keys(row) for row in rows], Population(session.get_one(Site, study.site).open_cases, names), blocks


def lock_site(session: Session, site: str) -> Site:
    """Return the site's row, locked until the transaction ends where the database locks rows."""
    return session.get_one(Site, site, with_for_update=True)


def _found(session: Session, keys: Iterable[int], most: int) -> list[int]:
    """Return the cases that share a key, those that share most keys first."""
    query = (
        select(CaseBlock.case_id)
        .where(CaseBlock.key.in_(sorted(keys)))
        .group_by(CaseBlock.case_id)
        .order_by(func.count().desc(), CaseBlock.case_id)
        .limit(most)
    )
    return list(session.scalars(query))


def _counts(session: Session, column: InstrumentedAttribute[int], keys: BlockKeys) -> dict[int, int]:
    """Return how many cases, or how many waiting studies, bear each word of a name."""
    query = select(column, func.count()).where(column.in_(sorted(keys.terms.values()))).group_by(column)
    return {key: int(count) for key, count in session.execute(query)}


def _wake(session: Session, keys: BlockKeys) -> int:
    rare = {key for key, count in _counts(session, StudyBlock.key, keys).items() if count <= RARE}
    near = select(StudyBlock.study_id).where(StudyBlock.key.in_(sorted(keys.naming | keys.narrowing | rare)))
    woken = session.scalars(select(Study).where(Study.id.in_(near), Study.state == "unmatched")).all()
    for study in woken:
        study.wanted_revision += 1
    return len(woken)


def _said(case: Case) -> dict[str, list[str]]:
    """Return what the case's words say was examined."""
    requested = [each for study in case.requested_studies for each in study.values() if isinstance(each, str)]
    words = "\n".join((case.question, *requested, case.report_text))
    modalities = {same_modality(study.get("modality") or "") for study in case.requested_studies} - {""}
    body_parts = {same_body_part(study.get("body_part") or "") for study in case.requested_studies} - {""}
    return {
        "modalities": sorted(modalities | said_modalities(words)),
        "body_parts": sorted(body_parts | said_body_parts(words)),
    }
