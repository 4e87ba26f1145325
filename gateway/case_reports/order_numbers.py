"""Numbers of orders by who assigned them: placer or filler (HL7 2.5.1, ORC-2 and ORC-3), and the name of each (EI.2).

Lists tell a number alone, and messages often leave the name out. What either does not tell does not make two of one.
"""

from collections.abc import Iterable, Mapping, Sequence

from gateway.case_reports.document import Identifier

CANCELLED_MARK = "cancelled:"
_ROLES = frozenset({"placer", "filler"})
_SURE = 128 - len(CANCELLED_MARK)  # characters of an issuer that the mark leaves room for


def role_of(issuer: str) -> str:
    """Return who assigned an order's number as HL7 has it, placer or filler; empty for other sources."""
    role = issuer.partition(":")[0]
    return role if role in _ROLES else ""


def name_of(issuer: str) -> str:
    """Return the name of who assigned an order's number, empty where only the role is told, or nothing."""
    return issuer.removeprefix(role_of(issuer)).removeprefix(":")


def stored_keys(orders: Iterable[Identifier]) -> list[str]:
    """Return the keys under which orders are found: with who assigned them, by the role alone, and by nothing of it."""
    return [
        key
        for each in orders
        for key in (_exact(each), f"number:{role_of(each.issuer)}|{each.id}", f"number:|{each.id}")
    ]


def exact_keys(orders: Iterable[Identifier]) -> list[str]:
    """Return the keys of orders by all that is told of who assigned them."""
    return [_exact(each) for each in orders]


def loose_keys(orders: Iterable[Identifier]) -> list[str]:
    """Return the keys of the same orders where one side tells less of who assigned them than the other."""
    found = []
    for each in orders:
        role = role_of(each.issuer)
        found += (
            [f"order:{role}|{each.id}", f"order:|{each.id}"] if name_of(each.issuer) else [f"number:{role}|{each.id}"]
        )
        found += [f"order:|{each.id}"] if role and not name_of(each.issuer) else []
    return found


def as_known(known: Sequence[Mapping[str, str]], orders: Iterable[Identifier]) -> list[Identifier]:
    """Return orders as they are known, where they tell no name of who assigned them and one of that number is known."""
    found: list[Identifier] = []
    plain = [(each["id"], each["issuer"].removeprefix(CANCELLED_MARK)) for each in known]
    for order in orders:
        same = [issuer for number, issuer in plain if number == order.id and _may_be(order.issuer, issuer)]
        told = [order.issuer] if name_of(order.issuer) or not same else dict.fromkeys(same)
        found += [Identifier(id=order.id, issuer=issuer) for issuer in told]
    return list(dict.fromkeys(found))


def is_of_several(known: Iterable[Mapping[str, str]], order: Identifier) -> bool:
    """Say whether a number that does not tell who assigned it is that of several orders: in one role, two gave it."""
    if name_of(order.issuer):
        return False
    fit = {each["issuer"] for each in known if each["id"] == order.id and _may_be(order.issuer, each["issuer"])}
    named = [role_of(each) for each in fit if name_of(each)]
    return len(named) > len(set(named))


def live_orders(known: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the orders of a case that are not cancelled."""
    return [each for each in known if not each["issuer"].startswith(CANCELLED_MARK)]


def is_one_of(known: Mapping[str, str], orders: Iterable[Identifier]) -> bool:
    """Say whether a number, cancelled or not, is one of some orders' in the same role.

    Names of who assigned it count where both sides tell one.
    """
    issuer = known["issuer"].removeprefix(CANCELLED_MARK)
    return any(each.id == known["id"] and _agree(each.issuer, issuer) for each in orders)


def are_others(known: Sequence[Mapping[str, str]], orders: Iterable[Identifier]) -> bool:
    """Say whether orders are none of a case that has some, by the numbers of those who assigned some of both."""
    told = list(orders)
    roles = {role_of(each.issuer) for each in told} & {role_of(each["issuer"]) for each in live_orders(known)}
    return bool(roles) and not any(is_one_of(each, told) for each in known)


def _may_be(told: str, known: str) -> bool:
    return not role_of(told) or role_of(told) == role_of(known)


def _agree(one: str, other: str) -> bool:
    names = {name_of(each[:_SURE]) for each in (one, other)}
    return role_of(one) == role_of(other) and ("" in names or len(names) == 1)


def _exact(order: Identifier) -> str:
    return f"order:{order.issuer}|{order.id}"
