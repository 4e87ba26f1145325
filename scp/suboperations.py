"""The C-STORE sub-operations of a C-MOVE or C-GET: each counted, those that failed named (PS3.4 sections C.4.2, C.4.3).

An instance goes as it is stored where the peer takes that, else uncompressed where it can be made so; else that one
fails, and the others go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from config.errors import OverreadError
from config.log import describe, get_log
from config.metrics import RETRIEVED
from scp.destination import UNCOMPRESSED
from scp.information_models import Operation
from scp.line import Line, StoreOffer
from scp.query_statuses import SUBOPERATIONS_FAILED, SUBOPERATIONS_FAILED_IN_PART, SUCCESS
from scp.retrieval import Archive, Retrievable

_WARNINGS = range(0xB000, 0xC000)


@dataclass
class Tally:
    """How far the sub-operations of one request are."""

    operation: Operation
    remaining: int
    completed: int = 0
    warned: int = 0
    failed: int = 0
    failed_uids: list[str] = field(default_factory=list)

    def count(self, instance: Retrievable, status: int | None) -> None:
        """Note how an instance was answered; None is no answer."""
        self.remaining -= 1
        outcome = "sent"
        if status == SUCCESS:
            self.completed += 1
        elif status in _WARNINGS:
            self.warned += 1
        else:
            self.failed += 1
            self.failed_uids.append(instance.sop_instance_uid)
            outcome = "not sent" if status is None else "refused"
        RETRIEVED.labels(self.operation, outcome).inc()

    @property
    def status(self) -> int:
        """Return the final status: a failure where nothing arrived, a warning where not all did."""
        if not self.failed and not self.warned:
            return SUCCESS
        return SUBOPERATIONS_FAILED_IN_PART if self.completed or self.warned else SUBOPERATIONS_FAILED


def send_all(
    archive: Archive,
    instances: Iterator[Retrievable],
    line: Line | None,
    tally: Tally,
    originator: tuple[str, int] | None,
) -> Iterator[None]:
    """Send the instances one after the other; yields after each, so that the asker can be told and may cancel."""
    for instance in instances:
        status = None if line is None or not line.live else _send(archive, instance, line, originator)
        tally.count(instance, status)
        yield


def choose_context(line: Line, instance: Retrievable) -> tuple[int, str] | None:
    """Return the presentation context and transfer syntax for an instance, or None when the peer takes none of them."""
    for syntax in (instance.transfer_syntax_uid, *UNCOMPRESSED):
        context_id = line.contexts.get((instance.sop_class_uid, syntax))
        if context_id is not None and syntax in instance.obtainable:
            return context_id, syntax
    return None


def _send(archive: Archive, instance: Retrievable, line: Line, originator: tuple[str, int] | None) -> int | None:
    chosen = choose_context(line, instance)
    if chosen is None:
        return None
    context_id, syntax = chosen
    offer = StoreOffer(instance.sop_class_uid, instance.sop_instance_uid, originator)
    try:
        return line.store(context_id, offer, archive.data_set(instance, syntax))
    except (OverreadError, OSError) as error:
        get_log().warning("instance not sent", door="retrieve", **describe(error))
        return None
