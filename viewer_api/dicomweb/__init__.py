"""DICOMweb on the reading zone (PS3.18): QIDO-RS, WADO-RS with rendered resources and thumbnails.

Read `router.py` first: it lists every resource and who may ask for it. `accept.py` decides what is served, `locate.py`
finds instances in the index; files are opened only for pixels and whole instances.
"""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI

from viewer_api.dicomweb.answered import AnsweredBefore
from viewer_api.dicomweb.router import ROLES, make_router
from viewer_api.dicomweb.straight import StraightWay
from worklist.room import ReadingRoom

__all__ = ["add_short_ways", "make_router"]


def add_short_ways(app: FastAPI, room: ReadingRoom, routers: Iterable[APIRouter]) -> None:
    """Serve what can be served without the framework's long way; the routers are included in the app besides."""
    app.add_middleware(StraightWay, room=room, routers=tuple(routers), roles=ROLES)
    app.add_middleware(AnsweredBefore, room=room)
