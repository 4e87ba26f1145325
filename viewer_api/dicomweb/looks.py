"""Note who looks at a study, without asking the database at each of the hundreds of frames of one look.

The audit trail sums up looks of ten minutes (`worklist.audit`); what this process noted in the last minutes need not be
asked again.
"""

from datetime import datetime, timedelta
from threading import Lock

from worklist.audit import ONE_LOOK, Action, note_access_in
from worklist.principal import Principal
from worklist.room import ReadingRoom

_REMEMBERED = 10_000
_FOR = ONE_LOOK / 2


class Looks:
    """Notes looks in one reading room."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room
        self._noted: dict[tuple[str, Action, str], datetime] = {}
        self._lock = Lock()

    def note(self, principal: Principal, action: Action, study_uid: str) -> None:
        """Note a look at a study before anything of it is handed out."""
        key = (principal.name, action, study_uid)
        now = self._room.clock()
        with self._lock:
            noted = self._noted.get(key)
        if noted is not None and timedelta() <= now - noted < _FOR:
            return
        note_access_in(self._room, principal, action, study_uid)
        with self._lock:
            if len(self._noted) >= _REMEMBERED:
                self._noted.clear()
            self._noted[key] = now
