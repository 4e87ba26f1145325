"""Objects taken in together end as they would one by one, and cost the database a handful of statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from gateway.intake import take_in

Part10 = Callable[..., bytes]


@contextmanager
def _statements(engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def _mixture(part10: Part10) -> list[bytes]:
    """Return two studies with a duplicate, a conflict, another patient's object and a file that is none."""
    other = {"StudyInstanceUID": "1.2.826.0.1.3680043.10.99"}
    return [
        part10(1),
        part10(1, **other),
        part10(1),
        part10(1, Modality="MR"),
        part10(2, PatientID="PATIENT-2"),
        b"hello",
        part10(2),
        part10(2, **other),
    ]


VERDICTS = [
    (None, None),
    (None, None),
    ("duplicate", "same-bytes"),
    ("conflict", "other-bytes"),
    ("quarantined", "identity-conflict"),
    ("kept", "not-dicom"),
    (None, None),
    (None, None),
]


def test_objects_in_one_group_are_told_apart_as_if_each_came_alone(gate, part10: Part10) -> None:
    take_in(gate.node, [gate.spool(payload) for payload in _mixture(part10)])
    assert gate.dispositions() == VERDICTS
    assert [study.wanted_revision for study in gate.studies()] == [1, 1]


def test_objects_in_several_groups_are_told_apart_the_same(gate, part10: Part10) -> None:
    entries = [gate.spool(payload) for payload in _mixture(part10)]
    for first in range(0, len(entries), 3):
        take_in(gate.node, entries[first : first + 3])
    assert gate.dispositions() == VERDICTS


def test_more_objects_of_a_study_ask_the_database_no_more_questions(gate, part10: Part10) -> None:
    take_in(gate.node, [gate.spool(part10(1))])
    counts = []
    for numbers in (range(2, 4), range(4, 34)):
        entries = [gate.spool(part10(number)) for number in numbers]
        with _statements(gate.node.identity.engine) as found:
            take_in(gate.node, entries)
        counts.append(sum(not statement.startswith("INSERT") for statement in found))
    assert counts[0] == counts[1] < 10
