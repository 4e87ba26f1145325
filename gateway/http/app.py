"""One app from the rooms' routers. Every route but those in `OPEN_ROUTES` asks who is there."""

from http import HTTPStatus
from importlib.metadata import version

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import metrics
from config.database import Database
from gateway.desk import api as desk_api
from gateway.desk import pages as desk_pages
from gateway.heartbeat import worker_lives
from gateway.http import case_reports, coordination, deliveries, events, intake, tus
from gateway.http.counting import RequestCounter
from gateway.http.guide import describe_to_members
from gateway.http.pace import Pace
from gateway.node import Node
from gateway.portal import router as portal
from viewer_api import dicomweb, ohif
from viewer_api.routes import make_routers
from worklist import api
from worklist.pages import router as pages
from worklist.problems import install_problem_handlers

OPEN_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
_DESCRIPTION = (
    "Worklist and second reads, DICOMweb of de-identified studies, and the doors for uploads and case reports."
)


def make_app(node: Node) -> FastAPI:
    """Return the app of a node."""
    app = FastAPI(
        title=node.settings.node.name,
        version=version("overread"),
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(_operations(node))
    app.include_router(api.make_router(node.room))
    images, *previews = make_routers(node.room)
    for router in (images, *previews):
        app.include_router(router)
    app.include_router(intake.make_router(node))
    app.include_router(case_reports.make_router(node))
    app.include_router(deliveries.make_router(node))
    app.include_router(coordination.make_router(node))
    app.include_router(tus.make_router(node))
    app.include_router(events.make_router(node))
    app.include_router(portal.make_router(node))
    app.include_router(desk_api.make_router(node))
    app.include_router(desk_pages.make_router(node))
    app.include_router(ohif.make_router(node.room))
    app.include_router(pages.make_router(node.room))
    describe_to_members(app, node.room)
    dicomweb.add_short_ways(app, node.room, [images])
    app.add_middleware(RequestCounter)
    app.add_middleware(Pace, http=node.settings.http)
    install_problem_handlers(app)
    return app


def _operations(node: Node) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    def healthz() -> PlainTextResponse:
        """Say that the process answers."""
        return PlainTextResponse("ok\n")

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        """Say whether the node can take things in: both databases and the spool. Without a worker they only wait."""
        needed = {
            "identity_database": _answers(node.identity),
            "reading_database": _answers(node.reading),
            "spool": node.settings.spool.is_dir(),
        }
        status = HTTPStatus.OK if all(needed.values()) else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({**needed, "worker": worker_lives(node)}, status)

    @router.get("/metrics")
    def exposition() -> Response:
        """Return the metrics of all processes of this node."""
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    return router


def _answers(database: Database) -> bool:
    """Say whether a database answers with its schema: SQLite makes a lost file anew, and empty."""
    try:
        with database.read() as session:
            session.execute(text("select 1 from alembic_version"))
    except SQLAlchemyError:
        return False
    return True
