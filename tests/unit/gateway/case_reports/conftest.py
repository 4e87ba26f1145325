"""What the tests of case reports share: filing a document, and seeing the case that became of it."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.case_reports import Filed, receive
from gateway.case_reports.hl7.answering import answer
from gateway.cases import case_view
from gateway.facilities import set_facilities
from gateway.models import Case

ANNA = {"name": "One^Anna", "birth_date": "1950-03-04"}

_NUMBERS = count(1000)

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


def message(event: str, *segments: str, control: str = "") -> bytes:
    header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ADT^{event}|{control or f'M{next(_NUMBERS)}'}|P|2.5.1"
    return "\r".join((header, *segments, "")).encode()


def cx(number: str) -> str:
    return number.replace("@", "^^^")


@pytest.fixture
def tell(node):
    """Return what sends a message over the HL7 door and gives its answer: the code, and of an error its number."""
    with node.identity.write() as session:
        set_facilities(session, "north", ("NORTH",))

    def send(payload: bytes) -> tuple[str, str]:
        said = {each[:3]: each.split("|") for each in (answer(node, payload) or b"").decode().split("\r")}
        return said["MSA"][1], said["ERR"][3].split("^")[0] if "ERR" in said else ""

    return send


@pytest.fixture
def merge(tell):
    def send(old: str, surviving: str, name: str = "One^Anna", born: str = "19500304", old_name: str = "") -> None:
        pid, mrg = f"PID|1||{cx(surviving)}||{name}||{born}", f"MRG|{cx(old)}||||||{old_name}"
        assert tell(message("A40", pid, mrg)) == ("AA", "")

    return send


@pytest.fixture
def unmerge(gate, tell):
    def send(one: str, other: str, control: str = "") -> tuple[str, str]:
        gate.pass_time(minutes=5)
        return tell(message("A37", f"PID|1||{cx(one)}", f"PID|2||{cx(other)}", control=control))

    return send
