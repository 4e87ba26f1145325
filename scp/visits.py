"""Who came last and who was refused, in one small file that the command line reads to say what would let them in.

AE titles, addresses and SOP classes, never an instance. The file holds the latest associations and is written at most
once a second, so that a flood of strangers costs nothing.
"""

import json
import os
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydicom.uid import UID
from pynetdicom.presentation import PresentationContext

from config.clock import Clock, system_clock
from config.log import describe, get_log
from scp.admission import Knock
from scp.contexts import STORAGE_CLASSES, TRANSFER_SYNTAXES, is_unlisted
from scp.information_models import INFORMATION_MODELS
from scp.reception import Caller
from scp.rejections import Rejection
from scp.visits_file import read_visits_of

_MOST = 200
_PAUSE_SECONDS = 1.0
_LONGEST_TITLE = 16


class Visits:
    """The book of one receiver."""

    def __init__(self, path: Path, clock: Clock = system_clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: deque[dict[str, Any]] = deque(read_visits_of(path)[::-1], maxlen=_MOST)
        self._timer: threading.Timer | None = None

    def note(self, knock: Knock, decision: Caller | Rejection) -> None:
        """Write down an association request and what was answered."""
        caller = decision if isinstance(decision, Caller) else None
        self._add(
            {
                "at": self._clock().isoformat(timespec="seconds"),
                "site": caller.site if caller else None,
                "workstation": caller is not None and caller.workstation,
                "calling_ae": knock.calling_ae.strip(" \0")[:_LONGEST_TITLE],
                "called_ae": knock.called_ae.strip(" \0")[:_LONGEST_TITLE],
                "host": knock.peer_host,
                "tls": knock.tls,
                "answer": decision.outcome if isinstance(decision, Rejection) else "accepted",
                "delivery": caller.delivery if caller else None,
                "rejected_contexts": [],
            }
        )

    def note_handshake(self, host: str, words: str) -> None:
        """Write down a connection that ended before anything was asked over it, and why."""
        self._add(
            {
                "at": self._clock().isoformat(timespec="seconds"),
                "site": None,
                "workstation": False,
                "calling_ae": "",
                "called_ae": "",
                "host": host,
                "tls": True,
                "answer": words,
                "delivery": None,
                "rejected_contexts": [],
            }
        )

    def note_contexts(self, delivery: str, words: list[str]) -> None:
        """Add to an association what was not accepted of it."""
        if not words:
            return
        with self._lock:
            for visit in reversed(self._latest):
                if visit["delivery"] == delivery:
                    visit["rejected_contexts"] = words
                    break
        self._soon()

    def _add(self, visit: dict[str, Any]) -> None:
        with self._lock:
            self._latest.append(visit)
        self._soon()

    def _soon(self) -> None:
        with self._lock:
            if self._timer is not None:
                return
            self._timer = threading.Timer(_PAUSE_SECONDS, self._write)
            self._timer.daemon = True
            self._timer.start()

    def _write(self) -> None:
        with self._lock:
            self._timer = None
            text = json.dumps(list(self._latest)[::-1])
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(self._path)
        except OSError as error:
            get_log().warning("visits not written", door="cstore", **describe(error))


def rejected_in_words(contexts: Iterable[PresentationContext]) -> list[str]:
    """Say of each presentation context that was not accepted what it was for and why not."""
    words = []
    for context in contexts:
        uid = UID(str(context.abstract_syntax))
        known = uid in STORAGE_CLASSES or TRANSFER_SYNTAXES.isdisjoint(map(str, context.transfer_syntax))
        why = "none of the transfer syntaxes offered is known" if known else "this SOP class is not taken here"
        if is_unlisted(uid) and not known:
            why = "no dictionary lists this SOP class (`overread site door NAME --unlisted-classes yes` takes it)"
        if uid in INFORMATION_MODELS:
            why = "query and retrieve are for workstations (`overread workstation add`)"
        words.append(f"{uid.name}: {why}")
    return sorted(set(words))
