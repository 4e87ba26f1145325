"""Side by side: merged numbers, former names and issuers are told apart from what differs."""

import pytest

from gateway.desk.comparison import compare_with_case
from gateway.models import Case, Patient, Study

ANNA = Patient(name="One^Anna", birth_date="19500304", sex="F", patient_id="P-1", issuer="HA")


def case(**said: object) -> Case:
    empty = {"patient_ids": [], "accession_numbers": [], "accession_issuers": [], "study_uids": [], "other_names": []}
    words = dict.fromkeys(("study_date", "report_date", "modality", "body_part", "question", "sex"), "")
    known = {"case_number": "2000000006", "patient_name": "One^Anna", "birth_date": "19500304", "former_identities": []}
    return Case(**empty | words | known | {"addresses": [], "telephones": []} | said)


def lines(of_case: Case, *, hints: tuple[str, ...] = (), merged: dict[str, str] | None = None, **told: object):
    words = ("study_instance_uid", "accession_number", "accession_issuer", "study_date", "modality", "body_part")
    lists = {"birth_names": [], "other_ids": [], "addresses": [], "telephones": []}
    own = {"patient_name": ANNA.name, "birth_date": ANNA.birth_date, "sex": ANNA.sex}
    study = Study(**dict.fromkeys(words, ""), description="", hints=list(hints), **own | lists | told)
    return {row.field: row for row in compare_with_case(study, ANNA, of_case, merged or {})}


def line(field: str, of_case: Case, **told):
    return lines(of_case, **told)[field]


def before(name: str, birth_date: str) -> dict[str, object]:
    return {"former_identities": [{"name": name, "birth_date": birth_date, "sex": "", "ids": []}]}


def test_number_of_a_case_that_was_merged_away_agrees_with_the_case_that_stayed() -> None:
    row = line("Case number", case(), hints=("1000000003",), merged={"1000000003": "2000000006"})
    assert (row.study, row.agreement) == ("1000000003 (merged into 2000000006)", "agrees")
    assert line("Case number", case(), hints=("1000000003",)).agreement == "differs"


@pytest.mark.parametrize(
    ("ids", "agreement"),
    [
        ([("P-9", "HA"), ("P-1", "HA")], "agrees"),
        ([("P-1", "")], "agrees"),
        ([("P-1", "HB")], "near"),
        ([("P-9", "HA")], "differs"),
        ([], "unknown"),
    ],
    ids=["merged identifier", "no issuer", "another issuer", "another number", "none"],
)
def test_identifier_is_compared_with_every_one_of_the_case_and_its_issuer(ids, agreement: str) -> None:
    told = [{"id": number, "issuer": issuer} for number, issuer in ids]
    assert line("Patient ID", case(patient_ids=told)).agreement == agreement


def test_name_and_birth_date_from_before_a_correction_are_near_and_shown() -> None:
    changed = case(patient_name="Kovacs^Ilona", birth_date="19760817", **before("One^Anna", "19500304"))
    name, born = line("Name", changed), line("Birth date", changed)
    assert (name.case, name.agreement) == ("Kovacs Ilona (before: One Anna)", "near")
    assert (born.case, born.agreement) == ("1976-08-17 (before: 1950-03-04)", "near")
    other = case(patient_name="Kovacs^Ilona", birth_date="19760817", **before("Ito^Ken", "19990101"))
    assert (line("Name", other).agreement, line("Birth date", other).agreement) == ("differs", "differs")


def test_whatever_else_the_matcher_compares_of_the_patient_is_shown_where_it_is_told() -> None:
    ours = {"birth_names": ["Two^Anna"], "other_ids": [{"id": "77", "issuer": "HB", "type": ""}]}
    homes = {"addresses": ["12 Main Street, Springfield 62701"], "telephones": ["+1 217 555 0142"]}
    alike = case(addresses=["12 Main St, Springfield IL"], telephones=["(217) 555-0142"], patient_ids=[{"id": "77"}])
    found = lines(alike, **ours, **homes)
    assert found["Name"].study == "One Anna (also: Two Anna)"
    assert [found[each].agreement for each in ("Further identifiers", "Address", "Telephone")] == ["agrees"] * 3
    assert lines(case(addresses=["80 Oak Road, Ashford 2134"]), **homes)["Address"].agreement == "differs"
    assert not {"Further identifiers", "Address", "Telephone"} & set(lines(case()))


def test_time_and_order_of_birth_are_shown_where_either_is_told() -> None:
    assert "Birth time and order" not in lines(case())
    row = line("Birth time and order", case(birth={"time": "0314", "order": 2}), birth_time="0320")
    assert (row.study, row.case, row.agreement) == ("03:20", "03:14, child 2", "differs")
    single = line("Birth time and order", case(birth={"multiple": False}))
    assert (single.case, single.agreement) == ("one child", "agrees")
