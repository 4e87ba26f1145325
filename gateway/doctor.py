"""Look a node over and say what is wrong in words that say what to do."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from config.audit import verify_chain
from config.clock import system_clock
from config.errors import Misconfigured, OverreadError
from config.key_versions import read_key_versions
from config.keys import read_receipt_seed, read_vault_identity, read_vault_recipient
from config.settings import Settings
from gateway.case_reports.countries import LICENSED_BY_STATE
from gateway.commitment_models import Commitment
from gateway.heartbeat import worker_lives
from gateway.home import databases_current
from gateway.key_rotation import lost_key_versions
from gateway.models import IdentityAudit, Match, ReceivedObject, Return, Site, Study
from gateway.node import Node, open_node
from gateway.observations import NO_DEFINED_TERM, duplicates_since, observed_of
from gateway.own_certificate import expiry_of
from gateway.site_door import is_failed_handshake, refused_lately
from gateway.sites import list_sites
from gateway.workstation_titles import workstation_titles
from scp.rejections import ADDRESS_NOT_PERMITTED, CERTIFICATE_NOT_PERMITTED, USER_NOT_PERMITTED
from worklist.models import ReadingAudit

_DAY = timedelta(days=1)
_RENEW_BEFORE = timedelta(days=30)
_MANY, _OFTEN = 100, 0.2
_HANDSHAKES = (
    ("showed no certificate", "give the sender a certificate signed by a CA of [dicom] tls_ca"),
    ("not trusted", "add the CA that signed it to the file [dicom] tls_ca; with its intermediates if there are any"),
    ("does not trust", "give the sender the CA of this node's certificate, intermediates in tls_certificate"),
    ("speaks no TLS", "turn TLS on at the sender, or let it use the plain port"),
    ("no version or cipher", "update the sender's TLS: 1.2 with ECDHE and AES-GCM or ChaCha20, or 1.3"),
)


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
    found += _certificates(settings)
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
    read_key_versions(home)
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


def _certificates(settings: Settings) -> Iterator[Diagnosis]:
    """Say of each door with TLS until when its certificate is good."""
    for section, files in (("dicom", settings.dicom), ("hl7", settings.hl7)):
        advice = f"renew tls_certificate of [{section}]; a running DIMSE door takes the new files by itself"
        try:
            until = expiry_of(files, section)
        except (OverreadError, OSError) as error:
            yield Diagnosis(f"tls {section}", False, str(error) or type(error).__name__, advice)
            continue
        if until is not None:
            well = until - system_clock() > _RENEW_BEFORE
            yield Diagnosis(f"tls {section}", well, f"the certificate is good until {until:%Y-%m-%d %H:%M} UTC", advice)


def _senders(node: Node, sites: Sequence[Mapping[str, Any]]) -> Iterator[Diagnosis]:
    """Name the sites whose clocks are ahead, whose texts have no known character set, or that send things again."""
    now = node.clock()
    for site in (str(view["name"]) for view in sites):
        with node.identity.read() as session:
            seen = observed_of(session, site, now)
            objects, again = duplicates_since(session, site, now - _DAY)
        ahead, unknown = seen["clock_ahead"], seen["character_sets"].get(NO_DEFINED_TERM, 0)
        if ahead is not None and now - ahead["last_at"] < _DAY:
            finding = f"{site}: objects made up to {ahead['seconds'] / 60:.0f} min after they came"
            yield Diagnosis("clock skew", False, finding, "set the sender's clock and time zone; compare this node's")
        if unknown:
            finding = f"{site}: {unknown} object(s) whose Specific Character Set is no defined term"
            yield Diagnosis("character sets", False, finding, "let the sender's vendor correct (0008,0005)")
        if objects >= _MANY and again > objects * _OFTEN:
            finding = f"{site}: {again} of {objects} objects of a day had come before"
            yield Diagnosis(
                "duplicates", False, finding, "look for a rule that sends twice, or a sender that hears no answer"
            )


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
        failing = session.scalar(select(func.count()).where(Study.again_at.is_not(None)))
        untold = session.scalar(
            select(func.count()).where(Commitment.attempts > 0, Commitment.state.in_(("judged", "given-up")))
        )
        parked = session.scalar(select(func.count()).where(Return.state != "sent"))
    with node.reading.read() as session:
        broken = broken or verify_chain(session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq)))
    yield _key_versions(node)
    yield from _refused(node, {title: view["name"] for view in sites for title in view["ae_titles"]})
    yield from _senders(node, sites)
    yield from _hl7_door(node, sites)
    yield from _homes(node)
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
    yield Diagnosis(
        "stages",
        not failing,
        f"{failing} study(ies) failed and are tried again",
        "look at the log, and for room on disk",
    )
    yield Diagnosis("commitments", not untold, f"{untold} report(s) not taken yet", "overread commitment list")
    yield Diagnosis("returns", not parked, f"{parked} answer(s) not delivered yet", "overread read show READ says why")


def _key_versions(node: Node) -> Diagnosis:
    lost = lost_key_versions(node)
    versions = ", ".join(str(each) for each in lost or node.keys.versions())
    finding = f"version {versions} lost, with patients under it" if lost else f"version {versions} there"
    return Diagnosis("key versions", not lost, finding, "put the latest copy of keys/node.key back")


def _refused(node: Node, site_of: dict[str, str]) -> Iterator[Diagnosis]:
    """Name who was refused at the DIMSE door within a day, with the line that would let them in."""
    for visit in refused_lately(node.settings, node.clock()):
        who = f"{visit['calling_ae']} from {visit['host']} calling {visit['called_ae']}: {visit['answer']}"
        if is_failed_handshake(visit):
            who = f"{visit['host']}: {visit['answer']}"
        yield Diagnosis("refused", False, who, _would_let_in(node, visit, site_of.get(visit["calling_ae"])))


def _hl7_door(node: Node, sites: Sequence[Mapping[str, Any]]) -> Iterator[Diagnosis]:
    """Say of an HL7 door how many sites it knows; where none is known it refuses every message."""
    settings = node.settings.hl7
    if settings.port:
        known = sum(bool(view["hl7_facilities"]) for view in sites)
        finding = f"port {settings.port} at {settings.host}; {known} site(s) may send"
        yield Diagnosis("hl7 door", bool(known), finding, "overread site set NAME --hl7-facility FACILITY")


def _homes(node: Node) -> Iterator[Diagnosis]:
    """Name the sites whose studies without a case nobody may read, as nobody says where their patients live."""
    if not node.settings.worklist.require_licence:
        return
    linked = select(Match.id).where(Match.study_id == Study.id, Match.ended_at.is_(None)).exists()
    query = select(Study.site, func.count()).join(Site, Site.name == Study.site).group_by(Study.site)
    untold = Site.jurisdiction.in_(("", *LICENSED_BY_STATE))
    with node.identity.read() as session:
        rows = session.execute(query.where(untold, ~linked, Study.state == "published").order_by(Study.site)).all()
    for site, number in rows:
        finding = f"{site}: {number} study(ies) without a case, which no reader is licensed for"
        yield Diagnosis("homes", False, finding, f"overread site set {site} --jurisdiction CODE, or a case for each")


def _would_let_in(node: Node, visit: dict[str, Any], site: str | None) -> str:
    if is_failed_handshake(visit):
        return next((advice for words, advice in _HANDSHAKES if words in visit["answer"]), "look at the peer's TLS log")
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
