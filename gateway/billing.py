"""Statements and invoices of a site and month, from the charges that signed reads made.

One line a read at the flat rate of the day it was signed. A partner's mark-up, also that of the day, is a line of its
own, so that the flat fee stays visible. What is signed changes no more, so a month's invoice stays as it is.
"""

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

from config.errors import Malformed, NotFound
from config.money import Money
from gateway.models import Site
from gateway.node import Node
from worklist.charges import charges_of


@dataclass(frozen=True)
class InvoiceLine:
    """One line; `read` is empty on the line of a mark-up, `payer` is self, hospital, insurer, or not said."""

    read: str | None
    study_uid: str | None
    case_number: str | None
    description: str
    amount_minor: int
    quantity: int = 1
    payer: str = ""


@dataclass(frozen=True)
class Invoice:
    """What a site owes for a month."""

    site: str
    display_name: str
    month: str
    currency: str
    lines: tuple[InvoiceLine, ...]

    @property
    def total(self) -> Money:
        """Return the sum of all lines."""
        return Money(sum(line.amount_minor * line.quantity for line in self.lines), self.currency)


def invoice(node: Node, site_name: str, month: str, currency: str | None = None) -> Invoice:
    """Return a site's invoice of a month (YYYY-MM, UTC); a removed site still owes what it owes.

    Raises:
        NotFound: no such site.
        Malformed: not a month, or charges in more than one currency and none of them was named.
    """
    with node.identity.read() as session:
        site = session.get(Site, site_name)
        if site is None:
            raise NotFound(f"there is no site {site_name!r} and never was")
        present, display_name = site.currency, site.display_name
    with node.reading.read() as session:
        charges = charges_of(session, site=site_name, month=month)
    currencies = sorted({charge.currency for charge in charges})
    if currency is None and len(currencies) > 1:
        raise Malformed(f"the month has charges in {' and '.join(currencies)}: name one with --currency")
    chosen = currency or (currencies[0] if currencies else present)
    charges = [charge for charge in charges if charge.currency == chosen]
    lines = [
        InvoiceLine(
            charge.read_id,
            charge.study_uid,
            charge.case_number,
            charge.description,
            charge.amount_minor,
            payer=charge.payer,
        )
        for charge in charges
    ]
    if markup := sum(charge.markup_minor for charge in charges):
        lines.append(InvoiceLine(None, None, None, "Partner mark-up", markup))
    return Invoice(site_name, display_name, month, chosen, tuple(lines))


def as_json(found: Invoice) -> dict[str, Any]:
    """Return an invoice as the JSON that scripts read."""
    return {
        "site": found.site,
        "month": found.month,
        "currency": found.currency,
        "lines": [asdict(line) for line in found.lines],
        "total_minor": found.total.amount_minor,
    }


def as_csv(found: Invoice) -> str:
    """Return an invoice as CSV with a header line; amounts are in minor units."""
    buffer = io.StringIO()
    fields = [
        "site",
        "month",
        "currency",
        "read",
        "study_uid",
        "case_number",
        "description",
        "amount_minor",
        "quantity",
        "payer",
    ]
    writer = csv.DictWriter(buffer, fields, lineterminator="\n")
    writer.writeheader()
    for line in found.lines:
        writer.writerow({"site": found.site, "month": found.month, "currency": found.currency, **asdict(line)})
    return buffer.getvalue()
