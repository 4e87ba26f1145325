"""Enter and remove readers' workstations; running doors follow at their next association."""

from dataclasses import asdict
from ipaddress import ip_network
from typing import Any

from config.errors import Conflict, Malformed
from config.identifiers import AETitle
from gateway.certificates import digests_of
from gateway.models import SiteAE
from gateway.node import Node
from gateway.sites import tell_the_doors
from worklist.access.workstations import WorkstationRecord, add_workstation, list_workstations, remove_workstation
from worklist.audit import record


def enter_workstation(
    node: Node,
    ae_title: AETitle,
    *,
    reader: str,
    host: str,
    port: int,
    networks: tuple[str, ...] = (),
    certificates: tuple[str, ...] = (),
    tls: bool = False,
    trust: str = "",
    actor: str,
) -> dict[str, Any]:
    """Enter a workstation of a reader and return it.

    Raises:
        NotFound: no reader of that name.
        Conflict: the AE title is taken, by a workstation, a site or this node itself.
        Malformed: a network or host that is none.
    """
    if ae_title.value == node.settings.dicom.ae_title:
        raise Conflict(f"the AE title {ae_title} is this node's own")
    with node.identity.read() as session:
        owner = session.get(SiteAE, ae_title.value)
    if owner is not None:
        raise Conflict(f"the AE title {ae_title} belongs to the site {owner.site}")
    try:
        checked = [str(ip_network(each)) for each in networks]
    except ValueError:
        raise Malformed("a network is written 10.1.0.0/16, or 10.1.2.3 for one address") from None
    with node.reading.write() as session:
        add_workstation(
            session,
            node.clock,
            ae_title=ae_title,
            reader=reader,
            host=host,
            port=port,
            networks=checked,
            certificates=certificates,
            tls=tls,
            trust=trust,
        )
        detail = {"reader": reader, "host": host, "port": port, "networks": checked, "certificates": list(certificates)}
        detail |= {"tls": tls, "trust": digests_of(trust)}
        record(session, node.clock, actor=actor, action="workstation-added", subject=ae_title.value, detail=detail)
        view = workstation_view(next(each for each in list_workstations(session) if each.ae_title == ae_title.value))
    tell_the_doors(node)
    return view


def workstation_view(record: WorkstationRecord) -> dict[str, Any]:
    """Return a workstation as the command line shows it: of the certificates that are trusted the digests."""
    return asdict(record) | {"trust": digests_of(record.trust)}


def withdraw_workstation(node: Node, ae_title: str, *, actor: str) -> None:
    """Let a workstation in no more.

    Raises:
        NotFound: there is none of that AE title.
    """
    with node.reading.write() as session:
        reader = remove_workstation(session, ae_title)
        record(
            session,
            node.clock,
            actor=actor,
            action="workstation-removed",
            subject=ae_title.strip(" "),
            detail={"reader": reader},
        )
    tell_the_doors(node)
