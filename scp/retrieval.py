"""What the door needs of an archive to serve workstations; the gateway implements it over the reading zone.

The door decides nothing about who may see what: it hands on under which AE title it was called, and the archive
answers, or raises the error that says why not. What goes out is what the archive gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ssl import SSLContext
from typing import Protocol

from pydicom.dataset import Dataset

from scp.information_models import Identifier, Operation


@dataclass(frozen=True, slots=True)
class Match:
    """One answer to a query; `complete` is false when a key was not supported (status FF01)."""

    attributes: Dataset
    complete: bool


@dataclass(frozen=True, slots=True)
class Retrievable:
    """An instance to send: as it is stored, or in one of the transfer syntaxes that can be made of it."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    obtainable: frozenset[str]
    key: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a C-MOVE may send to, and with which context where that is over TLS."""

    ae_title: str
    host: str
    port: int
    tls: SSLContext | None = None


class Archive(Protocol):
    """The published studies as a workstation may see them.

    Every method but `data_set` raises Forbidden when the workstation, or the reader it belongs to, is not admitted any
    more.
    """

    def find(self, workstation: str, identifier: Identifier, *, fuzzy: bool, combined: bool = False) -> Iterator[Match]:
        """Yield what matches; `combined` asks for a date and its time as one range where both are ranges.

        Raises:
            Malformed: a key whose value cannot be understood.
            TooLarge: more matches than one query is answered with, once these have been given; or too many keys.
        """

    def select(
        self, workstation: str, identifier: Identifier, operation: Operation, destination: str
    ) -> Sequence[Retrievable]:
        """Return the instances to send, and note that the reader gets them at the destination.

        Raises:
            TooLarge: more than can be counted.
        """

    def destination(self, workstation: str, ae_title: str) -> Destination:
        """Return where a workstation may have instances sent to under an AE title.

        Raises:
            NotFound: no workstation of the same reader.
            Misconfigured: it takes TLS alone, and the node's certificates cannot be used.
        """

    def data_set(self, instance: Retrievable, transfer_syntax_uid: str) -> Iterator[bytes]:
        """Yield the encoded data set of an instance; what can be known beforehand is raised before the first piece.

        Raises:
            OverreadError: the pixels cannot be decoded, or the instance is gone.
        """

    def close(self) -> None:
        """Give back what the archive holds."""
