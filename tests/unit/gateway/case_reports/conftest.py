"""What the tests of case reports share: filing a document, and seeing the case that became of it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.case_reports import Filed, receive
from gateway.cases import case_view
from gateway.models import Case

ANNA = {"name": "One^Anna", "birth_date": "1950-03-04"}

FilesIn = Callable[..., list[Filed]]


@pytest.fixture
def file_in(node: Any) -> FilesIn:
    """Return what takes a document in for the site `north`."""

    def file(payload: bytes | str, *, site: str = "north", content_type: str = "", name: str = "") -> list[Filed]:
        content = payload.encode() if isinstance(payload, str) else payload
        return receive(node, site=site, payload=content, content_type=content_type, file_name=name, actor="clerk")

    return file


@pytest.fixture
def view(node: Any) -> Callable[[str | None], dict[str, Any]]:
    """Return a look at a case."""

    def look(number: str | None) -> dict[str, Any]:
        assert number is not None
        with node.identity.read() as session:
            return case_view(session, number)

    return look


@pytest.fixture
def count_cases(node: Any) -> Callable[[], int]:
    """Return a count of all cases."""

    def count() -> int:
        with node.identity.read() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    return count


@pytest.fixture
def ids(view):
    """Return what gives the patient's numbers of a case, each as `number@issuer`."""
    return lambda number: {f"{each['id']}@{each['issuer']}" for each in view(number)["patient"]["ids"]}


def file_case(gate, number: str, patient: dict = ANNA) -> str:
    """File a case of a patient with one number, written as `number@issuer`, and return its case number."""
    told = dict(zip(("id", "issuer"), number.split("@"), strict=False))
    return gate.case(patient=patient | {"ids": [told]})
