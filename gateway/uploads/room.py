"""What an upload may have, and what the disk can take: asked before bytes come and again while they come.

The node keeps `dicom.reserve_bytes` free: an upload is refused long before the disk is full, so that the databases can
still be written and the other doors still answer.
"""

from config.errors import StorageFull, TooLarge
from gateway.node import Node
from scp.growing_file import free_bytes

BETWEEN_CHECKS = 16 << 20
FULL = "the disk of the node has no room for the upload beside its reserve (dicom.reserve_bytes): try again later"


def require_allowed(node: Node, size: int) -> None:
    """Make sure that an upload may have so many bytes.

    Raises:
        TooLarge: more than uploads.maximum_bytes.
    """
    most = node.settings.uploads.maximum_bytes
    if size > most:
        raise TooLarge(f"an upload may have {most} bytes (uploads.maximum_bytes): send it in several parts")


def require_room(node: Node, size: int) -> None:
    """Make sure that so many bytes that are still to come leave the reserve alone.

    Raises:
        StorageFull: they do not.
    """
    if free_bytes(node.uploads) < node.settings.dicom.reserve_bytes + size:
        raise StorageFull(FULL)
