"""Serve the app with uvicorn on a socket that is bound before anything is announced."""

import socket
import threading
from collections.abc import Callable

import uvicorn

from gateway.http.app import make_app
from gateway.http.guarded import guarded_protocol
from gateway.node import Node
from viewer_api.decoding.pool import shared_pool

_BACKLOG = 256
_GRACE_SECONDS = 10
_SETTLED_SECONDS = 5


def run_http(node: Node, *, stop: threading.Event, ready: Callable[[int], None]) -> None:
    """Serve until told to stop; requests under way are finished first."""
    settings = node.settings.http
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((settings.host, settings.port))
    listener.listen(_BACKLOG)
    config = uvicorn.Config(
        make_app(node),
        http=guarded_protocol(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), name="uvicorn", daemon=True)
    thread.start()
    ready(listener.getsockname()[1])
    if not stop.wait(_SETTLED_SECONDS):
        shared_pool().start()  # the first image need not wait for it, and nothing else has waited either
        stop.wait()
    server.should_exit = True
    thread.join(timeout=_GRACE_SECONDS + 5)
    shared_pool().close()
