"""What was received and not looked at yet: the entries of the spool, by their delivery.

In a very full spool only the oldest are opened, and it is told that these are not all. The entry of an object that is
taken in goes a moment after its row came, or after the next start: whoever counts both looks here first, then at the
rows, and leaves out the receipts that have one.
"""

from dataclasses import dataclass
from itertools import islice

from gateway.intake_group import receipt_of
from gateway.node import Node
from gateway.uploads.in_spool import envelopes_of
from scp.spool import Envelope

_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Waiting:
    """The receipts of what lies in the spool of each delivery, the envelope of its first, and if these are all."""

    receipts: dict[str, set[str]]
    first: dict[str, Envelope]
    all: bool

    def of(self, delivery_id: str) -> set[str]:
        """Return the receipts of what lies in the spool of a delivery."""
        return self.receipts.get(delivery_id, set())


def waiting_objects(node: Node) -> Waiting:
    """Look through the spool, the oldest first."""
    receipts: dict[str, set[str]] = {}
    first: dict[str, Envelope] = {}
    entries = node.spool.entries()
    for entry, envelope in envelopes_of(node, islice(entries, _LOOKED_AT)):
        receipts.setdefault(envelope.delivery, set()).add(receipt_of(entry, envelope))
        first.setdefault(envelope.delivery, envelope)
    return Waiting(receipts, first, next(entries, None) is None)
