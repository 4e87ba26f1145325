"""Which uploads wait to be unpacked: what lies in the folder says so, whatever the database knows.

A row that a crash kept from being written is written now, from the waybill; what a dead process was receiving, and so
never acknowledged, is swept away.
"""

from pathlib import Path

from config.errors import SenderFault
from config.log import get_log
from gateway.models import Delivery
from gateway.node import Node
from gateway.uploads.deliveries import open_delivery
from gateway.uploads.waybill import Places, Waybill
from scp.growing_file import sweep_abandoned


def pending_uploads(node: Node) -> list[str]:
    """Return the identifiers of the bundles that wait, the oldest first."""
    if not node.uploads.is_dir():
        return []
    names = {path.name for path in node.uploads.iterdir()}
    for name in names:
        if name.endswith(".part"):
            sweep_abandoned(node.uploads / name, (node.uploads / name).with_suffix(".json"))
    waiting = [name.removesuffix(".bundle") for name in names if name.endswith(".bundle")]
    known = [upload_id for upload_id in waiting if _has_row(node, upload_id) or _recorded(node, upload_id)]
    return sorted(known, key=lambda upload_id: _age(Places(node.uploads, upload_id).bundle))


def _has_row(node: Node, upload_id: str) -> bool:
    with node.identity.read() as session:
        return session.get(Delivery, upload_id) is not None


def _recorded(node: Node, upload_id: str) -> bool:
    """Write the row that a bundle lacks; one without a usable waybill is put aside for a person to see."""
    bundle = node.uploads / f"{upload_id}.bundle"
    try:
        open_delivery(node, upload_id, "upload", Waybill.read(Places(node.uploads, upload_id).waybill))
    except SenderFault:
        bundle.rename(bundle.with_suffix(".orphan"))
        get_log().error("upload-without-waybill", upload_id=upload_id)
        return False
    return True


def _age(bundle: Path) -> int:
    try:
        return bundle.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
