"""One worklist item with everything a reader needs beside the images.

In a blind read the original report stays hidden until the read is signed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.drafts import draft_of
from worklist.items import visible_item
from worklist.listing import item_entry, items_query
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy, Read, WorklistItem
from worklist.principal import Principal
from worklist.reads import read_entry


def item_detail(session: Session, principal: Principal, item_id: str, now: datetime) -> dict[str, Any]:
    """Return an item in its JSON form with the case's words, the series, and the reader's draft or the signed read.

    Raises:
        NotFound: no such item, or none that this reader may see.
    """
    item = visible_item(session, principal, item_id, now)
    entry = item_entry(session.execute(items_query(now).where(WorklistItem.id == item_id)).one())
    study = session.get_one(PublishedStudy, item.study_uid)
    shown = not study.blind or item.state == "signed"
    draft = draft_of(session, item, principal.reader_id) if principal.reader_id is not None else None
    signed = session.scalar(select(Read).where(Read.item_id == item_id, Read.state == "signed"))
    return entry | {
        "lease_until": item.lease_until if entry["state"] == "claimed" else None,
        "study_date": study.study_date,
        "blind": study.blind,
        "jurisdiction": study.jurisdiction,
        "limits": study.limits,
        "question": study.question,
        "report": study.report if shown else None,
        "report_language": study.report_language if shown else None,
        "priors": _priors(session, study),
        "series": _series(session, item.study_uid),
        "draft": read_entry(session, draft) if draft else None,
        "read": read_entry(session, signed) if signed else None,
    }


def _priors(session: Session, study: PublishedStudy) -> list[dict[str, Any]]:
    """Return the older studies that came with the case to be compared with, the latest first."""
    if study.case_number is None:
        return []
    query = select(PublishedStudy).where(
        PublishedStudy.site == study.site,
        PublishedStudy.case_number == study.case_number,
        PublishedStudy.prior,
        PublishedStudy.study_uid != study.study_uid,
    )
    return [
        {
            "study_uid": each.study_uid,
            "modality": each.modality,
            "body_part": each.body_part,
            "description": each.description,
            "study_date": each.study_date,
            "series": _series(session, each.study_uid),
        }
        for each in session.scalars(query.order_by(PublishedStudy.study_date.desc(), PublishedStudy.study_uid))
    ]


def _series(session: Session, study_uid: str) -> list[dict[str, Any]]:
    """Return the series by number, each with its instances by number."""
    instances: dict[str, list[dict[str, Any]]] = {}
    rows = session.execute(
        select(
            PublishedInstance.series_uid,
            PublishedInstance.sop_instance_uid,
            PublishedInstance.number,
            PublishedInstance.frames,
            PublishedInstance.rows.label("height"),
            PublishedInstance.columns.label("width"),
        )
        .where(PublishedInstance.study_uid == study_uid)
        .order_by(PublishedInstance.number.nulls_last(), PublishedInstance.sop_instance_uid)
    )
    for row in rows:
        instances.setdefault(row.series_uid, []).append(
            {
                "sop_instance_uid": row.sop_instance_uid,
                "number": row.number,
                "frames": row.frames,
                "rows": row.height,
                "columns": row.width,
            }
        )
    series = session.execute(
        select(
            PublishedSeries.series_uid, PublishedSeries.number, PublishedSeries.modality, PublishedSeries.description
        )
        .where(PublishedSeries.study_uid == study_uid)
        .order_by(PublishedSeries.number.nulls_last(), PublishedSeries.series_uid)
    )
    return [
        {
            "series_uid": row.series_uid,
            "number": row.number,
            "modality": row.modality,
            "description": row.description,
            "instances": instances.get(row.series_uid, []),
        }
        for row in series
    ]
