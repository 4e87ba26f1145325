"""On which terms a site may come in over DICOM, and what the door tells of those who came or were refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from config.errors import Malformed
from config.settings import Settings
from gateway import audit
from gateway.models import Site
from gateway.node import Node
from gateway.sites import get_site, site_view, tell_the_doors
from scp.user_identity import hash_password
from scp.visits_file import read_visits

_DAY = timedelta(days=1)
_UNLISTED = {"yes": True, "no": False, "node": None}


@dataclass(frozen=True, kw_only=True)
class DoorChange:
    """What to set of a site's terms; None leaves a thing as it is, 0 and () take a restriction away.

    `unlisted_sop_classes` is "yes", "no", or "node" for what the node's setting says.
    """

    networks: tuple[str, ...] | None = None
    certificates: tuple[str, ...] | None = None
    user: tuple[str, str] | None = None
    maximum_associations: int | None = None
    instances_per_hour: int | None = None
    bytes_per_hour: int | None = None
    unlisted_sop_classes: str | None = None


def set_door(node: Node, name: str, change: DoorChange, *, actor: str) -> dict[str, Any]:
    """Change the terms; running doors follow at their next association.

    Raises:
        NotFound: no such site.
        Malformed: a network that is none.
    """
    with node.identity.write() as session:
        site = get_site(session, name)
        _apply(site, change)
        view = site_view(session, site)
        audit.note(session, node.clock, actor=actor, action="site-door-changed", subject=name, detail=view["door"])
    tell_the_doors(node)
    return view


def latest_visits(settings: Settings, site: str, ae_titles: list[str], *, limit: int = 10) -> list[dict[str, Any]]:
    """Return the latest associations of a site, newest first.

    Those refused under its AE titles are among them, and TLS handshakes that failed with hosts that it came from.
    """
    every = read_visits(settings.visits_file)
    hosts = {each["host"] for each in every if each["site"] == site or each["calling_ae"] in ae_titles}
    visits = [
        each
        for each in every
        if each["site"] == site
        or each["calling_ae"] in ae_titles
        or (is_failed_handshake(each) and each["host"] in hosts)
    ]
    return [{key: value for key, value in each.items() if key not in {"site", "delivery"}} for each in visits[:limit]]


def refused_lately(settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """Return one refused association of each kind within a day, newest first."""
    kinds: dict[tuple[str, ...], dict[str, Any]] = {}
    for visit in read_visits(settings.visits_file):
        if visit["site"] is None and now - datetime.fromisoformat(visit["at"]) < _DAY:
            kinds.setdefault((visit["answer"], visit["calling_ae"], visit["called_ae"], visit["host"]), visit)
    return list(kinds.values())


def is_failed_handshake(visit: dict[str, Any]) -> bool:
    """Say whether a visit ended within its TLS handshake, before anybody was named."""
    return visit["site"] is None and not visit["calling_ae"] and bool(visit["tls"])


def _apply(site: Site, change: DoorChange) -> None:
    if change.networks is not None:
        site.networks = [_network(each) for each in change.networks]
    if change.certificates is not None:
        site.certificates = list(change.certificates)
    if change.user is not None:
        name, password = change.user
        site.dimse_user, site.dimse_password_hash = name, hash_password(password) if name else ""
    if change.unlisted_sop_classes is not None:
        site.unlisted_sop_classes = _UNLISTED[change.unlisted_sop_classes]
    for field in ("maximum_associations", "instances_per_hour", "bytes_per_hour"):
        if (value := getattr(change, field)) is not None:
            setattr(site, field, value or None)


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise Malformed(f"{text!r} is no network: write 10.1.0.0/16, or 10.1.2.3 for one address") from None
