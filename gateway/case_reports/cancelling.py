"""Cancel orders: a case is closed when none of its orders is left, and goes on with the others before that.

An order has the placer's number, the filler's or both (HL7 2.5.1, ORC-2 and ORC-3), and a cancellation may give one of
them only. So the numbers are counted for each who assigns them: where one of the two has none left, no order is. A
cancelled number stays among the case's orders and says so, since texts that come later may bear it. An order that was
given anew by a message made after its cancellation goes on where that comes late.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway import audit
from gateway.case_reports.closing import CANCELLED
from gateway.case_reports.document import CaseDocument, Identifier
from gateway.case_reports.filing import Source, meant_case, remember_source
from gateway.case_reports.handing_over import parted_case
from gateway.case_reports.order_numbers import CANCELLED_MARK, as_known, is_of_several, is_one_of, live_orders, role_of
from gateway.case_reports.told_at import is_given_anew, note_cancelled
from gateway.matching.index import case_changed
from gateway.models import Case
from gateway.node import Node

_SEVERAL = "the number is that of two orders: cancel it by a message that tells who assigned it, as the order did"


def ordered_case(session: Session, site: str, document: CaseDocument) -> Case | None:
    """Return the case of the orders that their sender cancels, None where there is none.

    Raises:
        Conflict: two cases answer to the document's numbers, or two orders of the case to one of them.
    """
    case = meant_case(session, site, document) or parted_case(session, site, document)
    if case is not None and any(is_of_several(live_orders(case.orders), each) for each in document.orders):
        raise Conflict(_SEVERAL)
    return case


def cancel_orders(session: Session, node: Node, case: Case, document: CaseDocument, source: Source) -> bool:
    """Take the orders that their sender cancels from their case, and close it with the last one.

    Say whether any is cancelled that was not given anew since.
    """
    ended = _not_given_anew(case, as_known(case.orders, document.orders), source.made_at)
    if document.orders and not ended:
        return False
    note_cancelled(case, ended, source.made_at)
    if case.state != "open":
        return True
    live = live_orders(case.orders)
    left = [each for each in live if not is_one_of(each, ended)]
    last = _is_last(live, left, {role_of(each.issuer) for each in ended})
    if not last and left == live:
        return True
    case.orders = _marked(case.orders, kept=[] if last else left)
    if last:
        case.state, action = "closed", CANCELLED
    else:
        case.requested_studies = _without(case.requested_studies, document)
        action = "case-order-cancelled"
    case_changed(session, case)
    remember_source(session, node, case, source, anew=True)
    made_at = "".join(each for each in source.made_at if each in "0123456789.+-")
    detail = {"made_at": made_at} if made_at else None
    audit.note(session, node.clock, actor=source.actor, action=action, subject=case.case_number, detail=detail)
    return True


def _not_given_anew(case: Case, orders: Sequence[Identifier], made_at: str) -> list[Identifier]:
    """Return which orders a cancellation made then ends.

    Where the numbers of one role tell which were given anew since, those of the other, which name the same orders and
    need not have been told again, tell nothing.
    """
    anew = [each for each in orders if is_given_anew(case, each, made_at)]
    roles = {role_of(each.issuer) for each in anew}
    return [each for each in orders if each not in anew and (not roles or role_of(each.issuer) in roles)]


def _is_last(live: Sequence[Mapping[str, str]], left: Sequence[Mapping[str, str]], cancelled: set[str]) -> bool:
    """Say whether no order of a case is left, by the numbers of those who assigned some that are cancelled."""
    before = Counter(role_of(each["issuer"]) for each in live)
    after = Counter(role_of(each["issuer"]) for each in left)
    told = cancelled & before.keys()
    if not told:  # by the other's number, which the case does not know: sure where there is one order only
        return all(count == 1 for count in before.values())
    return any(after[role] == 0 for role in told)


def _marked(orders: list[dict[str, str]], *, kept: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return a case's orders, of which all but those kept say that they are cancelled."""
    marked: list[dict[str, str]] = []
    for each in orders:
        issuer = each["issuer"].removeprefix(CANCELLED_MARK)
        ended = each | {"issuer": f"{CANCELLED_MARK}{issuer}"[:128]}
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
