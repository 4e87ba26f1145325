"""When what a case says was told: a message made before another takes nothing back that the later one told.

A case keeps for each field when the message was made that told it last (`Case.told_at`): for `name`, `birth_date`,
`sex`, `birth` and `jurisdiction` of its patient, for what is asked, and for each order number, with who assigned it,
when it was ordered (`ordered:`) and when it was cancelled (`cancelled:`). What a later message did not speak of, an
earlier one may still tell. Where a time is not told, or two cannot be told apart, the order of arrival counts.
"""

from collections.abc import Iterable

from gateway.case_reports.document import Identifier
from gateway.case_reports.made_at import made_before
from gateway.case_reports.order_numbers import is_one_of
from gateway.case_reports.residence import Told, take_home
from gateway.models import Case

_ORDERED, _CANCELLED = "ordered:", "cancelled:"


def is_overtaken(case: Case, field: str, made_at: str) -> bool:
    """Say whether a field was told by a message that was surely made after one made then."""
    return made_before(made_at, case.told_at.get(field, ""))


def note_told(case: Case, fields: Iterable[str], made_at: str) -> None:
    """Keep that some fields were told by a message made then, where none made later told them."""
    if made_at:
        known = case.told_at
        fresh = (each for each in fields if each not in known or made_before(known[each], made_at))
        case.told_at = known | dict.fromkeys(fresh, made_at)


def forget_told(case: Case, fields: Iterable[str]) -> None:
    """Forget when some fields were told."""
    gone = set(fields)
    case.told_at = {field: at for field, at in case.told_at.items() if field not in gone}


def note_ordered(case: Case, orders: Iterable[Identifier], made_at: str) -> None:
    """Keep when some orders were given."""
    note_told(case, [_ORDERED + _number(each) for each in orders], made_at)


def note_cancelled(case: Case, orders: Iterable[Identifier], made_at: str) -> None:
    """Keep when some orders were cancelled."""
    note_told(case, [_CANCELLED + _number(each) for each in orders], made_at)


def is_given_anew(case: Case, order: Identifier, made_at: str) -> bool:
    """Say whether an order was given by a message made after its cancellation, which was made then."""
    return _is_told_since(case, _ORDERED, order, made_at)


def is_cancelled_since(case: Case, order: Identifier, made_at: str) -> bool:
    """Say whether an order was cancelled by a message made after one made then."""
    return _is_told_since(case, _CANCELLED, order, made_at)


def _is_told_since(case: Case, what: str, order: Identifier, made_at: str) -> bool:
    same = Identifier(id=order.id, issuer=_issuer(order))
    for field, at in case.told_at.items():
        if field.startswith(what) and made_before(made_at, at):
            issuer, _, number = field.removeprefix(what).partition("|")
            if is_one_of({"id": number, "issuer": issuer}, [same]):
                return True
    return False


def _number(order: Identifier) -> str:
    return f"{_issuer(order)}|{order.id}"


def _issuer(order: Identifier) -> str:
    return order.issuer.replace("|", " ")


def told_home(case: Case, home: Told, made_at: str, *, moves: bool = True) -> str:
    """Return where a case's patient is to live by what a message tells, or where one that is overtaken says it.

    A home that is told and could not be placed was told all the same.
    """
    if is_overtaken(case, "jurisdiction", made_at):
        return home.jurisdiction
    if home.state:
        note_told(case, ["jurisdiction"], made_at)
    return take_home(case, home, moves=moves)
