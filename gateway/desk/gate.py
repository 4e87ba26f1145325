"""The gate of the desk: the reading zone's gate with tokens as they are, and the desk's own cookie."""

from fastapi.security import APIKeyCookie

from gateway.desk.log_ins import COOKIE, find_coordinator
from gateway.node import Node
from worklist.access.gate import Dependency, Gate
from worklist.principal import Principal

_SCHEME = APIKeyCookie(
    name=COOKIE, scheme_name="Desk", auto_error=False, description="A coordinator's log-in at the desk."
)


def desk_gate(node: Node) -> Gate:
    """Return the gate of the desk."""

    def find(cookie: str) -> Principal | None:
        with node.identity.read() as session:
            return find_coordinator(session, node.clock(), cookie)

    return Gate(node.room, cookie=_SCHEME, find_by_cookie=find)


def admits_coordinators(node: Node) -> Dependency:
    """Return the dependency of every route of the desk: coordinators and admins, and nobody else."""
    return desk_gate(node).requires("coordinator", "admin")
