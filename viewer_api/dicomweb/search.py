"""Search the index at one level and compose the answers in the DICOM JSON model (PS3.18 tables 10.6.3-3 to 10.6.3-5).

Counts and modalities come from grouped queries over the page found, so that a page costs a fixed number of queries.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from viewer_api.dicomweb.bulk_addresses import with_addresses
from viewer_api.dicomweb.matching import MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY, to_clauses
from viewer_api.dicomweb.query import Level, Query
from viewer_api.levels import keys_of
from viewer_api.levels import select as select_keys
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy

Answer = dict[str, Any]
STUDY_INSTANCE_UID, SERIES_INSTANCE_UID, RETRIEVE_URL = "0020000D", "0020000E", "00081190"

STUDY_ANSWER = keys_of(
    "SpecificCharacterSet StudyDate StudyTime AccessionNumber ReferringPhysicianName TimezoneOffsetFromUTC PatientName "
    "PatientID PatientBirthDate PatientSex StudyInstanceUID StudyID StudyDescription"
)
SERIES_ANSWER = keys_of(
    "SpecificCharacterSet Modality TimezoneOffsetFromUTC SeriesDescription SeriesInstanceUID SeriesNumber "
    "PerformedProcedureStepStartDate PerformedProcedureStepStartTime RequestAttributesSequence BodyPartExamined"
)
_BITS_ALLOCATED = PublishedInstance.attributes[("00280100", "Value", 0)].as_integer()


def search(session: Session, level: Level, query: Query, scope: Sequence[Any], base: str) -> tuple[list[Answer], int]:
    """Return one page of answers and how many matches follow it; `scope` are conditions from the resource's path."""
    statement = _STATEMENTS[level]
    for clause in (*scope, *to_clauses(query, level)):
        statement = statement.where(clause)
    rows = session.execute(statement.limit(query.limit + 1).offset(query.offset)).all()
    page = rows[: query.limit]
    remaining = 0
    if len(rows) > query.limit:
        total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
        remaining = total - query.offset - len(page)
    answers = _COMPOSERS[level](session, page, query, base)
    for above in _LEVELS_ABOVE[level][: len(_LEVELS_ABOVE[level]) - len(scope)]:
        _add_level(session, above, answers, query, base)
    return answers, remaining


_STUDIES: Any = (
    select(PublishedStudy)
    .where(exists().where(PublishedInstance.study_uid == PublishedStudy.study_uid))  # not what was withdrawn
    .order_by(PublishedStudy.study_date.desc(), PublishedStudy.study_time.desc(), PublishedStudy.study_uid)
)
_SERIES: Any = (
    select(PublishedSeries, PublishedStudy)
    .join(PublishedStudy, PublishedStudy.study_uid == PublishedSeries.study_uid)
    .order_by(PublishedSeries.study_uid, PublishedSeries.number, PublishedSeries.series_uid)
)
ORDER_OF_INSTANCES = (
    PublishedInstance.study_uid,
    PublishedInstance.series_uid,
    PublishedInstance.number,
    PublishedInstance.sop_instance_uid,
)
_INSTANCES: Any = (
    select(
        PublishedInstance.sop_instance_uid,
        PublishedInstance.sop_class_uid,
        PublishedInstance.number,
        PublishedInstance.rows.label("image_rows"),
        PublishedInstance.columns.label("image_columns"),
        PublishedInstance.frames,
        _BITS_ALLOCATED.label("bits"),
        PublishedInstance.transfer_syntax_uid,
        PublishedInstance.series_uid,
        PublishedInstance.study_uid,
    )
    .join(PublishedSeries, PublishedSeries.series_uid == PublishedInstance.series_uid)
    .join(PublishedStudy, PublishedStudy.study_uid == PublishedInstance.study_uid)
    .order_by(*ORDER_OF_INSTANCES)
)
_STATEMENTS: dict[Level, Any] = {"study": _STUDIES, "series": _SERIES, "instance": _INSTANCES}


def _compose_studies(session: Session, rows: Sequence[Any], query: Query, base: str) -> list[Answer]:
    uids = [row[0].study_uid for row in rows]
    modalities = _gather(session, PublishedSeries.study_uid, PublishedSeries.modality, uids)
    classes = _gather(session, PublishedInstance.study_uid, PublishedInstance.sop_class_uid, uids)
    series = _count(session, PublishedSeries.study_uid, uids)
    instances = _count(session, PublishedInstance.study_uid, uids)
    answers = []
    for (study,) in rows:
        uid = study.study_uid
        answer = _own(study.attributes, STUDY_ANSWER, query)
        answer[STUDY_INSTANCE_UID] = _attribute("UI", uid)
        answer["00080056"] = _attribute("CS", "ONLINE")
        answer[MODALITIES_IN_STUDY] = _attribute("CS", *modalities.get(uid, ()))
        if query.asks_for(SOP_CLASSES_IN_STUDY):
            answer[SOP_CLASSES_IN_STUDY] = _attribute("UI", *classes.get(uid, ()))
        answer[RETRIEVE_URL] = _attribute("UR", f"{base}/studies/{uid}")
        answer["00201206"] = _attribute("IS", series.get(uid, 0))
        answer["00201208"] = _attribute("IS", instances.get(uid, 0))
        answers.append(_sorted(answer))
    return answers


def _compose_series(session: Session, rows: Sequence[Any], query: Query, base: str) -> list[Answer]:
    instances = _count(session, PublishedInstance.series_uid, [series.series_uid for series, _study in rows])
    answers = []
    for series, study in rows:
        answer = _own(study.attributes, frozenset(), query) | _own(series.attributes, SERIES_ANSWER, query)
        answer["00080060"] = _attribute("CS", series.modality)
        answer[STUDY_INSTANCE_UID] = _attribute("UI", series.study_uid)
        answer[SERIES_INSTANCE_UID] = _attribute("UI", series.series_uid)
        answer[RETRIEVE_URL] = _attribute("UR", f"{base}/studies/{series.study_uid}/series/{series.series_uid}")
        answer["00201209"] = _attribute("IS", instances.get(series.series_uid, 0))
        answers.append(_sorted(answer))
    return answers


def _compose_instances(session: Session, rows: Sequence[Any], query: Query, base: str) -> list[Answer]:
    headers: dict[str, Answer] = {}
    if query.fields or query.all_fields:
        uids = [row.sop_instance_uid for row in rows]
        headers = {key: header for part in _chunks(uids) for key, header in _headers(session, part)}
    answers = []
    for row in rows:
        path = f"studies/{row.study_uid}/series/{row.series_uid}/instances/{row.sop_instance_uid}"
        header = with_addresses(headers.get(row.sop_instance_uid, {}), f"{base}/{path}/bulkdata")
        answer = _own(header, frozenset(), query)
        answer["00080016"] = _attribute("UI", row.sop_class_uid)
        answer["00080018"] = _attribute("UI", row.sop_instance_uid)
        answer["00080056"] = _attribute("CS", "ONLINE")
        answer[STUDY_INSTANCE_UID] = _attribute("UI", row.study_uid)
        answer[SERIES_INSTANCE_UID] = _attribute("UI", row.series_uid)
        answer["00200013"] = _attribute("IS", row.number)
        answer["00280010"] = _attribute("US", row.image_rows)
        answer["00280011"] = _attribute("US", row.image_columns)
        answer["00280100"] = _attribute("US", row.bits)
        if row.frames > 1:
            answer["00280008"] = _attribute("IS", row.frames)
        answer["00083002"] = _attribute("UI", row.transfer_syntax_uid)
        answer[RETRIEVE_URL] = _attribute("UR", f"{base}/{path}")
        answers.append(_sorted(answer))
    return answers


def _add_level(session: Session, level: Level, answers: list[Answer], query: Query, base: str) -> None:
    """Add to answers what a search at a higher level would say of what they belong to; their own words come first."""
    key = STUDY_INSTANCE_UID if level == "study" else SERIES_INSTANCE_UID
    column = PublishedStudy.study_uid if level == "study" else PublishedSeries.series_uid
    known: dict[str, Answer] = {}
    for part in _chunks(sorted({answer[key]["Value"][0] for answer in answers})):
        rows = session.execute(_STATEMENTS[level].where(column.in_(part))).all()
        known.update((answer[key]["Value"][0], answer) for answer in _COMPOSERS[level](session, rows, query, base))
    for place, answer in enumerate(answers):
        answers[place] = _sorted(known[answer[key]["Value"][0]] | answer)


_LEVELS_ABOVE: dict[Level, Sequence[Level]] = {"study": (), "series": ("study",), "instance": ("series", "study")}
"""The levels whose words are added where the resource does not name them (PS3.18 section 10.6.3.3), nearest first."""

_COMPOSERS: dict[Level, Callable[[Session, Sequence[Any], Query, str], list[Answer]]] = {
    "study": _compose_studies,
    "series": _compose_series,
    "instance": _compose_instances,
}


def _own(attributes: Answer, always: frozenset[str], query: Query) -> Answer:
    """Return what an answer takes from a kept header: what always comes and what was asked for."""
    if query.all_fields:
        return dict(attributes)
    return select_keys(attributes, always | query.fields)


def _attribute(vr: str, *values: Any) -> Answer:
    present = [value for value in values if value is not None]
    return {"vr": vr, "Value": present} if present else {"vr": vr}


def _sorted(answer: Answer) -> Answer:
    return {key: answer[key] for key in sorted(answer)}


def _headers(session: Session, uids: Sequence[str]) -> Sequence[Any]:
    columns = (PublishedInstance.sop_instance_uid, PublishedInstance.attributes)
    return session.execute(select(*columns).where(PublishedInstance.sop_instance_uid.in_(uids))).all()


def _count(session: Session, by: Any, uids: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in _chunks(uids):
        counts.update((key, n) for key, n in session.execute(select(by, func.count()).where(by.in_(part)).group_by(by)))
    return counts


def _gather(session: Session, by: Any, what: Any, uids: Sequence[str]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for part in _chunks(uids):
        for key, value in session.execute(select(by, what).where(by.in_(part)).distinct().order_by(by, what)):
            gathered.setdefault(key, []).append(value)
    return gathered


def _chunks(values: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
