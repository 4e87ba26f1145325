"""Look a node over and say what is wrong in words that say what to do."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from config.audit import verify_chain
from config.errors import Misconfigured, OverreadError
from config.keys import read_node_key, read_receipt_seed, read_vault_identity, read_vault_recipient
from config.settings import Settings
from gateway.heartbeat import worker_lives
from gateway.home import databases_current
from gateway.models import Commitment, IdentityAudit, ReceivedObject, Return, Study
from gateway.node import Node, open_node
from gateway.site_door import refused_lately
from gateway.sites import list_sites
from gateway.workstation_titles import workstation_titles
from scp.rejections import ADDRESS_NOT_PERMITTED, CERTIFICATE_NOT_PERMITTED, USER_NOT_PERMITTED
from worklist.models import ReadingAudit


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    what: str
    well: bool
    finding: str
    advice: str = ""


def examine(settings: Settings) -> list[Diagnosis]:
    """Look over a home: keys, databases, disk, doors, and what waits for a person."""
    found = [_checked("keys", lambda: _keys(settings.home), "overread init, or restore keys/ from the backup")]
    current = _checked("databases", lambda: _databases(settings), "overread db upgrade")
    found.append(current)
    found.append(_disk(settings))
    if all(each.well for each in found[:2]):
        with open_node(settings) as node:
            found += list(_node(node))
    return found


def _checked(what: str, look: Callable[[], str], advice: str) -> Diagnosis:
    try:
        return Diagnosis(what, True, look())
    except (OverreadError, OSError, ValueError) as error:
        message = str(error) if isinstance(error, OverreadError) else type(error).__name__
        return Diagnosis(what, False, message, advice)


def _keys(home: Path) -> str:
    read_node_key(home)
    read_vault_identity(home)
    read_vault_recipient(home)
    read_receipt_seed(home)
    mode = stat.S_IMODE((home / "keys").stat().st_mode)
    if mode & 0o077:
        raise Misconfigured("the folder keys/ is open to others: chmod 700 it")
    return "present and readable by the node alone"


def _databases(settings: Settings) -> str:
    if not databases_current(settings):
        raise Misconfigured("the schema is behind this version")
    return "at this version's schema"


def _disk(settings: Settings) -> Diagnosis:
    state = os.statvfs(settings.home)
    free = state.f_bavail * state.f_frsize
    well = free > settings.dicom.reserve_bytes
    return Diagnosis("disk", well, f"{free / 1e9:.1f} GB free", "make room: below the reserve instances are refused")


def _node(node: Node) -> Iterator[Diagnosis]:
    yield Diagnosis("worker", worker_lives(node), "alive" if worker_lives(node) else "not running", "overread serve")
    with node.identity.read() as session:
        sites = list_sites(session)
        broken = verify_chain(session.scalars(select(IdentityAudit).order_by(IdentityAudit.seq)))
        quarantined = session.scalar(
            select(func.count()).where(
                ReceivedObject.disposition == "quarantined", ReceivedObject.discarded_at.is_(None)
            )
        )
        unmatched = session.scalar(select(func.count()).where(Study.state == "unmatched"))
        held = session.scalar(select(func.count()).where(Study.state == "held"))
        untold = session.scalar(
            select(func.count()).where(Commitment.attempts > 0, Commitment.state.in_(("judged", "given-up")))
        )
        parked = session.scalar(select(func.count()).where(Return.state != "sent"))
    with node.reading.read() as session:
        broken = broken or verify_chain(session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq)))
    yield from _refused(node, {title: view["name"] for view in sites for title in view["ae_titles"]})
    yield from _hl7_door(node, sites)
    yield Diagnosis("sites", bool(sites), f"{len(sites)} site(s)", "overread site add NAME --ae-title AE")
    yield Diagnosis(
        "audit trail", broken is None, "the chains hold" if broken is None else "tampered with", "overread audit verify"
    )
    yield Diagnosis(
        "spool", node.spool.count() < 10_000, f"{node.spool.count()} object(s) waiting", "is the worker alive?"
    )
    aside = node.spool.set_aside_count()
    yield Diagnosis("set aside", not aside, f"{aside} spool file(s) cannot be opened", "look at spool/bad in the home")
    yield Diagnosis("quarantine", True, f"{quarantined} object(s) for a person", "overread quarantine list")
    yield Diagnosis("unmatched", True, f"{unmatched} study(ies) wait for a case")
    yield Diagnosis("held", not held, f"{held} study(ies) held", "overread study list --state held")
    yield Diagnosis("commitments", not untold, f"{untold} report(s) not taken yet", "overread commitment list")
    yield Diagnosis("returns", not parked, f"{parked} answer(s) not delivered yet", "overread read show READ says why")


def _refused(node: Node, site_of: dict[str, str]) -> Iterator[Diagnosis]:
    """Name who was refused at the DIMSE door within a day, with the line that would let them in."""
    for visit in refused_lately(node.settings, node.clock()):
        who = f"{visit['calling_ae']} from {visit['host']} calling {visit['called_ae']}: {visit['answer']}"
        yield Diagnosis("refused", False, who, _would_let_in(node, visit, site_of.get(visit["calling_ae"])))


def _hl7_door(node: Node, sites: Sequence[Mapping[str, Any]]) -> Iterator[Diagnosis]:
    """Say of an HL7 door how many sites it knows; where none is known it refuses every message."""
    settings = node.settings.hl7
    if settings.port:
        known = sum(bool(view["hl7_facilities"]) for view in sites)
        finding = f"port {settings.port} at {settings.host}; {known} site(s) may send"
        yield Diagnosis("hl7 door", bool(known), finding, "overread site set NAME --hl7-facility FACILITY")


def _would_let_in(node: Node, visit: dict[str, Any], site: str | None) -> str:
    if visit["called_ae"] != node.settings.dicom.ae_title:
        return f"enter {node.settings.dicom.ae_title} as called AE title at the sender"
    if visit["calling_ae"] in workstation_titles(node):
        return f"overread workstation remove {visit['calling_ae']}, then add with --network and --certificate that fit"
    if site is None:
        return (
            f"overread site add NAME --ae-title {visit['calling_ae']} (all --ae-title of a known site: site set NAME); "
            f"for a reader's viewer overread workstation add {visit['calling_ae']}"
        )
    wanted = {
        ADDRESS_NOT_PERMITTED.outcome: f"overread site door {site} --network {visit['host']} (beside those it has)",
        CERTIFICATE_NOT_PERMITTED.outcome: f"overread site door {site} --certificate FILE.pem",
        USER_NOT_PERMITTED.outcome: f"overread site door {site} --user NAME --password-stdin",
    }
    return wanted.get(visit["answer"], "it may try again; raise the limit if it comes often")
