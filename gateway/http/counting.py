"""Count requests by the route's pattern and the status, never by the address that was asked for."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config import metrics


class RequestCounter:
    """ASGI middleware; it touches neither bodies nor headers, so that streams stay streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "unmatched")
                metrics.REQUESTS.labels(route, str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counted)
