"""What a load balancer learns without a token: whether the node can take things in, and never why in words."""

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from config.database import Database
from gateway.http.app import make_app
from gateway.node import Node

READY = {"identity_database": True, "reading_database": True, "spool": True, "worker": False}


@pytest.fixture
def client(node: Node) -> TestClient:
    return TestClient(make_app(node))


def damage(database: Database, how: str) -> None:
    """Let a database fail from the next connection on."""
    path = Path(database.engine.url.database or "")
    database.close()
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()
    if how == "damaged":
        path.write_bytes(b"this is no database" * 400)
    elif how == "unreadable":
        path.mkdir()


def test_node_is_ready_without_a_worker_and_says_that_there_is_none(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY)


def test_living_worker_is_told(client: TestClient, node: Node) -> None:
    run = node.settings.home / "run"
    run.mkdir(exist_ok=True)
    (run / "worker.heartbeat").touch()
    assert client.get("/readyz").json() == READY | {"worker": True}


@pytest.mark.parametrize("how", ["lost", "damaged", "unreadable"])
@pytest.mark.parametrize("zone", ["identity", "reading"])
def test_database_that_fails_makes_the_node_unready_by_name(
    client: TestClient, node: Node, zone: str, how: str
) -> None:
    damage(getattr(node, zone), how)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/json")
    assert answer.json() == READY | {f"{zone}_database": False}


def test_node_without_its_spool_is_not_ready(client: TestClient, node: Node) -> None:
    shutil.rmtree(node.settings.spool)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, READY | {"spool": False})


def test_app_bears_the_version_of_the_package(node: Node) -> None:
    assert make_app(node).version == version("overread")
