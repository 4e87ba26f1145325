"""Billing: one line a signed read at the flat rate of its day, a mark-up on a line of its own, months in UTC."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from config.errors import Malformed, NotFound
from config.money import Money
from gateway.billing import as_csv, as_json, invoice
from gateway.billing_pdf import as_pdf
from gateway.sites import SiteChange, remove_site, set_site


@pytest.fixture
def read_studies(gate, part10: Callable[..., bytes]) -> Callable[[int], list[str]]:
    """Return a maker of signed reads of the site `north`, each of a study of its own."""
    set_site(gate.node, "north", SiteChange(require_case=False, display_name="Klinik 北"), actor="admin")

    def make(count: int) -> list[str]:
        reads = []
        for _ in range(count):
            number = len(gate.studies()) + 1
            gate.receive(part10(number, StudyInstanceUID=f"1.2.3.{number}", SeriesInstanceUID=f"1.2.4.{number}"))
            gate.run(number)
            reads.append(str(gate.sign(gate.study(number).study_uid)))
        return reads

    return make


def test_month_without_reads_is_an_empty_invoice(gate) -> None:
    found = as_json(invoice(gate.node, "north", "2025-03"))
    assert found == {"site": "north", "month": "2025-03", "currency": "USD", "lines": [], "total_minor": 0}


def test_each_read_is_one_line_at_the_flat_rate(gate, read_studies) -> None:
    reads = read_studies(2)
    found = as_json(invoice(gate.node, "north", "2025-03"))
    assert [line["read"] for line in found["lines"]] == reads
    assert [(line["amount_minor"], line["quantity"]) for line in found["lines"]] == [(30000, 1)] * 2
    assert found["total_minor"] == 60000
    known = {"read", "study_uid", "case_number", "description", "amount_minor", "quantity", "payer"}
    assert set(found["lines"][0]) == known


def test_line_says_who_pays_as_the_case_said_at_signing(gate, part10) -> None:
    gate.case(payer="insurer")
    gate.receive(part10())
    gate.run()
    gate.sign(gate.study().study_uid)
    found = invoice(gate.node, "north", "2025-03")
    assert [line["payer"] for line in as_json(found)["lines"]] == ["insurer"]
    assert [row["payer"] for row in csv.DictReader(io.StringIO(as_csv(found)))] == ["insurer"]
    assert "paid by the insurer" in PdfReader(io.BytesIO(as_pdf(found, "Overread"))).pages[0].extract_text()


def test_rate_of_the_day_of_signing_stays(gate, read_studies) -> None:
    read_studies(1)
    set_site(gate.node, "north", SiteChange(rate=Money(20000, "USD")), actor="admin")
    read_studies(1)
    lines = invoice(gate.node, "north", "2025-03").lines
    assert [line.amount_minor for line in lines] == [30000, 20000]


def test_mark_up_is_a_line_of_its_own(gate, read_studies) -> None:
    set_site(gate.node, "north", SiteChange(markup_percent=15), actor="admin")
    read_studies(2)
    found = invoice(gate.node, "north", "2025-03")
    assert [line.amount_minor for line in found.lines] == [30000, 30000, 9000]
    assert (found.lines[-1].read, found.total.amount_minor) == (None, 69000)


def test_mark_up_changed_after_signing_changes_no_invoice(gate, read_studies) -> None:
    set_site(gate.node, "north", SiteChange(markup_percent=15), actor="admin")
    read_studies(1)
    set_site(gate.node, "north", SiteChange(markup_percent=80), actor="admin")
    assert invoice(gate.node, "north", "2025-03").total.amount_minor == 34500


def test_mark_up_on_nothing_is_nothing(gate) -> None:
    set_site(gate.node, "north", SiteChange(markup_percent=15), actor="admin")
    assert invoice(gate.node, "north", "2025-03").lines == ()


def test_last_second_of_a_month_belongs_to_it_and_the_next_to_the_next(gate, read_studies) -> None:
    gate.node.clock.instant = datetime(2025, 12, 31, 23, 58, 59, tzinfo=UTC)
    (last,) = read_studies(1)
    gate.node.clock.instant = datetime(2025, 12, 31, 23, 59, 0, tzinfo=UTC)
    (first,) = read_studies(1)
    assert [line.read for line in invoice(gate.node, "north", "2025-12").lines] == [last]
    assert [line.read for line in invoice(gate.node, "north", "2026-01").lines] == [first]


def test_other_site_owes_nothing_for_it(gate, read_studies) -> None:
    read_studies(1)
    assert invoice(gate.node, "south", "2025-03").lines == ()


def test_removed_site_still_owes_what_it_owes(gate, read_studies) -> None:
    reads = read_studies(1)
    remove_site(gate.node, "north", actor="admin")
    assert [line.read for line in invoice(gate.node, "north", "2025-03").lines] == reads


def test_two_currencies_in_a_month_need_an_invoice_each(gate, read_studies) -> None:
    read_studies(1)
    set_site(gate.node, "north", SiteChange(rate=Money(20000, "EUR")), actor="admin")
    read_studies(1)
    with pytest.raises(Malformed, match="--currency"):
        invoice(gate.node, "north", "2025-03")
    assert invoice(gate.node, "north", "2025-03", "EUR").total == Money(20000, "EUR")
    assert invoice(gate.node, "north", "2025-03", "USD").total == Money(30000, "USD")


@pytest.mark.parametrize("month", ["", "2025", "2025-13", "2025-3", "03-2025", "2025-03-01", "0000-01"])
def test_what_is_no_month_is_refused(gate, month: str) -> None:
    with pytest.raises(Malformed, match="YYYY-MM"):
        invoice(gate.node, "north", month)


def test_unknown_site_is_not_found(gate) -> None:
    with pytest.raises(NotFound):
        invoice(gate.node, "west", "2025-03")


def test_csv_has_the_lines_of_the_json(gate, read_studies) -> None:
    read_studies(2)
    found = invoice(gate.node, "north", "2025-03")
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [row["read"] for row in rows] == [line["read"] for line in as_json(found)["lines"]]
    assert {(row["site"], row["month"], row["currency"], row["amount_minor"]) for row in rows} == {
        ("north", "2025-03", "USD", "30000")
    }


def test_json_is_plain_json(gate, read_studies) -> None:
    read_studies(1)
    found = as_json(invoice(gate.node, "north", "2025-03"))
    assert json.loads(json.dumps(found)) == found


def test_pdf_is_one_and_says_the_same_each_time(gate, read_studies) -> None:
    read_studies(2)
    found = invoice(gate.node, "north", "2025-03")
    pdf = as_pdf(found, "Overread")
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert pdf == as_pdf(found, "Overread")
