"""One app from the rooms' routers. Every route but those in `OPEN_ROUTES` asks who is there."""

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import text

from config import metrics
from gateway.http import intake
from gateway.http.counting import RequestCounter
from gateway.node import Node
from viewer_api import dicomweb
from worklist import api
from worklist.access.gate import Gate
from worklist.pages import router as pages
from worklist.problems import install_problem_handlers
from worklist.room import ReadingRoom

OPEN_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
_DESCRIPTION = (
    "Worklist and second reads, DICOMweb of de-identified studies, and the doors for uploads and case reports."
)


def make_app(node: Node) -> FastAPI:
    """Return the app of a node."""
    app = FastAPI(
        title=node.settings.node.name,
        version="0.1.0",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(_operations(node.room, node.settings.spool))
    app.include_router(api.make_router(node.room))
    app.include_router(dicomweb.make_router(node.room))
    app.include_router(intake.make_router(node))
    app.include_router(pages.make_router(node.room))
    _describe_to_members(app, node.room)
    app.add_middleware(RequestCounter)
    install_problem_handlers(app)
    return app


def _operations(room: ReadingRoom, spool: Path) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    def healthz() -> PlainTextResponse:
        """Say that the process answers."""
        return PlainTextResponse("ok\n")

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        """Say whether the node can do its work: database and spool."""
        with room.database.read() as session:
            session.execute(text("select 1"))
        ready = spool.is_dir()
        return JSONResponse({"database": True, "spool": ready}, status_code=200 if ready else 503)

    @router.get("/metrics")
    def exposition() -> Response:
        """Return the metrics of all processes of this node."""
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    return router


def _describe_to_members(app: FastAPI, room: ReadingRoom) -> None:
    allowed = Depends(Gate(room).requires("reader", "coordinator", "integrator", "admin"))

    @app.get("/openapi.json", include_in_schema=False, dependencies=[allowed])
    def openapi() -> JSONResponse:
        return JSONResponse(app.openapi())
