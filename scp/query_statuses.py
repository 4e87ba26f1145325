"""What query and retrieve are answered: one table for each service, from our errors to PS3.4 tables C.4-1 to C.4-3.

The comment goes out as Error Comment (0000,0902); it never says more than the class of the fault.
"""

from collections.abc import Mapping

from config.errors import Forbidden, NotFound, OurFault, OverreadError, SenderFault, TooLarge
from scp.information_models import Operation

SUCCESS = 0x0000
SOP_CLASS_NOT_SUPPORTED = 0x0122
CANCELLED = 0xFE00
PENDING = 0xFF00
PENDING_WITH_WARNING = 0xFF01
SUBOPERATIONS_FAILED_IN_PART = 0xB000
SUBOPERATIONS_FAILED = 0xA702

_NOT_ADMITTED = (0x0124, "this workstation is not admitted any more")
_MISMATCH = (0xA900, "the identifier does not fit its level or SOP class")
_OURS = (0xC000, "the node failed; ask again later")
_TOO_MANY = "more than the node gives at once; ask more narrowly"

QueryAnswer = tuple[int, str]

QUERY_ANSWERS: Mapping[Operation, Mapping[type[OverreadError], QueryAnswer]] = {
    "find": {
        Forbidden: _NOT_ADMITTED,
        TooLarge: (0xA700, _TOO_MANY),
        SenderFault: _MISMATCH,
        OurFault: _OURS,
    },
    "move": {
        Forbidden: _NOT_ADMITTED,
        TooLarge: (0xA701, _TOO_MANY),
        NotFound: (0xA801, "no workstation of this reader has that AE title"),
        SenderFault: _MISMATCH,
        OurFault: _OURS,
    },
    "get": {
        Forbidden: _NOT_ADMITTED,
        TooLarge: (0xA701, _TOO_MANY),
        SenderFault: _MISMATCH,
        OurFault: _OURS,
    },
}


def query_answer_to(operation: Operation, error: Exception) -> QueryAnswer:
    """Return status and comment for an error: those of its nearest class, and of `OurFault` for foreign ones."""
    answers = QUERY_ANSWERS[operation]
    return next((answers[kind] for kind in type(error).__mro__ if kind in answers), _OURS)
