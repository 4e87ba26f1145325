"""Take a case report in, whichever way it is written: tell the way, read it, file its parts."""

from dataclasses import dataclass

from gateway.case_reports.hl7.taking_in import take_in_file
from gateway.case_reports.kinds import tell_kind
from gateway.case_reports.parts_filing import Became, Filed, file_parts
from gateway.case_reports.ways import read_document
from gateway.node import Node
from gateway.sites import get_site


@dataclass(frozen=True)
class CaseOutcome:
    """What became of a case document."""

    case_number: str
    outcome: Became


def receive(
    node: Node,
    *,
    site: str,
    payload: bytes,
    actor: str,
    content_type: str = "",
    file_name: str = "",
    told_as: str = "",
) -> list[Filed]:
    """Take in a document and say what became of each part of it.

    `told_as` is what its sender calls this telling of it, so that it is told once however often it is sent.

    Raises:
        Malformed: it cannot be read at all.
        NotFound: no such site.
        SenderFault: its only part cannot be filed, with the reason.
    """
    kind = tell_kind(payload, content_type, file_name)
    with node.identity.read() as session:
        get_site(session, site)
    if kind == "hl7":
        return take_in_file(node, site=site, payload=payload, actor=actor)
    parts = read_document(node, kind, payload)
    return file_parts(node, site=site, kind=kind, payload=payload, parts=parts, actor=actor, told_as=told_as)


def import_case(node: Node, *, site: str, payload: bytes, content_type: str, actor: str) -> CaseOutcome:
    """Take in a document that is about one case.

    Raises:
        Malformed: it cannot be read.
        Conflict: the case number is taken by another document.
        NotFound: no such site.
    """
    first = receive(node, site=site, payload=payload, content_type=content_type, actor=actor)[0]
    if first.problem is not None:
        raise first.problem
    return CaseOutcome(first.case_number or "", first.outcome)
