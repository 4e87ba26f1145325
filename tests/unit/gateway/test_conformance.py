"""The conformance statement says what the code does: it is read from the tables that the door and the profile use."""

from pathlib import Path

import pytest

from config.settings import Dicom, Settings
from gateway.conformance import conformance_statement
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
