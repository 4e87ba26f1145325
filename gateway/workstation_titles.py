"""The AE titles of workstations as the DIMSE door and the sites need them: one title belongs to one of either.

Workstations are kept in the reading zone, since they belong to readers; sites in the identified one.
"""

from collections.abc import Iterable

from config.errors import Conflict
from config.identifiers import AETitle
from gateway.node import Node
from scp.peers import DoorTerms, WorkstationRule
from worklist.access.workstations import WorkstationRecord, list_workstations

MOST_ASSOCIATIONS = 8  # of one workstation, so that none keeps the senders out


def workstation_rules(node: Node) -> list[WorkstationRule]:
    """Return the rules for the door: workstations whose reader is let in."""
    with node.reading.read() as session:
        records = list_workstations(session)
    return [WorkstationRule(AETitle(each.ae_title), _terms(each)) for each in records if each.active]


def _terms(record: WorkstationRecord) -> DoorTerms:
    return DoorTerms(networks=record.networks, certificates=record.certificates, maximum_associations=MOST_ASSOCIATIONS)


def workstation_titles(node: Node) -> set[str]:
    """Return the AE titles of all workstations."""
    with node.reading.read() as session:
        return {each.ae_title for each in list_workstations(session)}


def refuse_workstations(node: Node, titles: Iterable[AETitle]) -> None:
    """Refuse AE titles for a site that are a workstation's.

    Raises:
        Conflict: one of them is.
    """
    taken = workstation_titles(node)
    for title in titles:
        if title.value in taken:
            raise Conflict(f"the AE title {title} belongs to a workstation")
