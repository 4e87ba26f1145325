"""Import from this machine: folders, files and bundles straight into the spool, without a copy of the bundle first.

The sources stay with whoever imports them, so a broken import is repeated and the objects that came already are
duplicates.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path

from config.errors import NotFound
from gateway.node import Node
from gateway.uploads.deliveries import check_address
from gateway.uploads.held import HeldDelivery
from gateway.uploads.spooling import MemberSpooler, OnMember
from gateway.uploads.waybill import Waybill
from scp.spool import Envelope

_BROKEN = "the import was broken off: run it again, what came already is not doubled"


def import_paths(
    node: Node,
    paths: Sequence[Path],
    *,
    site: str,
    case_number: str | None,
    on_member: OnMember | None = None,
    actor: str = "command line",
    password: str | None = None,
) -> str:
    """Lay every file below `paths` into the spool; return the identifier of the delivery.

    `on_member` hears of each once it is durable. `password` opens what is encrypted in archives; it is not kept.
    With several paths, each file's path begins with the one it came from.

    Raises:
        NotFound: no such path, site or case.
        Malformed: not a case number.
        Conflict: the case is closed.
        StorageFull: no room; what was laid down stays.
    """
    if missing := [path for path in paths if not (path.is_file() or path.is_dir())]:
        raise NotFound(f"there is no file or folder {missing[0]}")
    with node.identity.read() as session:
        check_address(session, site=site, case_number=case_number)
    delivery_id = uuid.uuid4().hex
    waybill = Waybill(
        site=site, case_number=case_number or "", filename="", received_at=node.clock(), actor=actor, bundle_bytes=0
    )
    delivery = HeldDelivery(node, delivery_id, "cli", waybill)
    envelope = Envelope(
        door="cli",
        site=site,
        delivery=delivery_id,
        received_at=waybill.received_at,
        case_number=waybill.case_number,
    )
    spooler = MemberSpooler(node, envelope, on_member, password=password)
    failures: list[str] = [_BROKEN]
    try:
        failures = _lay_down_all(spooler, paths)
    finally:
        failure = "; ".join(failures) or None
        delivery.close(expected=spooler.count, failure=failure, promised=spooler.promised())
    return delivery_id


def _lay_down_all(spooler: MemberSpooler, paths: Sequence[Path]) -> list[str]:
    failures = []
    for path in paths:
        name = path.name or path.resolve().name
        prefix = f"{name}/" if len(paths) > 1 and path.is_dir() else ""
        failure = spooler.lay_down_bundle(path.resolve(), name, prefix=prefix)
        if failure is not None:
            failures.append(f"{name}: {failure}" if len(paths) > 1 else failure)
    return failures
