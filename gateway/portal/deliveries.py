"""What somebody on the upload page may know of a delivery: how far it is, and a plain verdict for each of their files.

Neither the studies' pseudonyms nor what other ways brought to the case are shown, nor why a study is held: that is
written for the hospital, and the page has its own words for each disposition.
"""

from typing import Any

from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway.models import Delivery
from gateway.node import Node
from gateway.portal.admission import require_own
from gateway.portal.upload_sessions import Uploader
from gateway.uploads import upload_report
from gateway.uploads.resumable import upload_progress, uploads_of


def delivery_state(node: Node, uploader: Uploader, delivery_id: str) -> dict[str, Any]:
    """Return the state of a delivery: receiving, unpacking, processing, done or failed, and its files as far as known.

    Raises:
        NotFound: no such delivery by this way.
    """
    with node.identity.read() as session:
        require_own(session, uploader, delivery_id)
        if session.get(Delivery, delivery_id) is not None:
            return _reported(session, delivery_id)
    progress = upload_progress(node, delivery_id, owner=uploader.owner)
    return {
        "delivery": delivery_id,
        "state": "unpacking" if progress.whole else "receiving",
        "offset": progress.offset,
        "length": progress.length,
        "files": [],
        "counts": {},
    }


def overview(node: Node, uploader: Uploader) -> dict[str, Any]:
    """Return the uploads that can be resumed and the deliveries that came whole, by this way."""
    uploads = uploads_of(node, uploader.owner)
    return {
        "open": [
            {"id": each.upload_id, "fingerprint": each.fingerprint, "offset": each.offset, "length": each.length}
            for each in uploads
            if not each.whole
        ],
        "deliveries": [each.upload_id for each in uploads if each.whole],
    }


def _reported(session: Session, delivery_id: str) -> dict[str, Any]:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("there is no such delivery")
    report = upload_report(session, delivery_id)
    files = [{key: file[key] for key in ("path", "disposition")} for file in report["files"]]
    return {
        "delivery": delivery_id,
        "state": report["state"],
        "received_at": delivery.opened_at.isoformat(),
        "failure": report["failure"],
        "files": files,
        "counts": report["counts"],
        "promised": report["promised"],
    }
