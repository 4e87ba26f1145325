"""The rows that stand for deliveries by hand: opened before the first file goes its way, closed when all have."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway import audit
from gateway.links import get_case
from gateway.models import Delivery
from gateway.node import Node
from gateway.sites import get_site
from gateway.uploads.waybill import Waybill
from scp.departures import Departures
from scp.spool import Door


def check_address(session: Session, *, site: str, case_number: str | None) -> None:
    """Make sure that a site, and a case of it where one is named, can take a delivery.

    Raises:
        NotFound: no such site, or no such case of this site.
        Malformed: not a case number.
        Conflict: the case is closed.
    """
    get_site(session, site)
    if not case_number:
        return
    case = get_case(session, case_number)
    if case.site != site:
        raise NotFound(f"there is no case {case_number}")
    if case.state != "open":
        raise Conflict(f"the case {case_number} is closed")


def open_delivery(node: Node, delivery_id: str, door: Door, waybill: Waybill) -> None:
    """Record a delivery and who brought it; one that is recorded already is left as it is."""
    try:
        with node.identity.write() as session:
            if session.get(Delivery, delivery_id) is not None:
                return
            session.add(
                Delivery(
                    id=delivery_id,
                    site=waybill.site,
                    door=door,
                    case_number=waybill.case_number or None,
                    opened_at=waybill.received_at,
                )
            )
            session.flush()
            audit.note(
                session,
                node.clock,
                actor=waybill.actor,
                action="delivery-opened",
                subject=delivery_id,
                detail={"door": door, "site": waybill.site, "bytes": waybill.bundle_bytes},
            )
    except IntegrityError:
        with node.identity.read() as session:
            if session.get(Delivery, delivery_id) is None:
                raise  # not another process that was faster


def close_delivery(
    node: Node, delivery_id: str, *, expected: int, failure: str | None, promised: dict[str, Any] | None = None
) -> None:
    """Record that every file of a delivery lies in the spool, how many there were, and what went wrong.

    One that is closed already is left as it is.
    `promised` tells what the directories among the files list and the delivery lacks; None without a directory.
    """
    with node.identity.write() as session:
        delivery = session.get_one(Delivery, delivery_id)
        if delivery.unpacked_at is not None:
            return
        delivery.expected = expected
        delivery.failure = failure
        delivery.promised = promised
        delivery.unpacked_at = node.clock()
    Departures(node.settings.departures).note(delivery_id)
