"""What a way of writing case reports down hands over: parts, each about one case and what it asks for."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from config.errors import SenderFault
from gateway.case_reports.document import CaseDocument, Identifier
from gateway.case_reports.residence import Residence

Does = Literal["file", "cancel", "correct", "merge", "unmerge"]
Stage = Literal["", "preliminary", "withdrawn"]


@dataclass(frozen=True)
class Enclosure:
    """A document inside a document, such as the PDF of a message; its bytes are kept beside."""

    kind: str
    content: bytes

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Part:
    """One part of a document: what it says of one case, or why it says nothing that can be used.

    `place` tells the sender which part this is; `digest` makes the same part the same part. A part that `opens` orders
    anew opens a case again that its sender cancelled; one that `answers` orders says what was done, so that of what was
    asked for it tells only what no order did. `old_ids` and `old_names` are the patient's before a merge,
    or the other one's of two who are no longer one. `residence` is what is told beside the document's jurisdiction of
    where the patient lives, `texts` are those of its report's documents each by itself, `numbers` what else the message
    numbers of patient and orders, `made_at` when the sender made the message, as it says so, `stage` how far its
    report is, `unread` of which kinds documents in it are whose words could not be read, `remark` what
    else its sender should know of what it tells, `passed_over` what was not read beside it in its document.
    """

    place: str
    digest: str
    document: CaseDocument | None = None
    problem: SenderFault | None = None
    does: Does = "file"
    joins: bool = True
    opens: bool = False
    answers: bool = False
    old_ids: tuple[Identifier, ...] = ()
    old_names: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = field(default=())
    texts: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    made_at: str = ""
    stage: Stage = ""
    unread: tuple[str, ...] = ()
    remark: str = ""
    passed_over: str = ""
    residence: Residence = field(default_factory=Residence)


def digest_of(*pieces: bytes | str) -> str:
    """Return a SHA-256 over pieces of which none can run into the next."""
    whole = hashlib.sha256()
    for piece in pieces:
        content = piece.encode() if isinstance(piece, str) else piece
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()
