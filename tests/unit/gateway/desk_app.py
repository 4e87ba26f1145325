"""The coordinators' desk by itself: the whole node takes much longer to make."""

from fastapi import FastAPI

from gateway.desk import api, pages
from gateway.node import Node
from worklist.problems import install_problem_handlers


def make_app(node: Node) -> FastAPI:
    """Compose the desk alone, its interface and its pages."""
    app = FastAPI()
    app.include_router(api.make_router(node))
    app.include_router(pages.make_router(node))
    install_problem_handlers(app)
    return app
