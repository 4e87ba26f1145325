"""Make what a reader will ask for next, while the reader still looks at what came before.

Who scrolls asks for the neighbour of what was asked for last, with the same wish. Then the next ones in that direction
are made while a decoder has nothing else to do, and lie ready when they are asked for. Nothing here is answered to
anybody, and no look is noted: a picture that nobody asks for was seen by nobody.
"""

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Condition, Thread

from config.errors import OverreadError
from config.log import get_log
from viewer_api.dicomweb.locate import Located, series_of
from viewer_api.least_recent import LeastRecent
from worklist.principal import Principal
from worklist.room import ReadingRoom

DEPTH = 4
"""How many are made ahead of the reader."""

_FARTHEST = 16  # several connections of one viewer ask side by side, so that neighbours come out of turn
_KEPT_SCROLLS = 64
_LINGERS = 10.0  # seconds

_Stop = tuple[Located, int]
Make = Callable[[Located, int], object]
"""Makes what is kept of a frame counted from 0, or finds that it is kept."""


@dataclass(frozen=True, slots=True)
class _Scroll:
    """Where a reader is in a series, or in an instance of several frames, and how far it was made ahead."""

    place: int
    made: int


class Ahead:
    """What is made ahead in one reading room, by one thread, which ends when there was nothing to make for a while."""

    def __init__(self, room: ReadingRoom, idle: Callable[[], bool]) -> None:
        self._room, self._idle = room, idle
        self._scrolls: LeastRecent[Hashable, _Scroll] = LeastRecent(_KEPT_SCROLLS)
        self._wishes: deque[tuple[Make, Located, int]] = deque(maxlen=4 * DEPTH)
        self._runs, self._makes = False, False
        self._changed = Condition()

    @property
    def busy(self) -> bool:
        """Say whether something is being made, or waits to be."""
        with self._changed:
            return self._makes or bool(self._wishes)

    def note(self, principal: Principal, found: Located, index: int, wish: Hashable, make: Make) -> None:
        """Note that a frame counted from 0 is asked for; if it is the next of a scroll, have those after it made."""
        if found.frames > 1:
            self._note(
                make, (principal.name, wish, found.sop_instance_uid), index, found.frames, lambda at: (found, at)
            )
        else:
            series, place = series_of(self._room, found)
            self._note(make, (principal.name, wish, found.series_uid), place, len(series), lambda at: (series[at], 0))

    def _note(self, make: Make, key: Hashable, place: int, length: int, stop: Callable[[int], _Stop]) -> None:
        idle = self._idle()
        with self._changed:
            places = [at for at in self._advance(key, place, idle=idle) if 0 <= at < length]
            self._wishes.extend((make, *stop(at)) for at in places)
            if places:
                self._changed.notify()
            begins = bool(places) and not self._runs
            self._runs = self._runs or begins
        if begins:
            try:
                Thread(target=self._work, name="ahead", daemon=True).start()
            except RuntimeError:  # no more threads: nothing is lost but time
                with self._changed:
                    self._runs = False

    def _advance(self, key: Hashable, place: int, *, idle: bool) -> range:
        """Return the places that are to be made now that a reader came to one; none while every decoder is at work."""
        before = self._scrolls.get(key)
        moved = 0 if before is None else place - before.place
        if before is None or not 0 < abs(moved) <= _FARTHEST:
            self._scrolls.put(key, _Scroll(place, place))
            return range(0)
        if not idle:
            self._scrolls.put(key, _Scroll(place, before.made))
            return range(0)
        if moved > 0:
            places = range(max(place, before.made) + 1, place + DEPTH + 1)
        else:
            places = range(min(place, before.made) - 1, place - DEPTH - 1, -1)
        self._scrolls.put(key, _Scroll(place, places[-1] if places else before.made))
        return places

    def _work(self) -> None:
        while True:
            with self._changed:
                self._makes = False
                self._changed.wait_for(lambda: self._wishes, _LINGERS)
                if not self._wishes:
                    self._runs = False
                    return
                self._makes = True
                make, found, index = self._wishes.popleft()
            try:
                if self._idle():
                    make(found, index)
            except OverreadError:
                continue  # whoever asks for it is told
            except Exception as error:  # noqa: BLE001 - one that cannot be made must not end the making of others
                get_log().warning("ahead.failed", error=type(error).__name__)
