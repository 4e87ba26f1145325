"""Where a patient lives: told in every way, placed in the site's country, moved by corrections, else by default."""

import json
import secrets
from datetime import date

import pytest
from click.testing import CliRunner

from config.errors import Forbidden, Malformed
from gateway.case_reports.countries import home_of, in_address, jurisdiction_in
from gateway.case_reports.texts.reading import read_residence
from gateway.cli import cli
from gateway.decisions import match_by_person
from gateway.desk.at_desk import case_at_desk
from gateway.merging import merge_cases
from gateway.sites import SiteChange, set_site
from sample_studies.cases import case_document
from sample_studies.catalogue import CATALOGUE
from worklist.access.readers import add_licence, add_reader
from worklist.items import claim, release
from worklist.models import PublishedStudy
from worklist.principal import Principal

from .conftest import cx, message
from .test_structured_reports import report


@pytest.fixture
def site(node):
    """Return what changes facts of the site `north`."""
    return lambda **facts: set_site(node, "north", SiteChange(**facts), actor="admin")


@pytest.fixture
def american(site):
    site(country="US")


@pytest.fixture
def order(file_in):
    """Return what files an order with some PID-11, and gives what became of it."""

    def send(home: str, number: str = "PL-1", patient: str = "P-1") -> object:
        pid = f"PID|1||{cx(patient)}||One^Anna||19500304|F|||{home}"
        payload = message("A08", pid, f"ORC|NW|{number}", f"OBR|1|{number}||CTH^CT head")
        (filed,) = file_in(payload.replace(b"ADT^A08", b"ORM^O01"))
        return filed

    return send


def home(view, filed) -> tuple[str, str]:
    case = view(filed.case_number)
    assert case["jurisdiction"] == (case["lives_in"]["jurisdiction"] if case["lives_in"]["by"] == "report" else "")
    return case["lives_in"]["jurisdiction"], case["lives_in"]["by"]


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [
        ("US", "ma", "US-MA"),
        ("US", "Massachusetts", "US-MA"),
        ("US", "US-MA", "US-MA"),
        ("US", "Washington, D.C.", "US-DC"),
        ("US", "ZZ", ""),
        ("DE", "Bayern", "DE"),
        ("DE", "nrw", "DE"),
        ("DE", "MA", ""),
        ("ES", "Andalucia", "ES"),
        ("CN", "浙江省", "CN"),
        ("CN", "浙江", "CN"),
        ("FR", "MA", ""),
        ("", "MA", ""),
        ("US", "", ""),
    ],
)
def test_state_is_placed_in_a_country_that_has_it(country: str, state: str, code: str) -> None:
    assert jurisdiction_in(country, state) == code


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [("USA", "Illinois", "US-IL"), ("USA", "ZZ", "US"), ("", "DE-BY", "DE"), ("", "A-B", "")],
)
def test_state_beside_its_country_is_told_by_name_or_whole_code_too(country: str, state: str, code: str) -> None:
    assert home_of(country, state) == code


@pytest.mark.parametrize(
    ("country", "address", "code"),
    [
        ("US", "12 Main St, Boston, MA 02115", "US-MA"),
        ("US", "12 Main St, , Boston, MA, 02115-1234", "US-MA"),
        ("US", "1 Elm Rd, Charleston, West Virginia 25301", "US-WV"),
        ("US", "12 Main St, Boston, NY 02115", ""),
        ("US", "12 Main St, Boston 02115", ""),
        ("US", "Weg 1, 53111 Bonn", ""),
        ("US", "Weg 1, 53111 Bonn, Deutschland", "DE"),
        ("US", "12 Main St, Denver, COL", ""),
        ("DE", "12 Main St, Boston, MA 02115", ""),
        ("DE", "12 Main St, Boston, MA 02115, USA", "US-MA"),
        ("DE", "Weg 1, 53111 Bonn", ""),
        ("CN", "浙江省杭州市某路1号", "CN"),
        ("CN", "某路1号", ""),
        ("", "12 Main St, Boston, MA 02115", ""),
        ("US", "", ""),
    ],
)
def test_address_tells_what_cannot_be_mistaken(country: str, address: str, code: str) -> None:
    assert in_address(country, address) == code


@pytest.mark.parametrize(
    ("country", "pid_11", "code"),
    [
        ("US", "1 A St^^Boston^MA^02115", "US-MA"),
        ("US", "1 A St^^Boston^Massachusetts", "US-MA"),
        ("US", "1 A St^^Boston, MA 02115", "US-MA"),
        ("DE", "Weg 1^^Bonn^NW^53111", "DE"),
        ("US", "Work 1^^Nashua^NH^03060^USA^B~1 A St^^Boston^MA^02115", "US-MA"),
        ("US", "Post 1^^Nashua^NH^^USA^M~1 A St^^Boston^MA^^USA^H", "US-MA"),
        ("US", "1 A St^^Boston", ""),
        ("CN", "某路1号^^香港^香港", "HK"),
        ("US", "Calle 1^^Toluca^Mexico", "MX"),
        ("MX", "Calle 1^^Toluca^México", "MX"),
    ],
)
def test_message_tells_the_state_alone_as_of_its_site(site, order, view, country, pid_11, code) -> None:
    site(country=country)
    filed = order(pid_11)
    assert (home(view, filed)[0], filed.note) == (code, None)


def test_state_that_the_country_lacks_is_told_to_the_sender_and_at_the_desk(american, node, order, view) -> None:
    filed = order("1 A St^^Planted^Atlantis")
    assert home(view, filed) == ("", "unplaced")
    assert filed.note.startswith("the patient's state")
    assert "Atlantis" not in filed.note
    with node.identity.read() as session:
        assert case_at_desk(session, node, filed.case_number)["unplaced_state"] == filed.note
    again = order("1 A St^^Boston^MA")
    assert (home(view, again)[0], again.note) == ("US-MA", None)
    with node.identity.read() as session:
        assert case_at_desk(session, node, filed.case_number)["unplaced_state"] is None


def test_site_without_a_country_is_no_sender_s_fault_and_places_the_state_once_it_has_one(
    node, site, order, view
) -> None:
    filed = order("1 A St^^Boston^MA")
    assert (home(view, filed), filed.note) == (("", "unplaced"), None)
    with node.identity.read() as session:
        assert "--country" in case_at_desk(session, node, filed.case_number)["unplaced_state"]
    site(country="US")
    assert home(view, filed) == ("US-MA", "report")


def test_correction_moves_the_patient_and_what_was_said_stays_known(american, order, view, tell) -> None:
    filed = order("1 A St^^Boston^MA")
    assert tell(message("A08", "PID|1||P-1||One^Anna||19500304|F|||1 B St^^Concord^NH")) == ("AA", "")
    case = view(filed.case_number)
    assert case["jurisdiction"] == "US-NH"
    assert case["former_identities"][-1]["jurisdiction"] == "US-MA"


def test_correction_that_may_be_a_relative_s_moves_nobody_but_tells_what_nothing_told(
    american, gate, view, tell
) -> None:
    told = gate.case(patient={"name": "One^Anna", "ids": [{"id": "P-1"}]}, jurisdiction="US-MA")
    untold = gate.case(patient={"name": "One^Anna", "ids": [{"id": "P-1"}]}, accession_numbers=["A-2"])
    assert tell(message("A08", "PID|1||P-1||One^Anna||19500304|F|||1 B St^^Concord^NH"))[0] == "AA"
    assert [view(each)["jurisdiction"] for each in (told, untold)] == ["US-MA", "US-NH"]


def test_merge_that_is_taken_back_takes_its_state_with_it(american, gate, order, view, tell, unmerge) -> None:
    filed = order("1 A St^^Boston^MA", patient="OLD@HA")
    gate.pass_time(minutes=5)
    pid = f"PID|1||{cx('NEW@HA')}||One^Anna||19500304|F|||1 B St^^Concord^NH"
    assert tell(message("A40", pid, f"MRG|{cx('OLD@HA')}"))[0] == "AA"
    assert view(filed.case_number)["jurisdiction"] == "US-NH"
    unmerge("OLD@HA", "NEW@HA")
    assert view(filed.case_number)["jurisdiction"] == "US-MA"


def test_order_that_goes_over_to_another_patient_leaves_where_the_first_one_lives(
    american, gate, order, view, merge, unmerge
) -> None:
    filed = order("1 A St^^Boston^MA", patient="OLD@HA")
    merge("OLD@HA", "NEW@HA")
    unmerge("OLD@HA", "NEW@HA")
    gate.pass_time(minutes=5)
    assert order("", patient="NEW@HA").case_number == filed.case_number
    assert view(filed.case_number)["jurisdiction"] == ""


@pytest.mark.parametrize(
    ("country", "head", "told"),
    [
        (None, "Country: United States\nState: MA", "US-MA"),
        (None, "Land: Deutschland", "DE"),
        (None, "País: España", "ES"),
        (None, "国家:中国", "CN"),
        ("DE", "Bundesland: Bayern", "DE"),
        ("DE", "Land: Bayern", "DE"),
        ("ES", "Provincia: Sevilla", "ES"),
        ("CN", "住址:浙江省杭州市某路1号", "CN"),
        ("CN", "单位地址:浙江省杭州市某路1号", ""),
        ("US", "State: stable", ""),
        ("US", "Address: 1 A St, Boston, MA 02115", "US-MA"),
        ("US", "Address: 1 A St\n         Boston, MA 02115", "US-MA"),
        ("US", "Address: 1 A St\nBoston, MA 02115\nUSA\nCountry of birth: Germany", "US-MA"),
        ("US", "Country: USA\nAddress: 1 A St, Boston, MA 02115", "US-MA"),
        ("US", "Address: 1 A St, Boston, MA 02115\nAddress: 1 B St, Concord, NH 03301", ""),
        ("DE", "Anschrift: Weg 1, 53111 Bonn", ""),
        ("DE", "Wohnhaft in: Weg 1, 5020 Salzburg, Österreich", "AT"),
    ],
)
def test_report_in_words_tells_it_by_labels(site, file_in, view, country, head, told) -> None:
    site(country=country)
    text = f"Name: Planted One\nMRN: N-1\n{head}\nFINDINGS: none.\n"
    (filed,) = file_in(text, content_type="text/plain")
    assert (home(view, filed)[0], filed.note) == (told, None)


def test_head_of_the_letter_is_the_hospital_s(american, file_in, view) -> None:
    text = "NORTH HOSPITAL\nAddress: 1 A St, Boston, MA 02115\nCountry: USA\n\nName: Planted One\nFINDINGS: none.\n"
    (filed,) = file_in(text, content_type="text/plain")
    assert home(view, filed) == ("", "")
    assert read_residence("Country: USA")[0] == ""


def test_address_in_words_moves_nobody_whose_home_was_told(american, order, file_in, view) -> None:
    filed = order("1 A St^^Boston^MA")
    head = f"Name: Anna One\nMRN: P-1\nDOB: 1950-03-04\nCase number: {filed.case_number}\n"
    text = f"{head}Address: 1 B St, Concord, NH 03301\n"
    assert file_in(text, content_type="text/plain")[0].outcome == "updated"
    assert home(view, filed) == ("US-MA", "report")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("State\nOne^Anna;MA", "US-MA"),
        ("Country;State\nOne^Anna;USA;Texas", "US-TX"),
        ("Country;State\nOne^Anna;US-MA;TX", "US-MA"),
        ("Country;State\nOne^Anna;Deutschland;Bayern", "DE"),
        ("Address\nOne^Anna;1 A St, Boston, MA 02115", "US-MA"),
    ],
)
def test_list_tells_it_by_country_state_or_address(american, file_in, view, row, told) -> None:
    (filed,) = file_in(f"Name;{row}\n", content_type="text/csv", name="a.csv")
    assert home(view, filed)[0] == told


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ([{"state": "MA"}], "US-MA"),
        ([{"state": "NH", "use": "work"}, {"state": "MA"}], "US-MA"),
        ([{"use": "old", "country": "DE"}], ""),
        ([{"text": "1 A St, Boston, MA 02115"}], "US-MA"),
        ([{"country": "US", "state": "Massachusetts"}], "US-MA"),
    ],
)
def test_fhir_address_tells_it(american, file_in, view, addresses, told) -> None:
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "One"}], "address": addresses}
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "contained": [patient],
        "subject": {"reference": "#p"},
    }
    (filed,) = file_in(json.dumps(request), content_type="application/fhir+json")
    assert home(view, filed)[0] == told


def test_structured_report_tells_it_by_residence(american, file_in, view) -> None:
    (filed,) = file_in(report(CountryOfResidence="USA", RegionOfResidence="MA"))
    assert home(view, filed)[0] == "US-MA"
    (filed,) = file_in(report(901, PatientID="P-9", AccessionNumber="A-9", RegionOfResidence="MA"))
    assert home(view, filed)[0] == "US-MA"


def test_case_that_tells_none_is_taken_to_live_where_its_site_says_until_a_report_tells(
    american, site, order, view
) -> None:
    filed = order("")
    site(jurisdiction="US-MA")
    assert home(view, filed) == ("US-MA", "site")
    order("1 B St^^Concord^NH")
    assert home(view, filed) == ("US-NH", "report")
    site(jurisdiction="US-TX")
    assert home(view, filed) == ("US-NH", "report")
    other = order("", "PL-2")
    assert home(view, other) == ("US-TX", "site")
    site(jurisdiction="")
    assert home(view, other) == ("", "")


def test_merged_case_lives_where_a_report_said_not_where_the_site_does(american, site, node, order, view) -> None:
    site(jurisdiction="US-MA")
    kept, gone = order(""), order("1 B St^^Concord^NH", "PL-2")
    merge_cases(node, kept.case_number, gone.case_number, actor="casey")
    assert home(view, kept) == ("US-NH", "report")


def test_site_s_own_word_is_a_code_or_a_country(node) -> None:
    def run(*words: str) -> object:
        return CliRunner().invoke(cli, ["site", *words, "--home", str(node.settings.home)])

    assert run("set", "north", "--jurisdiction", "us-ma").exit_code == 0
    assert '"jurisdiction": "US-MA"' in run("show", "north", "--json").output
    refused = run("set", "north", "--jurisdiction", "Atlantis")
    assert (refused.exit_code, "ISO 3166" in str(refused.exception) + refused.stderr) == (1, True)
    assert run("set", "north", "--jurisdiction", "").exit_code == 0
    assert '"jurisdiction": ""' in run("show", "north", "--json").output


@pytest.fixture
def licensed(gate):
    """Return what says whether a reader with a licence in a state may claim the study; who may gives it back."""
    node = gate.node
    rules = node.settings.worklist.model_copy(update={"require_licence": True})

    def may(state: str) -> bool:
        name = f"Dr {secrets.token_hex(4)}"
        with node.reading.write() as session:
            number = add_reader(session, node.clock, name=name, email="reader@example.org")
            add_licence(session, name=name, jurisdiction=state, expires=date(2099, 1, 1))
        who, item = Principal(name, "reader", number, "token"), gate.item(gate.study().study_uid)
        try:
            with node.reading.write() as session:
                claim(session, node.clock, who, item.id, rules=rules)
                release(session, node.clock, who, item.id)
        except Forbidden:
            return False
        return True

    return may


def test_study_is_read_by_who_is_licensed_where_the_patient_is_said_to_live_last(
    american, site, gate, order, tell, part10, licensed
) -> None:
    site(jurisdiction="US-TX")
    filed = order("")
    gate.receive(part10(PatientID="P-1", PatientName="One^Anna", PatientBirthDate="19500304"))
    gate.run()
    match_by_person(gate.node, filed.case_number, gate.study().study_uid, actor="casey")
    assert gate.run() == "enlist"
    assert [licensed(each) for each in ("US-TX", "US-MA", "DE", "US")] == [True, False, False, True]
    order("1 A St^^Boston^MA")
    gate.run()
    assert [licensed(each) for each in ("US-TX", "US-MA")] == [False, True]
    gate.pass_time(minutes=5)
    assert tell(message("A08", "PID|1||P-1||One^Anna||19500304|F|||1 B St^^Concord^NH"))[0] == "AA"
    gate.run()
    assert [licensed(each) for each in ("US-TX", "US-MA", "US-NH")] == [False, False, True]


def test_study_without_a_case_is_read_where_its_site_says(american, site, gate, part10) -> None:
    site(require_case=False, jurisdiction="US-MA")
    gate.receive(part10())
    assert gate.run() == "enlist"
    with gate.node.reading.read() as session:
        assert session.get_one(PublishedStudy, gate.study().study_uid).jurisdiction == "US-MA"


def test_published_study_follows_the_site_s_word_where_no_report_told(american, site, gate) -> None:
    study = gate.publish()
    with gate.node.reading.read() as session:
        assert session.get_one(PublishedStudy, study.study_uid).jurisdiction is None
    site(jurisdiction="US-MA")
    assert gate.study().wanted_revision == study.wanted_revision + 1
    gate.run()
    with gate.node.reading.read() as session:
        assert session.get_one(PublishedStudy, study.study_uid).jurisdiction == "US-MA"
    site(rate=None, jurisdiction="US-MA")
    assert gate.study().wanted_revision == study.wanted_revision + 1


@pytest.mark.parametrize("plan", [plan for plan, _ in CATALOGUE if plan.case is not None], ids=lambda plan: plan.slug)
def test_no_sample_report_tells_another_home_than_its_case(plan) -> None:
    document = case_document(plan, plan.case)
    assert read_residence(document["report"]["text"])[0] in ("", plan.site.jurisdiction, plan.site.jurisdiction[:2])


def test_jurisdiction_of_our_json_is_refused_as_before(file_in) -> None:
    with pytest.raises(Malformed):
        file_in(json.dumps({"patient": {"name": "One^Anna"}, "jurisdiction": "Atlantis"}))
