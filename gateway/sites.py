"""Sites: who may send, what they pay, where answers go.

The identity database is the truth. What the doors and the reading zone need of it (AE titles; name and rate) is written
out for them after every change, so that neither has to look into the identified zone.
"""

import re
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed, NotFound
from config.identifiers import AETitle
from config.money import Money
from gateway import audit
from gateway.certificates import digests_of
from gateway.facilities import facilities_of, set_facilities
from gateway.letters import language_for
from gateway.models import Case, Match, Site, SiteAE, Study
from gateway.node import Node
from gateway.workstation_titles import refuse_workstations, workstation_rules
from scp.peers import DoorTerms, SiteRule, write_peers
from worklist.publishing import set_site_terms

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PLAIN_FIELDS = (
    "display_name",
    "country",
    "jurisdiction",
    "markup_percent",
    "require_case",
    "return_host",
    "return_port",
    "commitment_host",
    "commitment_port",
    "return_tls",
    "return_trust",
    "commitment_tls",
    "commitment_trust",
    "language",
    "approve_reports",
    "case_from_report",
    "profile",
)


@dataclass(frozen=True, kw_only=True)
class SiteChange:
    """What to set on a site; None leaves a thing as it is. What is trusted is certificates in PEM, "" for none.

    `jurisdiction` is where its patients live of whom no report tells it, "" for nowhere.
    """

    ae_titles: tuple[AETitle, ...] | None = None
    display_name: str | None = None
    country: str | None = None
    jurisdiction: str | None = None
    rate: Money | None = None
    markup_percent: int | None = None
    require_case: bool | None = None
    return_ae: AETitle | None = None
    return_host: str | None = None
    return_port: int | None = None
    commitment_host: str | None = None
    commitment_port: int | None = None
    return_tls: bool | None = None
    return_trust: str | None = None
    commitment_tls: bool | None = None
    commitment_trust: str | None = None
    language: str | None = None
    approve_reports: bool | None = None
    case_from_report: bool | None = None
    profile: str | None = None
    hl7_facilities: tuple[str, ...] | None = None


def add_site(node: Node, name: str, change: SiteChange, *, actor: str) -> dict[str, Any]:
    """Add a site, or bring back a removed one.

    Raises:
        Malformed: the name is not lower-case letters, digits and hyphens.
        Conflict: the site exists, or an AE title belongs to another site or a workstation.
    """
    if not _NAME.fullmatch(name):
        raise Malformed("a site's name has lower-case letters, digits and hyphens, such as north-field")
    refuse_workstations(node, change.ae_titles or ())
    billing = node.settings.billing
    default = Money.parse(billing.rate, billing.currency)
    with node.identity.write() as session:
        site = session.get(Site, name)
        if site is not None and site.removed_at is None:
            raise Conflict(f"the site {name} exists already; change it with `overread site set {name}`")
        if site is None:
            site = Site(
                name=name,
                display_name=name,
                rate_minor=default.amount_minor,
                currency=default.currency,
                created_at=node.clock(),
            )
            session.add(site)
            session.flush()
        site.removed_at = None
        _apply(session, site, change)
        audit.note(session, node.clock, actor=actor, action="site-added", subject=name, detail=_said(change))
        view = site_view(session, site)
    tell_the_doors(node)
    return view


def set_site(node: Node, name: str, change: SiteChange, *, actor: str) -> dict[str, Any]:
    """Change a site; studies that wait look at once whether they still have to, where that was changed.

    Raises:
        NotFound: no such site.
        Conflict: an AE title belongs to another site or a workstation.
    """
    refuse_workstations(node, change.ae_titles or ())
    with node.identity.write() as session:
        site = get_site(session, name)
        _apply(session, site, change)
        audit.note(session, node.clock, actor=actor, action="site-changed", subject=name, detail=_said(change))
        view = site_view(session, site)
    tell_the_doors(node)
    return view


def remove_site(node: Node, name: str, *, actor: str) -> None:
    """Shut the doors to a site; what it sent and what it owes stays."""
    with node.identity.write() as session:
        site = get_site(session, name)
        site.removed_at = node.clock()
        for row in session.scalars(select(SiteAE).where(SiteAE.site == name)):
            session.delete(row)
        set_facilities(session, name, ())
        audit.note(session, node.clock, actor=actor, action="site-removed", subject=name)
    tell_the_doors(node)


def list_sites(session: Session) -> list[dict[str, Any]]:
    """Return every site that is not removed, by name."""
    rows = session.scalars(select(Site).where(Site.removed_at.is_(None)).order_by(Site.name))
    return [site_view(session, site) for site in rows]


def get_site(session: Session, name: str) -> Site:
    """Return a site that is not removed.

    Raises:
        NotFound: no such site.
    """
    site = session.get(Site, name)
    if site is None or site.removed_at is not None:
        raise NotFound(f"there is no site {name!r}; `overread site list` shows the sites")
    return site


def site_view(session: Session, site: Site) -> dict[str, Any]:
    """Return a site as the command line shows it."""
    titles = session.scalars(select(SiteAE.ae_title).where(SiteAE.site == site.name).order_by(SiteAE.ae_title))
    address = None
    if site.return_ae:
        address = {"ae_title": site.return_ae, "host": site.return_host, "port": site.return_port}
        address |= _line(tls=site.return_tls, trust=site.return_trust)
    commitment: dict[str, Any] | None = None
    if site.commitment_host:
        commitment = {"host": site.commitment_host, "port": site.commitment_port}
        commitment |= _line(tls=site.commitment_tls, trust=site.commitment_trust)
    return {
        "name": site.name,
        "display_name": site.display_name,
        "ae_titles": list(titles),
        "hl7_facilities": facilities_of(session, site.name),
        "country": site.country,
        "jurisdiction": site.jurisdiction,
        "rate_minor": site.rate_minor,
        "currency": site.currency,
        "markup_percent": site.markup_percent,
        "require_case": site.require_case,
        "language": language_for(site.language, site.country),
        "approve_reports": site.approve_reports,
        "case_from_report": site.case_from_report,
        "profile": site.profile,
        "return": address,
        "door": _door(site),
        "commitment": commitment,
    }


def tell_the_doors(node: Node) -> None:
    """Write out what the DIMSE door and the reading zone need to know of the sites."""
    with node.identity.read() as session:
        views = list_sites(session)
        rules = [_rule(session, session.get_one(Site, view["name"])) for view in views]
    write_peers(node.settings.peers_file, rules, workstation_rules(node))
    with node.reading.write() as session:
        for v in views:
            set_site_terms(
                session,
                site=v["name"],
                display_name=v["display_name"],
                rate_minor=v["rate_minor"],
                currency=v["currency"],
                markup_percent=v["markup_percent"],
            )


def _line(*, tls: bool, trust: str) -> dict[str, Any]:
    """Return how a peer is called: over TLS or not, and the digests of the certificates that are trusted then."""
    return {"tls": tls, "trust": digests_of(trust)} if tls else {"tls": False}


def _door(site: Site) -> dict[str, Any]:
    return {
        "networks": site.networks,
        "certificates": site.certificates,
        "user": site.dimse_user or None,
        "maximum_associations": site.maximum_associations,
        "instances_per_hour": site.instances_per_hour,
        "bytes_per_hour": site.bytes_per_hour,
        "unlisted_sop_classes": site.unlisted_sop_classes,
    }


def _rule(session: Session, site: Site) -> SiteRule:
    titles = session.scalars(select(SiteAE.ae_title).where(SiteAE.site == site.name).order_by(SiteAE.ae_title))
    terms = DoorTerms(
        networks=tuple(site.networks),
        certificates=tuple(site.certificates),
        user=site.dimse_user,
        password_hash=site.dimse_password_hash,
        maximum_associations=site.maximum_associations,
        instances_per_hour=site.instances_per_hour,
        bytes_per_hour=site.bytes_per_hour,
        unlisted_sop_classes=site.unlisted_sop_classes,
    )
    return SiteRule(site.name, tuple(AETitle(title) for title in titles), terms)


def _said(change: SiteChange) -> dict[str, object]:
    """Return what a change says, for the audit trail."""
    said = {field.name: getattr(change, field.name) for field in fields(change)}
    for name in ("return_trust", "commitment_trust"):
        said[name] = None if said[name] is None else tuple(digests_of(said[name]))
    return {
        name: [str(each) for each in value] if isinstance(value, tuple) else str(value)
        for name, value in said.items()
        if value is not None
    }


def _apply(session: Session, site: Site, change: SiteChange) -> None:
    if change.ae_titles is not None:
        _set_ae_titles(session, site.name, change.ae_titles)
    if change.hl7_facilities is not None:
        set_facilities(session, site.name, change.hl7_facilities)
    if change.rate is not None:
        site.rate_minor, site.currency = change.rate.amount_minor, change.rate.currency
    if change.return_ae is not None:
        site.return_ae = change.return_ae.value
    waited_for = (site.require_case, site.approve_reports)
    at_home = (site.country, site.jurisdiction)
    for field in _PLAIN_FIELDS:
        value = getattr(change, field)
        if value is not None:
            setattr(site, field, value)
    if waited_for != (site.require_case, site.approve_reports):
        _wake_waiting(session, site.name)
    if at_home != (site.country, site.jurisdiction):
        _wake_untold(session, site.name)
    address = (site.return_ae, site.return_host, site.return_port)
    if any(address) and not all(address):
        raise Malformed("a return address needs all of --return-ae, --return-host and --return-port")
    if bool(site.commitment_host) != bool(site.commitment_port):
        raise Malformed("an address for commitments needs both --commitment-host and --commitment-port")


def _wake_waiting(session: Session, name: str) -> None:
    """Ask for a revision of the studies of a site that wait for a case or for a person."""
    waiting = update(Study).where(Study.site == name, Study.state.in_(("unmatched", "held")))
    session.execute(waiting.values(wanted_revision=Study.wanted_revision + 1))


def _wake_untold(session: Session, name: str) -> None:
    """Ask for a revision of the studies before readers of whose patients no report tells where they live."""
    told = select(Match.study_id).join(Case, Case.id == Match.case_id).where(Match.ended_at.is_(None))
    untold = Study.id.not_in(told.where(Case.site == name, Case.jurisdiction != ""))
    before = update(Study).where(Study.site == name, Study.state == "published", untold)
    session.execute(before.values(wanted_revision=Study.wanted_revision + 1))


def _set_ae_titles(session: Session, name: str, titles: tuple[AETitle, ...]) -> None:
    wanted = {title.value for title in titles}
    for row in session.scalars(select(SiteAE).where(SiteAE.site == name)):
        if row.ae_title in wanted:
            wanted.discard(row.ae_title)
        else:
            session.delete(row)
    for title in sorted(wanted):
        owner = session.get(SiteAE, title)
        if owner is not None:
            raise Conflict(f"the AE title {title} belongs to the site {owner.site}")
        session.add(SiteAE(ae_title=title, site=name))
    session.flush()
