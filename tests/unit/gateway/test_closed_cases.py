"""A case that a person closed is opened by a person: what waited meanwhile finds it."""

import pytest

from config.errors import Conflict, NotFound
from gateway.cases import close_case, open_case
from gateway.links import case_of
from gateway.merging import merge_cases
from gateway.portal.links import find_link, make_link

PATIENT = {"name": "Planted^Identity", "birth_date": "1959-03-07", "ids": [{"id": "PATIENT-1", "type": "MR"}]}


def test_study_that_came_while_its_case_was_closed_is_linked_once_it_is_open(gate, part10) -> None:
    number = gate.case(patient=PATIENT, accession_numbers=["ACC-17"])
    close_case(gate.node, number, actor="casey")
    gate.receive(part10(PatientBirthDate="19590307", AccessionNumber="ACC-17"))
    gate.run()
    assert gate.study().state == "unmatched"
    open_case(gate.node, number, actor="casey")
    gate.run()
    with gate.node.identity.read() as session:
        case = case_of(session, gate.study().id)
    assert case is not None and case.case_number == number
    assert ("case-opened", number) in gate.audited()


def test_upload_links_that_ended_with_a_case_stay_ended(gate) -> None:
    number, gone = gate.case(patient=PATIENT), gate.case(patient=PATIENT | {"ids": [{"id": "PATIENT-2"}]})
    urls = [make_link(gate.node, each, days=3, single_use=False, actor="casey")["url"] for each in (number, gone)]
    merge_cases(gate.node, number, gone, actor="casey")
    assert [is_found(gate, url) for url in urls] == [True, True]
    close_case(gate.node, number, actor="casey")
    open_case(gate.node, number, actor="casey")
    assert [is_found(gate, url) for url in urls] == [False, False]
    assert is_found(gate, make_link(gate.node, number, days=3, single_use=False, actor="casey")["url"])


def is_found(gate, url: str) -> bool:
    with gate.node.identity.read() as session:
        try:
            find_link(session, gate.node, url.rpartition("/")[2])
        except NotFound:
            return False
    return True


def test_case_that_is_open_or_was_merged_away_is_not_opened(gate) -> None:
    kept, gone = gate.case(patient=PATIENT), gate.case(patient=PATIENT | {"ids": [{"id": "PATIENT-2"}]})
    with pytest.raises(Conflict, match="is open"):
        open_case(gate.node, kept, actor="casey")
    merge_cases(gate.node, kept, gone, actor="casey")
    with pytest.raises(Conflict, match="merged"):
        open_case(gate.node, gone, actor="casey")
    with pytest.raises(NotFound):
        open_case(gate.node, "2217164929", actor="casey")
