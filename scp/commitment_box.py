"""The two trays of storage commitment: what was asked, durable before it is answered, and answers to hand over.

The DIMSE door lays each request into `asked/`; the gateway judges it and lays the answer into `answers/`. An answer is
claimed by renaming it, so that it goes either over the association that still stands or over a new one, and a claim
whose claimer died can be told by its age. File names are made of hashes; no received string is ever part of one.
"""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from config.errors import Malformed, StorageFull
from scp.folder_sync import FolderSync, sync_folders

_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT

Reference = tuple[str, str]
"""SOP Class UID and SOP Instance UID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentRequest:
    """What a peer asked to be committed (PS3.4 table J.3-1), and who asked over which association."""

    transaction_uid: str
    site: str
    delivery: str
    calling_ae: str
    received_at: datetime
    references: tuple[Reference, ...]

    def to_json(self) -> str:
        """Return the request as one JSON document."""
        return json.dumps(asdict(self) | {"received_at": self.received_at.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            Malformed: not such a document.
        """
        try:
            values = json.loads(text)
            values["received_at"] = datetime.fromisoformat(values["received_at"])
            values["references"] = tuple((str(of), str(uid)) for of, uid in values["references"])
            return cls(**values)
        except (ValueError, KeyError, TypeError):
            raise Malformed("a request for storage commitment in the spool is damaged") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentAnswer:
    """What became of each reference; a failure bears its Failure Reason (PS3.3 section C.14.1.1)."""

    transaction_uid: str
    delivery: str
    committed: tuple[Reference, ...]
    failed: tuple[tuple[str, str, int], ...]

    @property
    def event_type(self) -> int:
        """Return the Event Type ID: 1 when all is committed, 2 when failures exist (PS3.4 section J.3.3)."""
        return 2 if self.failed else 1

    def to_json(self) -> str:
        """Return the answer as one JSON document."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        values["committed"] = tuple((str(of), str(uid)) for of, uid in values["committed"])
        values["failed"] = tuple((str(of), str(uid), int(why)) for of, uid, why in values["failed"])
        return cls(**values)


class CommitmentBox:
    """The trays in a folder, shared by the door and the gateway."""

    def __init__(self, root: Path) -> None:
        self._temporary, self._asked, self._answers = (root / name for name in ("tmp", "asked", "answers"))
        is_new = not self._asked.is_dir()
        for folder in (self._temporary, self._asked, self._answers):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_new:
            sync_folders(root, root.parent)
        self._sync = FolderSync(self._asked)

    def ask(self, request: CommitmentRequest) -> None:
        """Lay a request down; when this returns it survives a power cut.

        Raises:
            StorageFull: the disk is full.
        """
        name = f"{time.time_ns():020d}-{_key(request.transaction_uid, request.delivery)}.json"
        self._write(self._asked / name, request.to_json())
        self._sync.sync()

    def asked(self) -> Iterator[tuple[Path, CommitmentRequest]]:
        """Return the requests that wait, oldest first; a damaged one is renamed out of the way."""
        for path in sorted(self._asked.glob("*.json")):
            try:
                yield path, CommitmentRequest.from_json(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            except Malformed:
                path.replace(path.with_suffix(".bad"))

    def taken(self, path: Path) -> None:
        """Forget a request that is recorded elsewhere."""
        path.unlink(missing_ok=True)

    def offer(self, answer: CommitmentAnswer) -> None:
        """Lay an answer out for the association that asked, should it still stand."""
        path = self._answer(answer.transaction_uid, answer.delivery)
        for old in (path.with_suffix(".claimed"), path.with_suffix(".done")):
            old.unlink(missing_ok=True)
        self._write(path, answer.to_json())

    def claim(self, transaction_uid: str, delivery: str) -> CommitmentAnswer | None:
        """Take an answer in order to send it; None when it is not there or somebody else has taken it."""
        path = self._answer(transaction_uid, delivery)
        claimed = path.with_suffix(".claimed")
        try:
            path.rename(claimed)
            os.utime(claimed)
            return CommitmentAnswer.from_json(claimed.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def sent(self, transaction_uid: str, delivery: str) -> None:
        """Say that a claimed answer has reached its peer."""
        claimed = self._answer(transaction_uid, delivery).with_suffix(".claimed")
        claimed.replace(claimed.with_suffix(".done"))

    def give_back(self, transaction_uid: str, delivery: str) -> None:
        """Say that a claimed answer has not reached its peer: somebody else may claim it."""
        path = self._answer(transaction_uid, delivery)
        path.with_suffix(".claimed").replace(path)

    def state(self, transaction_uid: str, delivery: str) -> str:
        """Say where an answer is: "offered", "claimed", "done" or "absent"."""
        path = self._answer(transaction_uid, delivery)
        states = {"offered": path, "claimed": path.with_suffix(".claimed"), "done": path.with_suffix(".done")}
        return next((name for name, place in states.items() if place.exists()), "absent")

    def claimed_for(self, transaction_uid: str, delivery: str) -> float:
        """Return for how many seconds an answer has been claimed; 0 when it is not."""
        try:
            claimed = self._answer(transaction_uid, delivery).with_suffix(".claimed")
            return max(time.time() - claimed.stat().st_mtime, 0.0)
        except FileNotFoundError:
            return 0.0

    def withdraw(self, transaction_uid: str, delivery: str) -> None:
        """Remove every trace of an answer."""
        path = self._answer(transaction_uid, delivery)
        for place in (path, path.with_suffix(".claimed"), path.with_suffix(".done")):
            place.unlink(missing_ok=True)

    def _answer(self, transaction_uid: str, delivery: str) -> Path:
        return self._answers / f"{_key(transaction_uid, delivery)}.json"

    def _write(self, target: Path, text: str) -> None:
        temporary = self._temporary / secrets.token_hex(16)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            if error.errno in _NO_ROOM:
                raise StorageFull("the disk of the spool is full") from None
            raise


def _key(transaction_uid: str, delivery: str) -> str:
    return hashlib.sha256(f"{delivery}\0{transaction_uid}".encode()).hexdigest()[:32]
