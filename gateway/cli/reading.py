"""overread read list | show; overread invoice; overread stats; overread audit show | verify."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from config.audit import AuditColumns, verify_chain
from config.errors import Conflict
from gateway.billing import as_csv
from gateway.billing import as_json as invoice_json
from gateway.billing import invoice as make_invoice
from gateway.cli.frame import json_option, print_json, print_rows, print_view, with_node
from gateway.models import IdentityAudit, Return
from gateway.node import Node
from gateway.read_views import list_reads, read_view
from gateway.sites import get_site
from gateway.studies import return_view
from worklist.models import ReadingAudit
from worklist.statistics import stats as count_reads


@click.group()
def read() -> None:
    """Signed second reads."""


@read.command("list")
@click.option("--site")
@json_option
@with_node
def read_list(node: Node, site: str | None, as_json: bool) -> None:
    """List the signed reads."""
    with node.reading.read() as session:
        rows = list_reads(session, site=site)
    columns = ("id", "study_uid", "site", "reader", "agreement", "radpeer", "signed_at")
    print_rows(rows, columns, as_json=as_json, empty="no signed reads")


@read.command("show")
@click.argument("read_id", metavar="READ")
@json_option
@with_node
def read_show(node: Node, read_id: str, as_json: bool) -> None:
    """Show a signed read and how its answer went back."""
    with node.reading.read() as session:
        view = read_view(session, read_id)
    with node.identity.read() as session:
        rows = session.scalars(select(Return).where(Return.read_id == read_id).order_by(Return.id))
        returns = [return_view(row) for row in rows]
    print_view({**view, "returns": returns}, as_json=as_json)


@click.command()
@click.option("--site", required=True)
@click.option("--month", required=True, metavar="YYYY-MM")
@click.option("--currency", help="Where the site's currency was changed within the month.")
@click.option("--format", "form", type=click.Choice(["json", "csv", "pdf"]), default="json", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@with_node
def invoice(node: Node, site: str, month: str, currency: str | None, form: str, out: Path | None) -> None:
    """Make a site's invoice of a month."""
    found = make_invoice(node, site, month, currency.upper() if currency else None)
    if form == "pdf":
        from gateway.billing_pdf import as_pdf

        content = as_pdf(found, node.settings.node.name)
    elif form == "csv":
        content = as_csv(found).encode()
    else:
        content = (json.dumps(invoice_json(found), ensure_ascii=False, indent=2) + "\n").encode()
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    click.echo(f"{out}: {len(found.lines)} line(s), {found.total}")


@click.command()
@click.option("--site")
@click.option("--since", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@json_option
@with_node
def stats(node: Node, site: str | None, since: datetime | None, as_json: bool) -> None:
    """Count reads, agreement, RADPEER scores and changed diagnoses."""
    if site is not None:
        with node.identity.read() as session:
            get_site(session, site)
    with node.reading.read() as session:
        counted = count_reads(session, site, since.replace(tzinfo=UTC) if since else None)
    view: dict[str, Any] = asdict(counted)
    for question, answers in (
        ("diagnosis_changed", counted.diagnosis_changed),
        ("treatment_changed", counted.treatment_changed),
    ):
        view[question]["rate"] = answers.rate
    print_view(view, as_json=as_json)


@click.group()
def audit() -> None:
    """Who did what, in both zones."""


_ZONES: dict[str, type[AuditColumns]] = {"identity": IdentityAudit, "reading": ReadingAudit}
_zone_option = click.option("--zone", type=click.Choice(sorted(_ZONES)), help="One zone only (default: both).")


@audit.command("show")
@_zone_option
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@json_option
@with_node
def audit_show(node: Node, zone: str | None, limit: int, as_json: bool) -> None:
    """Show the latest entries."""
    rows = []
    for name, entry in _ZONES.items():
        if zone in {None, name}:
            with (node.identity if name == "identity" else node.reading).read() as session:
                latest = session.scalars(select(entry).order_by(entry.seq.desc()).limit(limit)).all()
            rows += [
                {
                    "zone": name,
                    "seq": each.seq,
                    "at": each.at.isoformat(),
                    "actor": each.actor,
                    "action": each.action,
                    "subject": each.subject,
                    "detail": json.loads(each.detail),
                }
                for each in reversed(latest)
            ]
    rows.sort(key=lambda row: str(row["at"]))
    columns = ("at", "zone", "actor", "action", "subject")
    print_rows(rows[-limit:], columns, as_json=as_json, empty="the audit trail is empty")


@audit.command("verify")
@_zone_option
@json_option
@with_node
def audit_verify(node: Node, zone: str | None, as_json: bool) -> None:
    """Check that no entry was changed or removed."""
    found = []
    for name, entry in _ZONES.items():
        if zone in {None, name}:
            with (node.identity if name == "identity" else node.reading).read() as session:
                entries = session.scalars(select(entry).order_by(entry.seq)).all()
            found.append({"zone": name, "entries": len(entries), "broken_at": verify_chain(entries)})
    if as_json:
        print_json(found)
    for each in found:
        if not as_json and each["broken_at"] is None:
            click.echo(f"{each['zone']}: {each['entries']} entries, the chain holds")
    broken = [each for each in found if each["broken_at"] is not None]
    if broken:
        places = ", ".join(f"{each['zone']} at entry {each['broken_at']}" for each in broken)
        raise Conflict(f"the audit trail was tampered with: {places}")


COMMANDS = (read, invoice, stats, audit)
