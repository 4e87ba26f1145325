"""What a C-STORE is answered: one table from our errors to the statuses of PS3.4 table B.2-1 and PS3.7 annex C.

The comment goes out as Error Comment (0000,0902), so that the sender's administrator can act; it never says more than
the class of the fault.
"""

from dataclasses import dataclass
from enum import IntEnum

from config.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    NotOffered,
    OurFault,
    OverreadError,
    Refused,
    SenderFault,
    StorageFull,
    TooLarge,
)


class Status(IntEnum):
    """A DIMSE status this door sends (PS3.4 B.2.3, PS3.7 annex C)."""

    SUCCESS = 0x0000
    PROCESSING_FAILURE = 0x0110
    SOP_CLASS_NOT_SUPPORTED = 0x0122
    NOT_AUTHORIZED = 0x0124
    OUT_OF_RESOURCES = 0xA700
    DATA_SET_DOES_NOT_MATCH = 0xA900
    CANNOT_UNDERSTAND = 0xC000


class DataSetMismatch(SenderFault):
    """The data set names another SOP class or instance than the command that brought it."""


class WrongSopClass(SenderFault):
    """The command names another SOP class than its presentation context."""


class QuotaExceeded(OurFault):
    """The site has sent as much in this hour as it may; it may send the rest later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the comment that goes with a refusal (PS3.7 C.5.4: at most 64 characters)."""

    status: Status
    comment: str = ""

    @property
    def stored(self) -> bool:
        """Say whether the sender may forget the instance."""
        return self.status is Status.SUCCESS


STORED = Answer(Status.SUCCESS)

ANSWERS: dict[type[OverreadError], Answer] = {
    DataSetMismatch: Answer(Status.DATA_SET_DOES_NOT_MATCH, "the data set is not the SOP instance of the command"),
    WrongSopClass: Answer(Status.SOP_CLASS_NOT_SUPPORTED, "the SOP class is not that of the presentation context"),
    Malformed: Answer(Status.CANNOT_UNDERSTAND, "the object cannot be understood"),
    TooLarge: Answer(Status.CANNOT_UNDERSTAND, "the object is larger than this node takes"),
    Forbidden: Answer(Status.NOT_AUTHORIZED, "not permitted for this site"),
    Refused: Answer(Status.NOT_AUTHORIZED, "not permitted"),
    NotOffered: Answer(Status.SOP_CLASS_NOT_SUPPORTED, "this version does not take such objects"),
    NotFound: Answer(Status.PROCESSING_FAILURE, "refers to something this node does not have"),
    Conflict: Answer(Status.PROCESSING_FAILURE, "the state of the node does not permit this"),
    SenderFault: Answer(Status.CANNOT_UNDERSTAND, "the object cannot be taken as it is"),
    StorageFull: Answer(Status.OUT_OF_RESOURCES, "the disk is full; send again later"),
    QuotaExceeded: Answer(Status.OUT_OF_RESOURCES, "the hourly limit of this site is reached; send again later"),
    OurFault: Answer(Status.PROCESSING_FAILURE, "the node failed; send again later"),
}
UNEXPECTED = ANSWERS[OurFault]


def answer_to(error: Exception) -> Answer:
    """Return the answer to an error: that of its nearest class in the table, and of `OurFault` for foreign ones."""
    for kind in type(error).__mro__:
        if kind in ANSWERS:
            return ANSWERS[kind]
    return UNEXPECTED
