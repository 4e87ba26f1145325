"""DIMSE on our way: a C-STORE goes from its fragments to the spool as they come, all else goes to the library.

pynetdicom gathers a data set in memory (or in a temporary file that stays behind when the peer drops) before anybody
sees it. Here the fragments of a message are checked for their order (PS3.8 annex E.2: one message at a time, command
before data set, one presentation context) and streamed. Everything runs on the association's reading thread, which
does not read on before the instance is durable: a sender can be no faster than the disk.
"""

from collections.abc import Callable

from pynetdicom.association import Association
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.pdu_primitives import P_DATA

from config.errors import Malformed
from scp.command_set import (
    C_STORE_RQ,
    LONGEST_COMMAND,
    StoreRequest,
    command_field,
    encode_store_response,
    has_data_set,
    read_command,
    read_store_request,
)
from scp.reception import AcceptedContext, Caller, Incoming, Reception
from scp.waiting import SignallingQueue
from scp.wire import COMMAND, HEADER_BYTES, LAST, Fragment, encode_command

_LONGEST_OTHER_DATA_SET = 8 * 1024 * 1024  # a storage commitment of 50 000 instances
_LONGEST_QUEUE = 16
_MOST_FRAGMENTS = 64


class StreamingDimse(DIMSEServiceProvider):
    """The DIMSE provider of one association; its methods are called by the association's reading thread only."""

    def __init__(
        self,
        assoc: Association,
        *,
        reception: Reception,
        caller: Callable[[], Caller | None],
        send: Callable[[bytes], None],
        wake: Callable[[], None],
    ) -> None:
        super().__init__(assoc)
        self.msg_queue = SignallingQueue(wake)
        self._reception = reception
        self._caller = caller
        self._send = send
        self._command = bytearray()
        self._context_id: int | None = None  # of the message under way
        self._request: StoreRequest | None = None
        self._incoming: Incoming | None = None
        self._fragments: list[memoryview] = []  # of its data set, not yet written
        self._other_bytes: int | None = None  # of the data set of another message under way

    @property
    def maximum_pdu_size(self) -> int:
        """Return how long a P-DATA-TF the peer takes, 0 for any: also of one that did not say, or says too little.

        The library can cut nothing to a length in which not a byte has room beside its header (PS3.8 annex D.1.1).
        """
        said = self.assoc.requestor.maximum_length or 0
        return max(said, HEADER_BYTES + 1) if said else 0

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take the fragments that the library read itself.

        Raises:
            Malformed: as `receive_fragment`.
        """
        for context_id, value in primitive.presentation_data_value_list:
            self.receive_fragment(Fragment(context_id, value[0], memoryview(value)[1:]))

    def receive_fragment(self, fragment: Fragment) -> None:
        """Take one fragment; answer a C-STORE with its last.

        The bytes of a data set must stay as they are until the next call of `settle`.

        Raises:
            Malformed: the fragment cannot be there; the association must be aborted.
            OSError: the answer cannot be sent.
        """
        if self._context_id is None and fragment.context_id not in self.assoc._accepted_cx:
            raise Malformed("a fragment comes under a presentation context that was not accepted")
        if self._context_id not in (None, fragment.context_id):
            raise Malformed("the fragments of two messages are interleaved")
        in_data_set = self._incoming is not None or self._other_bytes is not None
        if bool(fragment.control & COMMAND) == in_data_set:
            raise Malformed("a command and a data set stand in the wrong order")
        self._context_id = fragment.context_id
        if self._incoming is not None:
            self._fragments.append(fragment.body)
            if fragment.control & LAST:
                self._answer()
            elif len(self._fragments) >= _MOST_FRAGMENTS:
                self.settle()
        elif in_data_set:
            self._pass_data_set_on(fragment)
        else:
            self._take_command(fragment)

    def settle(self) -> None:
        """Write what came of a data set: many fragments cost one call to the system."""
        if self._incoming is not None and self._fragments:
            self._incoming.write(*self._fragments)
        self._fragments = []

    def abandon(self) -> None:
        """Give up what is under way, since the association is over."""
        self._fragments = []
        if self._incoming is not None:
            self._incoming.abandon()
            self._incoming = None

    def _take_command(self, fragment: Fragment) -> None:
        self._command += fragment.body
        if len(self._command) > LONGEST_COMMAND:
            raise Malformed("a command set is longer than any that exists")
        if not fragment.control & LAST:
            return
        command = read_command(self._command)
        if command_field(command) == C_STORE_RQ:
            self._begin(fragment.context_id, read_store_request(command))
        else:
            if self.msg_queue.qsize() >= _LONGEST_QUEUE:
                raise Malformed("the peer sends more requests than it was granted")
            self._other_bytes = 0 if has_data_set(command) else None
            self._to_library(fragment.context_id, fragment.control, self._command)
            if self._other_bytes is None:
                self._context_id = None
        self._command = bytearray()

    def _begin(self, context_id: int, request: StoreRequest) -> None:
        caller = self._caller()
        if caller is None:
            raise Malformed("an instance comes on an association that was not admitted")
        accepted = self.assoc._accepted_cx[context_id]
        context = AcceptedContext(str(accepted.abstract_syntax), str(accepted.transfer_syntax[0]))
        self._request = request
        self._incoming = self._reception.begin(caller, context, request)
        if not request.has_data_set:
            self._answer()

    def _answer(self) -> None:
        incoming, request, context_id = self._incoming, self._request, self._context_id
        if incoming is None or request is None or context_id is None:
            raise ValueError("there is nothing to answer")
        self.settle()
        answer = incoming.finish()
        self._incoming = self._request = self._context_id = None
        self._send(encode_command(context_id, encode_store_response(request, answer), self.maximum_pdu_size))

    def _pass_data_set_on(self, fragment: Fragment) -> None:
        self._other_bytes = (self._other_bytes or 0) + len(fragment.body)
        if self._other_bytes > _LONGEST_OTHER_DATA_SET:
            raise Malformed("the data set of a request is longer than any that this node takes")
        last = bool(fragment.control & LAST)
        self._to_library(fragment.context_id, fragment.control, fragment.body)
        if last:
            self._other_bytes = self._context_id = None

    def _to_library(self, context_id: int, control: int, body: bytearray | memoryview) -> None:
        primitive = P_DATA()
        primitive.presentation_data_value_list = [[context_id, bytes((control,)) + bytes(body)]]  # type: ignore[list-item]
        try:
            super().receive_primitive(primitive)
        except Exception as error:  # whatever a hostile command makes the library raise ends one association
            raise Malformed("a command set cannot be understood") from error
