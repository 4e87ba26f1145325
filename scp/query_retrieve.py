"""Query and retrieve at the door (PS3.4 annex C): C-FIND, C-MOVE and C-GET of published studies for workstations.

The models are Patient Root and Study Root. A C-CANCEL is looked for before each match and each sub-operation. What a
request brings is hostile until it is checked: it is decoded here, bounded, and whatever goes wrong ends in a status.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from pynetdicom.presentation import PresentationContext

from config.log import describe, get_log
from scp.destination import line_to
from scp.exchange import OPERATIONS, Exchange, Request
from scp.information_models import INFORMATION_MODELS, Identifier, InformationModel, read_identifier
from scp.line import Line
from scp.query_statuses import (
    CANCELLED,
    PENDING,
    PENDING_WITH_WARNING,
    SOP_CLASS_NOT_SUPPORTED,
    SUCCESS,
    query_answer_to,
)
from scp.retrieval import Archive, Match
from scp.suboperations import Tally, send_all

_RELATIONAL, _COMBINED, _FUZZY = 0, 1, 2  # bytes of the application information (PS3.4 section C.5)


def agreed_extensions(proposed: dict[Any, bytes]) -> dict[Any, bytes]:
    """Return the answers to SOP class extended negotiation.

    Relational queries, a date and its time as one range, and fuzzy names, where asked for.
    """
    agreed = {}
    for uid, asked in proposed.items():
        model = INFORMATION_MODELS.get(str(uid))
        if model is not None:
            offered = (_RELATIONAL, _COMBINED, _FUZZY) if model.operation == "find" else (_RELATIONAL,)
            agreed[uid] = bytes(int(place in offered and value == 1) for place, value in enumerate(asked))
    return agreed


class QueryRetrieve:
    """The service of one door; the archive is opened when the first workstation needs it."""

    def __init__(self, open_archive: Callable[[], Archive], *, ae_title: str, timeout_seconds: float) -> None:
        self._open_archive = open_archive
        self._ae_title = ae_title
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._archive: Archive | None = None

    def serve(
        self, line: Line, workstation: str, request: Request, context: PresentationContext, extended: bytes
    ) -> None:
        """Answer one request, down to its final status."""
        exchange = Exchange(line, request, context)
        try:
            model = _model_of(request, context)
            if model is None:
                exchange.finish(SOP_CLASS_NOT_SUPPORTED, "the SOP class is not that of the presentation context")
                return
            identifier = read_identifier(exchange.attributes(), model, relational=_agreed(extended, _RELATIONAL))
            archive = self._opened()
            if model.operation == "find":
                wishes = {"fuzzy": _agreed(extended, _FUZZY), "combined": _agreed(extended, _COMBINED)}
                self._find(exchange, archive.find(workstation, identifier, **wishes))
            else:
                self._retrieve(archive, exchange, workstation, identifier)
        except Exception as error:  # noqa: BLE001 - the edge: also whatever a hostile identifier makes libraries raise
            get_log().warning("query refused", door="retrieve", calling_ae=workstation, **describe(error))
            exchange.finish(*query_answer_to(exchange.operation, error))
        finally:
            get_log().info(
                "query answered",
                door="retrieve",
                calling_ae=workstation,
                status=f"{exchange.status:04X}",
                count=exchange.given,
            )

    def close(self) -> None:
        """Close the archive if it was opened."""
        with self._lock:
            if self._archive is not None:
                self._archive.close()
                self._archive = None

    def _opened(self) -> Archive:
        with self._lock:
            if self._archive is None:
                self._archive = self._open_archive()
            return self._archive

    def _find(self, exchange: Exchange, matches: Iterator[Match]) -> None:
        for match in matches:
            if exchange.cancelled:
                exchange.finish(CANCELLED)
                return
            match.attributes.RetrieveAETitle = self._ae_title
            if not exchange.give(match.attributes, PENDING if match.complete else PENDING_WITH_WARNING):
                return
        exchange.finish(SUCCESS)

    def _retrieve(self, archive: Archive, exchange: Exchange, workstation: str, identifier: Identifier) -> None:
        operation, line = exchange.operation, exchange.line
        if operation == "get":
            instances = archive.select(workstation, identifier, operation, workstation)
            self._suboperations(exchange, Tally(operation, len(instances)), archive, instances, line, None)
            return
        destination = archive.destination(workstation, exchange.move_destination)
        instances = archive.select(workstation, identifier, operation, destination.ae_title)
        tally = Tally(operation, len(instances))
        if not instances:
            exchange.conclude(tally)
            return
        timeout, originator = self._timeout_seconds, (workstation, exchange.message_id)
        with line_to(destination, instances, calling_ae=self._ae_title, timeout_seconds=timeout) as other:
            self._suboperations(exchange, tally, archive, instances, other, originator)

    def _suboperations(
        self,
        exchange: Exchange,
        tally: Tally,
        archive: Archive,
        instances: Any,
        line: Line | None,
        originator: tuple[str, int] | None,
    ) -> None:
        steps = send_all(archive, iter(instances), line, tally, originator)
        while not exchange.cancelled:
            if not exchange.line.live:
                return
            if next(steps, "over") == "over":
                exchange.conclude(tally)
                return
            if tally.remaining and not exchange.report(tally):
                return
        exchange.conclude(tally, CANCELLED)


def _agreed(extended: bytes, place: int) -> bool:
    """Say whether a byte of the application information that was agreed on says yes."""
    return extended[place : place + 1] == b"\1"


def _model_of(request: Request, context: PresentationContext) -> InformationModel | None:
    """Return the model that a request asks for, if it is that of its presentation context and of its kind."""
    model = INFORMATION_MODELS.get(str(context.abstract_syntax))
    fits = model is not None and str(request.AffectedSOPClassUID) == str(context.abstract_syntax)
    return model if fits and model is not None and model.operation == OPERATIONS[type(request)] else None
