"""What lies in the spool of deliveries, by the envelopes alone; what leaves meanwhile is passed over."""

from collections.abc import Iterable, Iterator

from config.errors import Malformed, NotFound
from gateway.node import Node
from scp.spool import Entry, Envelope


def envelopes_of(node: Node, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Envelope]]:
    """Yield spool entries with their envelopes; no payload is read."""
    for entry in entries:
        try:
            envelope, payload = node.spool.open(entry)
        except (NotFound, Malformed):
            continue
        payload.close()
        yield entry, envelope
