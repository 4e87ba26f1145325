"""Put de-identified studies into the reading zone; the gateway's pipeline calls this, even twice.

Publishing is an upsert by UID. A later revision adds series and instances and fills in words that were missing; an
instance that is there with other bytes stays as it is and is reported, since nothing is destroyed by a resend. Signed
reads and their charges survive everything done here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from secrets import token_hex
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Malformed, NotFound
from config.money import Money
from worklist.chunks import chunks
from worklist.models import (
    PublishedInstance,
    PublishedSeries,
    PublishedStudy,
    Read,
    SiteTerms,
    WorklistItem,
)
from worklist.states import move
from worklist.withdrawing import forget_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A de-identified study; `attributes` is the study and patient level of the DICOM JSON model (PS3.18 F.2)."""

    study_uid: str
    site: str
    pseudonym: str
    modality: str
    received_at: datetime
    sex: str | None = None
    age: str | None = None
    study_date: str | None = None
    study_time: str | None = None
    body_part: str | None = None
    description: str | None = None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRecord:
    """A series of the study it is published with; `attributes` is the series level of the DICOM JSON model."""

    series_uid: str
    modality: str
    number: int | None = None
    body_part: str | None = None
    description: str | None = None
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecord:
    """An instance; `blob` is its key in the published store, `frames` is 0 for an object without pixels.

    `attributes` is the whole header in the DICOM JSON model, bulk data left out.
    """

    sop_instance_uid: str
    series_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    blob: str
    bytes: int
    number: int | None = None
    rows: int | None = None
    columns: int | None = None
    frames: int = 0
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """What became of the instances: SOP Instance UIDs, each in one of three places."""

    published: tuple[str, ...]
    unchanged: tuple[str, ...]
    conflicting: tuple[str, ...]


def publish_study(
    session: Session,
    clock: Clock,
    study: StudyRecord,
    series: Sequence[SeriesRecord],
    instances: Sequence[InstanceRecord],
) -> PublishOutcome:
    """Publish a study, or add to one that is published.

    A study's own words are those of the first revision with images: a later revision, which may hold a few late objects
    only, just fills in what is None. Case words and the first `received_at` and `published_at` stay. An instance that
    is published with another blob, or given twice with different ones, is conflicting and changes nothing.

    Raises:
        Conflict: the study is another site's or another patient's, or a series is another study's.
        Malformed: an instance names a series that is neither given nor published.
    """
    _put_study(session, study, clock())
    known_series = _put_series(session, study.study_uid, series)
    blobs = _blobs_of(session, [instance.sop_instance_uid for instance in instances])
    places: dict[str, list[str]] = {"published": [], "unchanged": [], "conflicting": []}
    for instance in instances:
        if instance.series_uid not in known_series:
            raise Malformed("an instance names a series that its study does not have")
        blob = blobs.setdefault(instance.sop_instance_uid, None)
        if blob is None:
            row = PublishedInstance(**_columns(instance), study_uid=study.study_uid, published_at=clock())
            session.add(row)
            blobs[instance.sop_instance_uid] = instance.blob
        place = "published" if blob is None else "unchanged" if blob == instance.blob else "conflicting"
        places[place].append(instance.sop_instance_uid)
    session.flush()
    forget_withdrawn(session, [instance.blob for instance in instances])
    return PublishOutcome(**{place: tuple(uids) for place, uids in places.items()})


def set_case_context(
    session: Session,
    study_uid: str,
    *,
    case_number: str | None,
    question: str | None,
    report: str | None,
    report_language: str | None,
    blind: bool,
    jurisdiction: str | None,
    payer: str = "",
    prior: bool = False,
) -> None:
    """Set the cleaned words of a study's case, who pays, and whether it is a prior; None takes the words away again.

    Raises:
        NotFound: the study is not published.
    """
    study = _published(session, study_uid)
    study.case_number, study.question = case_number, question
    study.report, study.report_language = report, report_language
    study.blind, study.jurisdiction = blind, jurisdiction
    study.payer, study.prior = payer, prior
    session.flush()


def withdraw_words(session: Session, study_uid: str) -> None:
    """Take the words of a study's case away and leave what else is known of the case.

    Raises:
        NotFound: the study is not published.
    """
    study = _published(session, study_uid)
    study.question = study.report = None
    session.flush()


def set_limits(session: Session, study_uid: str, limits: Sequence[str]) -> None:
    """Set what limits a read of the study's images, in words for the reader.

    Raises:
        NotFound: the study is not published.
    """
    _published(session, study_uid).limits = list(limits)
    session.flush()


def set_site_terms(
    session: Session, *, site: str, display_name: str, rate_minor: int, currency: str, markup_percent: int = 0
) -> None:
    """Set a site's name on reports, and its flat rate and mark-up for reads signed from now on.

    Raises:
        Malformed: the currency is not an ISO 4217 code.
    """
    rate = Money(rate_minor, currency)
    session.merge(
        SiteTerms(
            site=site,
            display_name=display_name,
            rate_minor=rate.amount_minor,
            currency=rate.currency,
            markup_percent=markup_percent,
        )
    )
    session.flush()


def enlist(session: Session, clock: Clock, *, study_uid: str, due_at: datetime) -> str:
    """Put a published study on the worklist and return its item's id.

    A study has one item: enlisting again returns it unchanged, and reopens it when it was cancelled.

    Raises:
        NotFound: the study is not published.
    """
    _published(session, study_uid)
    item = _item_of(session, study_uid)
    if item is None:
        item = WorklistItem(
            id=token_hex(16),
            study_uid=study_uid,
            state="open",
            reader_id=None,
            lease_until=None,
            due_at=due_at,
            created_at=clock(),
        )
        session.add(item)
    elif item.state == "cancelled":
        move(item, "reopen")
        item.due_at = due_at
    session.flush()
    return item.id


def cancel_item(session: Session, study_uid: str) -> bool:
    """Take a study off the worklist; return whether there was something to take off. Drafts are kept.

    Raises:
        Conflict: its read is signed.
    """
    item = _item_of(session, study_uid)
    if item is None or item.state == "cancelled":
        return False
    move(item, "cancel")
    session.flush()
    return True


def retire_item(session: Session, study_uid: str) -> None:
    """Take a study off the worklist that nobody has begun to read; one that is claimed or signed stays."""
    item = _item_of(session, study_uid)
    if item is not None and item.state == "open":
        move(item, "cancel")
        session.flush()


def begun_or_signed(session: Session, study_uid: str) -> Literal["", "begun", "signed"]:
    """Return whether a study's read is signed, or somebody has it or wrote a draft; its item is locked from now on."""
    item = _item_of(session, study_uid)
    if item is None:
        return ""
    if item.state == "signed":
        return "signed"
    draft = select(Read.id).where(Read.study_uid == study_uid, Read.state == "draft")
    return "begun" if item.state == "claimed" or session.scalar(draft.limit(1)) is not None else ""


def locked_and_signed(session: Session, study_uids: Iterable[str]) -> frozenset[str]:
    """Return which of some studies have a signed read; their items are locked, so that nobody signs from now on."""
    query = select(WorklistItem.study_uid, WorklistItem.state).order_by(WorklistItem.id).with_for_update()
    return frozenset(
        uid
        for some in chunks(sorted(study_uids))
        for uid, state in session.execute(query.where(WorklistItem.study_uid.in_(some)))
        if state == "signed"
    )


def set_case_number(session: Session, study_uids: Iterable[str], case_number: str) -> None:
    """Let the published ones of some studies bear the number of another case; its words follow."""
    for some in chunks(study_uids):
        chosen = update(PublishedStudy).where(PublishedStudy.study_uid.in_(some))
        session.execute(chosen.values(case_number=case_number))


def published_words(session: Session, study_uid: str) -> str:
    """Return what the study and its series say in words and attributes, to be searched; empty when not published."""
    study = session.get(PublishedStudy, study_uid)
    if study is None:
        return ""
    series = session.scalars(select(PublishedSeries).where(PublishedSeries.study_uid == study_uid))
    rows = [(study.description, study.body_part, study.attributes)]
    rows += [(each.description, each.body_part, each.attributes) for each in series]
    return json.dumps(rows, ensure_ascii=False)


def _put_study(session: Session, record: StudyRecord, now: datetime) -> None:
    study = session.get(PublishedStudy, record.study_uid)
    if study is None:
        session.add(PublishedStudy(**_columns(record), blind=False, limits=[], published_at=now))
        session.flush()
        return
    if (study.site, study.pseudonym) != (record.site, record.pseudonym):
        raise Conflict("a study of that UID belongs to another site or patient")
    received_at = min(study.received_at, record.received_at)
    _fill(study, record, overwrite=not _has_images(session, study.study_uid))
    study.received_at = received_at


def _put_series(session: Session, study_uid: str, records: Sequence[SeriesRecord]) -> set[str]:
    """Upsert the series; return the UIDs of every series of the study."""
    for record in {record.series_uid: record for record in records}.values():
        series = session.get(PublishedSeries, record.series_uid)
        if series is None:
            session.add(PublishedSeries(**_columns(record), study_uid=study_uid))
        elif series.study_uid != study_uid:
            raise Conflict("a series of that UID belongs to another study")
        else:
            _fill(series, record, overwrite=False)
    session.flush()
    return set(session.scalars(select(PublishedSeries.series_uid).where(PublishedSeries.study_uid == study_uid)))


def _fill(row: PublishedStudy | PublishedSeries, record: StudyRecord | SeriesRecord, *, overwrite: bool) -> None:
    """Take over what the record knows and the row does not, or all that the record knows."""
    for name, value in _columns(record).items():
        if value is not None and (overwrite or getattr(row, name) is None):
            setattr(row, name, value)


def _has_images(session: Session, study_uid: str) -> bool:
    images = select(PublishedInstance.study_uid).where(
        PublishedInstance.study_uid == study_uid, PublishedInstance.frames > 0
    )
    return session.scalar(images.limit(1)) is not None


def _columns(record: StudyRecord | SeriesRecord | InstanceRecord) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _blobs_of(session: Session, uids: Sequence[str]) -> dict[str, str | None]:
    blobs: dict[str, str | None] = {}
    for some in chunks(uids):
        query = select(PublishedInstance.sop_instance_uid, PublishedInstance.blob)
        rows = session.execute(query.where(PublishedInstance.sop_instance_uid.in_(some)))
        blobs.update((row.sop_instance_uid, row.blob) for row in rows)
    return blobs


def _published(session: Session, study_uid: str) -> PublishedStudy:
    study = session.get(PublishedStudy, study_uid)
    if study is None:
        raise NotFound("the study is not published")
    return study


def _item_of(session: Session, study_uid: str) -> WorklistItem | None:
    return session.scalar(select(WorklistItem).where(WorklistItem.study_uid == study_uid).with_for_update())
