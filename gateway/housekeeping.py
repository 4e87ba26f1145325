"""Remove at the start of a worker what a dead one left behind and nobody owns any more."""

from sqlalchemy import select

from config.log import get_log
from gateway.models import ReceivedObject
from gateway.node import Node


def clean_up(node: Node) -> None:
    """Remove unfinished spool files, unfinished blobs, and staged objects that no row names.

    The worker alone stages objects, so at its start nothing is being staged.
    """
    removed = (
        node.spool.sweep() + node.staging.sweep(older_than_seconds=0) + node.published.sweep() + node.vault.sweep()
    )
    with node.identity.read() as session:
        named = set(session.scalars(select(ReceivedObject.derived_blob).where(ReceivedObject.disposition.is_(None))))
    for key in set(node.staging.keys()) - named:
        node.staging.delete(key)
        removed += 1
    if removed:
        get_log().info("remains-removed", count=removed)
