"""A merge of identifiers that its site takes back (ADT^A37): what cases lose, who is told, and what is refused."""

import json

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from sqlalchemy import select

from gateway.case_reports.unmerging import take_back_merge
from gateway.cli import cli
from gateway.decisions import match_by_person
from gateway.desk.case_form import correct_case
from gateway.facilities import set_facilities
from gateway.links import case_of
from gateway.merging import merge_cases
from gateway.models import Case, IdentityAudit, Study
from gateway.returns import take_signed
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token
from worklist.models import PublishedStudy

from .conftest import ANNA, file_case, message

BERTA = {"name": "Two^Berta", "birth_date": "1961-07-08"}


def imaged(gate, part10, number: str, patient: dict = ANNA, issuer: str = "HA") -> None:
    told = {"PatientName": patient["name"], "PatientBirthDate": patient["birth_date"].replace("-", "")}
    gate.receive(part10(PatientID=number, IssuerOfPatientID=issuer, **told))
    gate.run()


def linked(gate) -> str | None:
    with gate.node.identity.read() as session:
        case = case_of(session, 1)
        return case.case_number if case else None


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("merged_first", [False, True])
def test_each_case_has_its_own_number_again_in_whatever_order_the_patients_are_named(
    gate, merge, unmerge, ids, view, turned, merged_first
) -> None:
    if merged_first:
        merge("OLD@HA", "NEW@HA")
    cases = [file_case(gate, each) for each in ("OLD@HA", "NEW@HA")]
    if not merged_first:
        merge("OLD@HA", "NEW@HA")
    assert [ids(each) for each in cases] == [{"OLD@HA", "NEW@HA"}] * 2
    assert unmerge(*(("NEW@HA", "OLD@HA") if turned else ("OLD@HA", "NEW@HA"))) == ("AA", "")
    assert [ids(each) for each in cases] == [{"OLD@HA"}, {"NEW@HA"}]
    assert view(cases[0])["former_identities"][-1]["why"] == "merge of two identifiers, taken back"


def test_case_that_comes_later_gets_nothing_of_a_merge_that_was_taken_back(gate, merge, unmerge, ids) -> None:
    merge("OLD@HA", "NEW@HA")
    assert unmerge("OLD@HA", "NEW@HA") == ("AA", "")
    assert ids(file_case(gate, "OLD@HA")) == {"OLD@HA"}
    merge("OLD@HA", "NEW@HA", name="One^Anna Maria")
    assert ids(file_case(gate, "OLD@HA", ANNA | {"name": "One^Anna Maria"})) == {"OLD@HA", "NEW@HA"}


def test_patient_is_called_again_what_they_were_before_and_the_other_name_is_still_looked_for(
    gate, merge, unmerge, view
) -> None:
    own = {"name": "One^Anna", "birth_date": "1950-03-04"}
    number = file_case(gate, "OLD@HA", own)
    merge("OLD@HA", "NEW@HA", name="Two^Anna", old_name="Born^Anna")
    assert view(number)["patient"]["name"] == "Two^Anna"
    unmerge("OLD@HA", "NEW@HA")
    patient = view(number)["patient"]
    assert (patient["name"], patient["other_names"]) == ("One^Anna", [])
    assert {"Two^Anna", "Born^Anna"} <= {each["name"] for each in view(number)["former_identities"]}


def test_other_names_that_the_case_or_a_merge_that_stands_tells_too_stay(gate, merge, unmerge, view) -> None:
    number = file_case(gate, "NEW@HA", ANNA | {"other_names": ["Maiden^Anna"]})
    merge("OLDER@HA", "NEW@HA", name="One^Anna~Known^Anna")
    merge("OLD@HA", "NEW@HA", name="One^Anna~Maiden^Anna~Known^Anna~Other^Anna")
    unmerge("OLD@HA", "NEW@HA")
    assert view(number)["patient"]["other_names"] == ["Maiden^Anna", "Known^Anna"]
    unmerge("OLDER@HA", "NEW@HA")
    assert view(number)["patient"]["other_names"] == ["Maiden^Anna"]


def test_place_among_twins_that_a_merge_told_goes_with_it(gate, node, tell, unmerge) -> None:
    file_case(gate, "OLD@HA")
    pid = f"PID|1||NEW^^^HA||One^Anna||19500304{'|' * 17}Y|2"
    assert tell(message("A40", pid, "MRG|OLD^^^HA")) == ("AA", "")
    unmerge("OLD@HA", "NEW@HA")
    with node.identity.read() as session:
        assert session.scalars(select(Case.birth)).one() == {}


def test_number_that_is_lost_is_none_of_the_case_s_own_words_either(gate, node, tell, merge, unmerge, ids) -> None:
    number = file_case(gate, "OLD@HA")
    merge("OLD@HA", "NEW@HA")
    assert tell(message("A08", "PID|1||OLD^^^HA||One^Anne||19500304")) == ("AA", "")
    unmerge("OLD@HA", "NEW@HA")
    assert ids(number) == {"OLD@HA"}
    with node.identity.read() as session:
        own = session.scalars(select(Case.own_words)).one()
    assert (own["name"], own["ids"]) == ("One^Anna", [{"id": "OLD", "issuer": "HA"}])


def test_number_that_is_lost_is_still_taken_out_of_the_words_that_readers_get(gate, part10, merge, unmerge) -> None:
    merge("OLD@HA", "QUARTZFOX@HA")
    told = {"ids": [{"id": "OLD", "issuer": "HA"}]}
    number = gate.case(patient=ANNA | told, report={"text": "Compared with the images of QUARTZFOX: no bleeding."})
    imaged(gate, part10, "OLD")
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    unmerge("OLD@HA", "QUARTZFOX@HA")
    assert gate.run() == "enlist"
    with gate.node.reading.read() as session:
        report = session.scalars(select(PublishedStudy.report)).one()
    assert "no bleeding" in report and "QUARTZFOX" not in report


def test_what_a_person_corrected_since_stays(gate, merge, unmerge, view) -> None:
    number = file_case(gate, "OLD@HA")
    merge("OLD@HA", "NEW@HA", name="Two^Anna")
    given = ({"id": "X", "issuer": "HX"},)
    correct_case(gate.node, number, name="Three^Anna", birth_date="", sex="", ids=given, actor="casey")
    unmerge("OLD@HA", "NEW@HA")
    patient = view(number)["patient"]
    assert (patient["name"], {each["id"] for each in patient["ids"]}) == ("Three^Anna", {"OLD", "X"})


def test_numbers_that_other_merges_join_stay(gate, merge, unmerge, ids) -> None:
    for old, surviving in (("A@HA", "B@HA"), ("B@HA", "C@HA"), ("C@HA", "D@HA")):
        merge(old, surviving)
    first, last = file_case(gate, "A@HA"), file_case(gate, "D@HA")
    assert unmerge("B@HA", "C@HA") == ("AA", "")
    assert (ids(first), ids(last)) == ({"A@HA", "B@HA"}, {"C@HA", "D@HA"})


@pytest.mark.parametrize("signed", [False, True])
def test_link_that_rested_on_the_merge_is_shown_to_a_person_and_that_of_a_signed_read_stays(
    gate, part10, merge, unmerge, signed
) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    imaged(gate, part10, "NEW")
    assert linked(gate) == number
    study = gate.study()
    if signed:
        gate.sign(study.study_uid)
        take_signed(gate.node)
    assert unmerge("OLD@HA", "NEW@HA") == ("AA", "")
    assert (linked(gate), gate.study().flagged) == (number, True)
    gate.run()
    assert gate.study().flagged
    assert (linked(gate), gate.study().state) == ((number, "read") if signed else (None, "unmatched"))
    if not signed:
        assert gate.item(study.study_uid).state == "cancelled"
        assert [each["case_number"] for each in gate.study().candidates] == [number]


@pytest.mark.parametrize("issuer", ["HA", "", "1.2.3.4"])
def test_person_s_link_stays_and_is_shown_again(gate, part10, merge, unmerge, issuer) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    imaged(gate, part10, "NEW", BERTA, issuer)
    match_by_person(gate.node, number, gate.study().study_uid, actor="casey")
    gate.run()
    unmerge("OLD@HA", "NEW@HA")
    gate.run()
    assert (linked(gate), gate.study().flagged) == (number, True)


def test_study_under_the_case_s_own_number_is_left_alone(gate, part10, merge, unmerge) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "NEW@HA")
    imaged(gate, part10, "NEW")
    assert unmerge("OLD@HA", "NEW@HA") == ("AA", "")
    assert (gate.run(), linked(gate), gate.study().flagged) == ("enlist", number, False)


def test_case_into_which_a_person_merged_another_is_left_as_it_is(gate, merge, unmerge, ids) -> None:
    merge("OLD@HA", "NEW@HA")
    kept, gone = file_case(gate, "OLD@HA"), file_case(gate, "NEW@HA")
    merge_cases(gate.node, kept, gone, actor="casey")
    assert unmerge("OLD@HA", "NEW@HA") == ("AA", "")
    assert ids(kept) == {"OLD@HA", "NEW@HA"}


def test_patients_that_were_never_merged_are_told_as_unknown_keys(gate, node, merge, unmerge, ids) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    for one, other in (("OLD@HA", "THIRD@HA"), ("OLD@HA", "NEW@HB"), ("OLD", "NEW")):
        assert unmerge(one, other) == ("AE", "204")
    assert ids(number) == {"OLD@HA", "NEW@HA"}
    assert unmerge("OLD@HA", "NEW@HA", control="M1") == ("AA", "")
    assert unmerge("OLD@HA", "NEW@HA", control="M1") == ("AA", ""), "the same message again"
    assert unmerge("OLD@HA", "NEW@HA", control="M2") == ("AE", "204")


def test_merge_of_another_site_is_not_touched(gate, node, tell, merge) -> None:
    merge("OLD@HA", "NEW@HA")
    with node.identity.write() as session:
        set_facilities(session, "south", ("SOUTH",))
    pids = ("PID|1||OLD^^^HA", "PID|2||NEW^^^HA")
    assert tell(message("A37", *pids).replace(b"|NORTH|", b"|SOUTH|")) == ("AE", "204")


@pytest.mark.parametrize("pids", [("PID|1||OLD^^^HA",), ("PID|1||OLD^^^HA", "PID|2||||One^Anna")])
def test_message_without_two_identified_patients_is_refused(tell, merge, pids) -> None:
    merge("OLD@HA", "NEW@HA")
    assert tell(message("A37", *pids)) == ("AE", "100")


def test_file_of_an_unmerge_of_strangers_does_not_keep_the_next_file_out(node, tmp_path) -> None:
    (tmp_path / "one.hl7").write_bytes(message("A37", "PID|1||OLD^^^HA", "PID|2||NEW^^^HA"))
    (tmp_path / "two.json").write_text(json.dumps({"patient": ANNA}))
    files = [str(tmp_path / name) for name in ("one.hl7", "two.json")]
    command = ["case", "import", *files, "--site", "north", "--json", "--home", str(node.settings.home)]
    taken = json.loads(CliRunner().invoke(cli, command).stdout)
    assert [each["outcome"] for each in taken] == ["refused", "created"]


def test_patients_of_many_numbers_are_unmerged(gate, merge, unmerge, ids) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    many = ["~".join((first, *(f"{first[0]}{each}@HB" for each in range(49)))) for first in ("OLD@HA", "NEW@HA")]
    assert unmerge(*many) == ("AA", "")
    assert ids(number) == {"OLD@HA"}


def test_numbers_of_one_side_that_were_merged_stay_so(gate, merge, unmerge, ids) -> None:
    merge("A@HA", "B@HA")
    merge("B@HA", "C@HA")
    merge("A@HA", "FAMILY@AOK")
    assert unmerge("A@HA~FAMILY@AOK", "D@HA~FAMILY@AOK") == ("AE", "204")
    assert unmerge("A@HA~B@HA", "C@HA") == ("AA", "")
    assert ids(file_case(gate, "A@HA")) == {"A@HA", "B@HA", "FAMILY@AOK"}


@pytest.mark.parametrize("by", ["desk", "command"])
def test_person_takes_a_merge_back_where_the_case_shows_it(gate, node, merge, view, ids, by) -> None:
    merge("OLD@HA", "NEW@HA")
    number, other = file_case(gate, "OLD@HA"), file_case(gate, "NEW@HA")
    (shown,) = view(number)["merges"]
    assert (shown["old"], shown["surviving"]) == ({"id": "OLD", "issuer": "HA"}, {"id": "NEW", "issuer": "HA"})
    if by == "desk":
        with node.reading.write() as session:
            token = create_token(session, node.clock, role="coordinator", name="casey")
        client = TestClient(make_app(node), headers={"Authorization": f"Bearer {token}"})
        assert "Merged by its hospital" in client.get(f"/desk/cases/{number}").text
        target = f"/desk/api/cases/{number}/apart"
        assert [client.post(target, json={"merge": shown["merge"]}).status_code for _ in range(2)] == [204, 404]
        assert "Merged by its hospital" not in client.get(f"/desk/cases/{number}").text
    else:
        command = ["case", "apart", number, str(shown["merge"]), "--home", str(node.settings.home)]
        assert "2 cases changed" in CliRunner().invoke(cli, command).stdout
        assert CliRunner().invoke(cli, command).exit_code == 1
    assert (ids(number), ids(other), view(number)["merges"]) == ({"OLD@HA"}, {"NEW@HA"}, [])


def test_link_is_judged_again_too_where_a_person_takes_the_merge_back(gate, part10, merge, view) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    imaged(gate, part10, "NEW")
    with gate.node.identity.write() as session:
        study = session.get_one(Study, 1)
        study.started_revision = study.finished_revision = study.wanted_revision
    gate.pass_time(minutes=5)
    (shown,) = view(number)["merges"]
    assert take_back_merge(gate.node, number, shown["merge"], actor="casey") == 1
    assert gate.study().wanted_revision > gate.study().finished_revision
    gate.run()
    assert (linked(gate), gate.study().state, gate.study().flagged) == (None, "unmatched", True)


def test_taking_back_is_audited_without_an_identity(gate, node, merge, unmerge) -> None:
    merge("OLD@HA", "NEW@HA")
    number = file_case(gate, "OLD@HA")
    unmerge("OLD@HA", "NEW@HA")
    with node.identity.read() as session:
        entries = session.scalars(select(IdentityAudit).order_by(IdentityAudit.seq)).all()
    assert ("merge-taken-back", "north") in {(each.action, each.subject) for each in entries}
    assert (entries[-1].action, entries[-1].subject) == ("case-identity-changed", number)
    assert not any(word in json.dumps(each.detail) for each in entries for word in ("OLD", "NEW", "Anna", "1950"))
