"""Cancel orders: a case is closed when none of its orders is left, and goes on with the others before that.

An order has the placer's number, the filler's or both (HL7 2.5.1, ORC-2 and ORC-3), and a cancellation may give one of
them only. So the numbers are counted for each who assigns them: where one of the two has none left, no order is. A
cancelled number stays among the case's orders and says so, since texts that come later may bear it.
"""

from collections import Counter
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from gateway import audit
from gateway.case_reports.closing import CANCELLED
from gateway.case_reports.document import CaseDocument
from gateway.case_reports.filing import Source, meant_case, remember_source
from gateway.case_reports.handing_over import parted_case
from gateway.matching.index import case_changed
from gateway.models import Case
from gateway.node import Node

_MARK = "cancelled:"


def cancel_orders(session: Session, node: Node, site: str, document: CaseDocument, source: Source) -> Case | None:
    """Take the orders that their sender cancels from their case, and close it with the last one.

    Return the case, or None where there is none.

    Raises:
        Conflict: two cases answer to the document's numbers.
    """
    case = meant_case(session, site, document) or parted_case(session, site, document)
    if case is None or case.state != "open":
        return case
    gone = {(_role(each.issuer), each.id) for each in document.orders}
    live = [each for each in case.orders if not each["issuer"].startswith(_MARK)]
    left = [each for each in live if (_role(each["issuer"]), each["id"]) not in gone]
    last = _is_last(live, left, {role for role, _ in gone})
    case.orders = _marked(case.orders, kept=[] if last else left)
    if last:
        case.state, action = "closed", CANCELLED
    else:
        case.requested_studies = _without(case.requested_studies, document)
        action = "case-order-cancelled"
    case_changed(session, case)
    remember_source(session, node, case, source)
    made_at = "".join(each for each in source.made_at if each in "0123456789.+-")
    detail = {"made_at": made_at} if made_at else None
    audit.note(session, node.clock, actor=source.actor, action=action, subject=case.case_number, detail=detail)
    return case


def _is_last(live: list[dict[str, str]], left: list[dict[str, str]], cancelled: set[str]) -> bool:
    """Say whether no order of a case is left, by the numbers of those who assigned some that are cancelled."""
    before = Counter(_role(each["issuer"]) for each in live)
    after = Counter(_role(each["issuer"]) for each in left)
    told = cancelled & before.keys()
    if not told:  # by the other's number, which the case does not know: sure where there is one order only
        return all(count == 1 for count in before.values())
    return any(after[role] == 0 for role in told)


def _marked(orders: list[dict[str, str]], *, kept: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return a case's orders, of which all but those kept say that they are cancelled."""
    marked: list[dict[str, str]] = []
    for each in orders:
        ended = each if each["issuer"].startswith(_MARK) else each | {"issuer": f"{_MARK}{each['issuer']}"[:128]}
        told = each if each in kept else ended
        if told not in marked:
            marked.append(told)
    return marked


def _without(requested: list[dict[str, Any]], document: CaseDocument) -> list[dict[str, Any]]:
    """Return what is still asked for; of two orders for the same, one is left."""
    left = list(requested)
    for each in document.requested_studies:
        with suppress(ValueError):
            left.remove(each.model_dump(exclude_defaults=True))
    return left


def _role(issuer: str) -> str:
    """Return who assigned an order's number as HL7 has it, empty for other sources."""
    role = issuer.partition(":")[0]
    return role if role in {"placer", "filler"} else ""
