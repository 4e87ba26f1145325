"""The index in the database: what is kept of open cases and waiting studies, and who looks again when a case changes.

Whoever makes or changes cases calls `cases_changed` afterwards; the match stage keeps the studies' side, also of those
that it linked, so that a late rival of their case is noticed. Both lock the site's row, so that a study and its case
that arrive at the same moment do not miss each other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, delete, exists, func, insert, null, select
from sqlalchemy.orm import Session

from gateway.matching.ages import ages_in
from gateway.matching.blocking import RARE, BlockKeys, case_block_keys
from gateway.matching.keys import case_keys
from gateway.matching.models import CaseBlock, SecondLook, StudyBlock
from gateway.matching.report_words import said_body_parts, said_modalities, same_body_part, same_modality
from gateway.models import Case, Match, Return, Site, Study

_AT_ONCE = 250


def cases_changed(session: Session, cases: Sequence[Case]) -> None:
    """Keep the keys of cases, and let the waiting studies that share one look again (`gateway.pipeline.second_look`).

    To be called in the transaction that made, corrected, merged, closed or opened them.
    """
    for name in sorted({case.site for case in cases}):
        site = lock_site(session, name)
        here = [case for case in cases if case.site == name]
        for start in range(0, len(here), _AT_ONCE):
            _keep(session, site, here[start : start + _AT_ONCE])


def case_changed(session: Session, case: Case) -> None:
    """Keep the keys of one case as `cases_changed` does."""
    cases_changed(session, [case])


def study_waits(session: Session, study_id: int, keys: BlockKeys) -> None:
    """Keep the keys of a study that looked and found no case, so that a late case finds it."""
    studies_go_on(session, [study_id])
    rows = [{"key": key, "study_id": study_id} for key in sorted(keys.numbers)]
    session.execute(insert(StudyBlock), rows)


def study_may_have_rivals(session: Session, study_id: int, keys: BlockKeys) -> None:
    """Keep the keys of a study that the matcher linked, so that a late case that is more like its own is noticed.

    The words of its name are left out: they are counted, and would hide the studies that wait.
    """
    session.execute(delete(StudyBlock).where(StudyBlock.study_id == study_id))
    rows = [{"key": key, "study_id": study_id} for key in sorted(keys.naming | keys.narrowing)]
    session.execute(insert(StudyBlock), rows)


def studies_go_on(session: Session, study_ids: Iterable[int]) -> None:
    """Forget the keys of studies that no late case concerns any more, and why they should have looked again."""
    ids = list(study_ids)
    session.execute(delete(StudyBlock).where(StudyBlock.study_id.in_(ids)))
    session.execute(delete(SecondLook).where(SecondLook.study_id.in_(ids)))


def read_before(session: Session, day: datetime) -> list[int]:
    """Return the studies in the index that have a case, and whose read was signed before a day."""
    query = select(Study.id).where(
        Study.state == "read",
        exists().where(StudyBlock.study_id == Study.id),
        exists().where(Return.study_id == Study.id, Return.created_at < day),
        exists().where(Match.study_id == Study.id, Match.ended_at.is_(None)),
    )
    return list(session.scalars(query))


def lock_site(session: Session, site: str) -> Site:
    """Return the site's row, locked until the transaction ends where the database locks rows."""
    return session.get_one(Site, site, with_for_update=True)


def _keep(session: Session, site: Site, cases: Sequence[Case]) -> None:
    for case in cases:
        case.said = _said(case)
    session.flush()
    ids, opened = [case.id for case in cases], [case for case in cases if case.state == "open"]
    known = set(session.scalars(select(CaseBlock.case_id).where(CaseBlock.case_id.in_(ids)).distinct()))
    site.open_cases += len(opened) - len(known)
    if known:
        _let_look(session, sorted(known), anew=True)
        session.execute(delete(CaseBlock).where(CaseBlock.case_id.in_(sorted(known))))
    if opened:
        rows = [row for case in opened for row in block_rows(case.id, case_block_keys(site.name, case_keys(case)))]
        session.execute(insert(CaseBlock), rows)
        _let_look(session, [case.id for case in opened], anew=False)


def block_rows(case_id: int, keys: BlockKeys) -> list[dict[str, int | bool]]:
    """Return the rows of the index that a case has by its keys."""
    narrow = keys.naming | keys.narrowing
    return [{"key": key, "case_id": case_id, "word": key not in narrow} for key in sorted(keys.numbers)]


def _let_look(session: Session, case_ids: list[int], *, anew: bool) -> None:
    """Let the waiting studies that share a key with cases look again, at all cases `anew` or at these.

    A word of a name counts where few bear it.
    """
    why = cast(null(), BigInteger) if anew else CaseBlock.case_id
    of_cases = CaseBlock.case_id.in_(case_ids)
    common = (
        select(StudyBlock.key)
        .join(CaseBlock, CaseBlock.key == StudyBlock.key)
        .where(of_cases, CaseBlock.word)
        .group_by(StudyBlock.key)
        .having(func.count(StudyBlock.study_id.distinct()) > RARE)
    )
    near = (
        select(StudyBlock.study_id, why)
        .join(CaseBlock, CaseBlock.key == StudyBlock.key)
        .where(of_cases, CaseBlock.key.not_in(common))
        .distinct()
    )
    session.execute(insert(SecondLook).from_select(["study_id", "case_id"], near))


def _said(case: Case) -> dict[str, Any]:
    """Return what the case's words say was examined, and of what age."""
    requested = [each for study in case.requested_studies for each in study.values() if isinstance(each, str)]
    words = "\n".join((case.question, *requested, case.report_text))
    modalities = {same_modality(study.get("modality") or "") for study in case.requested_studies} - {""}
    body_parts = {same_body_part(study.get("body_part") or "") for study in case.requested_studies} - {""}
    return {
        "modalities": sorted(modalities | said_modalities(words)),
        "body_parts": sorted(body_parts | said_body_parts(words)),
        "ages": sorted(ages_in(words)),
    }
