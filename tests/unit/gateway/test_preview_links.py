"""overread link: an address to share, a list without secrets, and the end of it."""

import hashlib
import json
from collections.abc import Callable
from io import BytesIO

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from config.errors import NotFound
from gateway.cli.previews import link
from gateway.http.app import make_app
from gateway.node import Node
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from worklist.publishing import publish_study


def _publish(node: Node, part10: bytes) -> str:
    key, header = hashlib.sha256(part10).hexdigest(), instance_record_parts(BytesIO(part10))
    node.published.put(key, BytesIO(part10))
    with node.reading.write() as session:
        publish_study(
            session,
            node.clock,
            study_record(header, site="north", received_at=node.clock()),
            [series_record(header)],
            [instance_record(header, blob=key, size=len(part10))],
        )
    return header.study_uid


def test_a_link_is_printed_once_works_and_is_taken_back(node: Node, part10: Callable[..., bytes]) -> None:
    study = _publish(node, part10(1))
    home, runner = ["--home", str(node.settings.home)], CliRunner()
    printed = runner.invoke(link, ["preview", study, "--hours", "2", *home])
    assert printed.exit_code == 0, printed.output
    path = printed.stdout.strip().partition("/shared/")[2]
    stranger = TestClient(make_app(node))
    assert stranger.get(f"/shared/{path}").status_code == 200
    listed = runner.invoke(link, ["list", "--json", *home])
    [row] = json.loads(listed.stdout)
    assert (row["study_uid"], row["revoked_at"]) == (study, None)
    assert path.split("-", 2)[2] not in listed.stdout
    assert runner.invoke(link, ["revoke", row["id"], *home]).exit_code == 0
    assert stranger.get(f"/shared/{path}").status_code == 404


def test_a_link_to_nothing_is_refused(node: Node) -> None:
    with pytest.raises(NotFound):
        CliRunner().invoke(link, ["preview", "2.25.1", "--home", str(node.settings.home)], catch_exceptions=False)
    assert CliRunner().invoke(link, ["preview", "2.25.1", "--hours", "0"]).exit_code == 2
