"""What a coordinator may know of an upload: how far it has come, and once it is whole what becomes of its files."""

from typing import Any

from gateway.models import Delivery
from gateway.node import Node
from gateway.uploads import upload_report
from gateway.uploads.resumable import upload_progress


def upload_state(node: Node, upload_id: str, *, owner: str) -> dict[str, Any]:
    """Return the report of an upload; of a resumable one that is not whole, its offset and length.

    The latter is for its owner alone, as it is for who resumes it.

    Raises:
        NotFound: no such upload, or one of somebody else that is not whole.
    """
    with node.identity.read() as session:
        if session.get(Delivery, upload_id) is not None:
            return upload_report(session, upload_id)
    progress = upload_progress(node, upload_id, owner=owner)
    return {
        "delivery": upload_id,
        "state": "unpacking" if progress.whole else "receiving",
        "offset": progress.offset,
        "length": progress.length,
        "failure": None,
        "files": [],
        "counts": {},
        "promised": None,
    }
