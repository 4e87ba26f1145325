"""What was received and not looked at yet: the entries of the spool, counted by their delivery.

In a very full spool only the oldest are opened, and it is told that these are not all. An object that is being taken in
at this moment may be counted here and as taken in, until its entry is gone.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import islice

from config.errors import Malformed, NotFound
from gateway.node import Node
from scp.spool import Envelope

_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many objects of each delivery lie in the spool, the envelope of the first of each, and if these are all."""

    counts: Counter[str]
    first: dict[str, Envelope]
    all: bool


def waiting_objects(node: Node) -> Waiting:
    """Look through the spool, the oldest first."""
    counts: Counter[str] = Counter()
    first: dict[str, Envelope] = {}
    entries = node.spool.entries()
    for entry in islice(entries, _LOOKED_AT):
        try:
            envelope, payload = node.spool.open(entry)
        except (NotFound, Malformed):
            continue
        payload.close()
        counts[envelope.delivery] += 1
        first.setdefault(envelope.delivery, envelope)
    return Waiting(counts, first, next(entries, None) is None)
