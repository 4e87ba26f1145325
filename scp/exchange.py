"""One request of query and retrieve and its responses: read within bounds, answered with its own message id."""

from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom.dimse_primitives import C_FIND, C_GET, C_MOVE
from pynetdicom.dsutils import decode, encode
from pynetdicom.presentation import PresentationContext

from config.errors import Malformed, NotFound, OurFault, TooLarge
from config.identifiers import AETitle
from config.metrics import QUERIES
from scp.information_models import Operation
from scp.line import Line
from scp.query_statuses import CANCELLED, PENDING
from scp.suboperations import Tally

Request = C_FIND | C_GET | C_MOVE
REQUESTS = (C_FIND, C_GET, C_MOVE)
OPERATIONS: dict[type[Request], Operation] = {C_FIND: "find", C_GET: "get", C_MOVE: "move"}

_LARGEST_IDENTIFIER = 1024 * 1024


class Exchange:
    """One request and its responses."""

    def __init__(self, line: Line, request: Request, context: PresentationContext) -> None:
        self.line = line
        self.operation = OPERATIONS[type(request)]
        self.message_id = int(request.MessageID or 0)
        self.status = 0
        self.given = 0
        self._request = request
        self._context_id = int(context.context_id or 0)
        self._syntax: UID = context.transfer_syntax[0]

    @property
    def cancelled(self) -> bool:
        """Say whether the peer takes its request back."""
        return self.line.cancelled(self.message_id)

    @property
    def move_destination(self) -> str:
        """Return the AE title that a C-MOVE names.

        Raises:
            NotFound: it is none.
        """
        try:
            return AETitle(str(getattr(self._request, "MoveDestination", "") or "")).value
        except Malformed:
            raise NotFound("the destination is no AE title") from None

    def attributes(self) -> Dataset:
        """Return the identifier that the request brought, read to its end.

        Raises:
            TooLarge: longer than any that makes sense.
            Malformed: it is missing or cannot be decoded.
        """
        encoded = self._request.Identifier
        if encoded is None:
            raise Malformed("a request without an identifier")
        if encoded.getbuffer().nbytes > _LARGEST_IDENTIFIER:
            raise TooLarge("an identifier longer than any that makes sense")
        try:
            attributes = decode(encoded, self._syntax.is_implicit_VR, self._syntax.is_little_endian)
            attributes.decode()
            attributes.walk(lambda _dataset, _element: None)  # every element is read here, and nowhere later
        except Exception as error:
            raise Malformed("the identifier cannot be decoded") from error
        return attributes

    def give(self, attributes: Dataset, status: int) -> bool:
        """Send a match; return whether the peer was there to take it."""
        self.given += 1
        response = self._response(status)
        response.Identifier = self._encoded(attributes)
        return self.line.send(response, self._context_id)

    def report(self, tally: Tally) -> bool:
        """Say how far the sub-operations are."""
        response = self._response(PENDING)
        response.NumberOfRemainingSuboperations = tally.remaining
        _count(response, tally)
        return self.line.send(response, self._context_id)

    def conclude(self, tally: Tally, status: int | None = None) -> None:
        """Send the final response of a retrieval, with the instances that failed."""
        self.given = tally.completed + tally.warned
        response = self._response(tally.status if status is None else status)
        _count(response, tally)
        if status == CANCELLED:
            response.NumberOfRemainingSuboperations = tally.remaining
        if tally.failed_uids:
            failed = Dataset()
            failed.FailedSOPInstanceUIDList = tally.failed_uids
            response.Identifier = self._encoded(failed)
        self._last(response)

    def finish(self, status: int, comment: str = "") -> None:
        """Send the final response of a query, or a refusal."""
        response = self._response(status)
        if comment:
            response.ErrorComment = comment
        self._last(response)

    def _last(self, response: Any) -> None:
        QUERIES.labels(self.operation, f"{self.status:04X}").inc()
        self.line.send(response, self._context_id)

    def _response(self, status: int) -> Any:
        self.status = status
        response = type(self._request)()
        response.MessageID = response.MessageIDBeingRespondedTo = self.message_id
        response.AffectedSOPClassUID = self._request.AffectedSOPClassUID
        response.Status = status
        return response

    def _encoded(self, attributes: Dataset) -> BytesIO:
        encoded = encode(attributes, self._syntax.is_implicit_VR, self._syntax.is_little_endian)
        if encoded is None:
            raise OurFault("an answer cannot be encoded")
        return BytesIO(encoded)


def _count(response: Any, tally: Tally) -> None:
    response.NumberOfCompletedSuboperations = tally.completed
    response.NumberOfFailedSuboperations = tally.failed
    response.NumberOfWarningSuboperations = tally.warned
