"""Signed reads as the command line shows them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from worklist.models import PublishedStudy, Read
from worklist.reads import read_entry


def list_reads(session: Session, *, site: str | None = None) -> list[dict[str, Any]]:
    """Return the signed reads, the latest last."""
    query = (
        select(Read, PublishedStudy.site)
        .join(PublishedStudy, PublishedStudy.study_uid == Read.study_uid)
        .where(Read.state == "signed")
        .order_by(Read.signed_at, Read.id)
    )
    if site is not None:
        query = query.where(PublishedStudy.site == site)
    return [{**read_entry(session, read), "site": name} for read, name in session.execute(query)]


def read_view(session: Session, read_id: str) -> dict[str, Any]:
    """Return a signed read.

    Raises:
        NotFound: no signed read of that id.
    """
    read = session.get(Read, read_id)
    if read is None or read.state != "signed":
        raise NotFound(f"there is no signed read {read_id}; `overread read list` shows them")
    study = session.get_one(PublishedStudy, read.study_uid)
    return {**read_entry(session, read), "site": study.site, "case_number": study.case_number}
