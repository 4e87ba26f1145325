"""Charges as billing asks for them: by site and month, in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Malformed
from worklist.models import Charge


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """The flat fee of one signed read."""

    id: int
    read_id: str
    study_uid: str
    site: str
    case_number: str | None
    description: str
    payer: str
    amount_minor: int
    markup_minor: int
    currency: str
    created_at: datetime


def charges_of(session: Session, *, site: str, month: str) -> list[ChargeRecord]:
    """Return a site's charges of a month (YYYY-MM, UTC), oldest first.

    Raises:
        Malformed: not a month.
    """
    begin, end = _bounds(month)
    charges = session.scalars(
        select(Charge)
        .where(Charge.site == site, Charge.created_at >= begin, Charge.created_at < end)
        .order_by(Charge.created_at, Charge.id)
    )
    return [
        ChargeRecord(
            id=charge.id,
            read_id=charge.read_id,
            study_uid=charge.study_uid,
            site=charge.site,
            case_number=charge.case_number,
            description=charge.description,
            payer=charge.payer,
            amount_minor=charge.amount_minor,
            markup_minor=charge.markup_minor,
            currency=charge.currency,
            created_at=charge.created_at,
        )
        for charge in charges
    ]


def _bounds(month: str) -> tuple[datetime, datetime]:
    match = re.fullmatch(r"([1-9][0-9]{3})-(0[1-9]|1[0-2])", month)
    if match is None:
        raise Malformed("a month is written YYYY-MM")
    year, number = int(match[1]), int(match[2])
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)
