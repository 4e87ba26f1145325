"""End the processes that are at one object for longer than any may take (`[worker] object_minutes`).

The supervisor looks, since a process that is held up cannot end itself; a worker that runs without one looks for its
hands. The object is told by the mark that is left (`gateway.under_way`), the others of that process are not to blame.
"""

import os
import signal
from contextlib import suppress

from config.log import get_log
from config.settings import Settings
from gateway import under_way


class LateWatch:
    """One turn looks at what every process of a home is at."""

    def __init__(self, settings: Settings) -> None:
        self._home = settings.home
        self._longest = settings.worker.object_minutes * 60

    def __call__(self) -> int:
        """End those that are too long at an object; return 0, since nothing waits behind it."""
        notes = list(under_way.working(self._home))
        late = {note.process for _, note in notes if note.seconds > self._longest}
        for path, note in notes:
            if note.process not in late:
                continue
            if note.seconds > self._longest:
                get_log().error("object-takes-too-long", instance_id=note.object_id, seconds=round(note.seconds))
                under_way.call_too_long(path, note.object_id)
            else:
                path.unlink(missing_ok=True)
        for process in late:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return 0
