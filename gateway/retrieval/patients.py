"""Search at the level of patients, which QIDO-RS has not: one answer for each pseudonym (PS3.4 section C.6.1.1.2)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import distinct, exists, func, select
from sqlalchemy.orm import Session

from gateway.retrieval.asking import PATIENT_COUNTS
from viewer_api.dicomweb.matching import to_clauses
from viewer_api.dicomweb.query import Query
from viewer_api.levels import select as select_keys
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy

_IS_PUBLISHED = exists().where(PublishedInstance.study_uid == PublishedStudy.study_uid)
_COUNTED: dict[str, Any] = {
    "studies": select(PublishedStudy.pseudonym, func.count(distinct(PublishedStudy.study_uid))).where(_IS_PUBLISHED),
    "series": select(PublishedStudy.pseudonym, func.count()).join(
        PublishedSeries, PublishedSeries.study_uid == PublishedStudy.study_uid
    ),
    "instances": select(PublishedStudy.pseudonym, func.count()).join(
        PublishedInstance, PublishedInstance.study_uid == PublishedStudy.study_uid
    ),
}


def search_patients(session: Session, query: Query) -> tuple[list[dict[str, Any]], int]:
    """Return one page of answers, and whether more follow as a number that is not 0."""
    found = select(func.max(PublishedStudy.study_uid)).where(_IS_PUBLISHED).group_by(PublishedStudy.pseudonym)
    found = found.where(*to_clauses(query, "study"))
    page = found.order_by(PublishedStudy.pseudonym).limit(query.limit + 1).offset(query.offset)
    uids = list(session.scalars(page))
    rows = session.scalars(
        select(PublishedStudy)
        .where(PublishedStudy.study_uid.in_(uids[: query.limit]))
        .order_by(PublishedStudy.pseudonym)
    )
    answers = []
    for study in rows:
        answer = select_keys(study.attributes, query.fields)
        answer["00100020"] = {"vr": "LO", "Value": [study.pseudonym]}
        answers.append(answer)
    return answers, max(len(uids) - query.limit, 0)


def add_patient_counts(session: Session, answers: Sequence[dict[str, Any]], keys: Iterable[str]) -> None:
    """Add to answers that name their patient how much there is of each patient, where that was asked for."""
    pseudonyms = [answer["00100020"]["Value"][0] for answer in answers if "Value" in answer.get("00100020", {})]
    for key in set(keys) & set(PATIENT_COUNTS):
        statement = _COUNTED[PATIENT_COUNTS[key]].where(PublishedStudy.pseudonym.in_(pseudonyms))
        counts = {row[0]: row[1] for row in session.execute(statement.group_by(PublishedStudy.pseudonym))}
        for answer in answers:
            name = answer.get("00100020", {}).get("Value", [None])[0]
            answer[key] = {"vr": "IS", "Value": [counts.get(name, 0)]}
