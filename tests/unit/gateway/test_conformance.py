"""The conformance statement says what the code does: it is read from the tables that the door and the profile use."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from config.settings import Dicom, Settings
from gateway.conformance import conformance_statement, integration_statement
from gateway.conformance.integration import CLAIMS
from gateway.http.app import make_app
from scp.contexts import STORAGE_CLASSES, TRANSFER_SYNTAXES


@pytest.fixture
def statement(tmp_path: Path) -> str:
    """Return the statement of a node with settings of its own."""
    return conformance_statement(Settings(home=tmp_path, dicom=Dicom(ae_title="SECOND_READ", port=10104)))


def test_every_sop_class_and_transfer_syntax_that_the_door_takes_is_listed(statement) -> None:
    listed = {cell.strip("` ") for line in statement.splitlines() for cell in line.split("|") if "`" in cell}
    assert listed >= STORAGE_CLASSES | TRANSFER_SYNTAXES


def test_what_is_set_is_said(statement) -> None:
    assert "| AE title, called and calling | SECOND_READ |" in statement
    assert "| port | 10104 |" in statement
    assert "| port with TLS | not served |" in statement


def test_refusals_statuses_and_failure_reasons_are_the_codes_own(statement) -> None:
    for row in (
        "| 1, 1, 3 | calling AE title not recognized |",
        "| A700H | the disk is full; send again later |",
        "| 0112H | not received from this site, or no longer kept |",
        "113107 Retain Longitudinal Temporal Information Modified Dates Option",
    ):
        assert row in statement


def test_what_is_negotiated_is_said(statement) -> None:
    for row in (
        "| asynchronous operations window | one operation at a time; a window is answered with 1, 1 |",
        "| SOP classes that no dictionary lists | refused, unless a site has a setting of its own;",
        "combined date-time matching",
        "| secure transport to peers | TLS 1.2 and 1.3 by BCP 195",
    ):
        assert row in statement


def test_the_integration_statement_claims_no_more_than_there_are_routes_for(node) -> None:
    stranger = TestClient(make_app(node))
    for route in (route for claim in CLAIMS for route in claim.routes):
        assert stranger.get(route.format(study="1.2", series="1.2", instance="1.2", frames="1")).status_code == 401
    assert stranger.get("/dicom-web/worklist").status_code == 404
    text = integration_statement(node.settings)
    implemented, _, rest = text.partition("## Transactions spoken without a claim")
    assert all(claim.actor in implemented and claim.transaction in implemented for claim in CLAIMS)
    for absent in ("Scheduled Workflow", "Secure Node", "Report Creator", "Time Client", "Portable Media Importer"):
        assert absent not in implemented
        assert absent in rest
