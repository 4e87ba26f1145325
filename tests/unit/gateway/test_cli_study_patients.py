"""overread study patients | one-person | whose | apart | seen: whose a study is, said by command as at the desk."""

import json

import pytest
from click.testing import CliRunner

from config.errors import NotFound, OverreadError
from gateway.cli import cli
from gateway.models import Study

ALBA = {"PatientName": "Alba^Ana", "PatientBirthDate": "19600102", "PatientID": "TW1"}
BRAVO = {"PatientName": "Bravo^Berta", "PatientBirthDate": "19710203", "PatientID": "TW2"}


@pytest.fixture
def study(gate, part10):
    """Return what runs a command over a study that came as Alba's and then as Bravo's, and gives what it printed."""
    gate.receive(part10(1, **ALBA))
    gate.receive(part10(2, **BRAVO))
    gate.run()

    def run(command: str, *arguments: str | int) -> str:
        words = ["study", command, gate.study().study_uid, *map(str, arguments)]
        done = CliRunner().invoke(cli, [*words, "--home", str(gate.node.settings.home)])
        if isinstance(done.exception, OverreadError):
            raise done.exception
        return done.stdout

    return run


def shown(study) -> dict:
    return json.loads(study("patients", "--json"))


def test_patients_inside_a_study_are_shown_and_the_look_is_audited(gate, study) -> None:
    view = shown(study)
    assert [(each["name"], each["objects"]) for each in view["patients_in_conflict"]] == [
        ("Alba Ana", 1),
        ("Bravo Berta", 1),
    ]
    assert (view["patients_set_aside"], view["patients_taken_as_one"]) == ([], [])
    assert "Bravo Berta" in study("patients")
    assert gate.audited()[-1] == ("study-patients-viewed", gate.study().study_uid)


def test_study_is_given_to_a_patient_and_the_others_are_set_aside(gate, study) -> None:
    bravo = shown(study)["patients_in_conflict"][1]["patient"]
    assert study("whose", bravo).endswith("objects set aside: 1\n")
    assert gate.study().patient_id == bravo
    assert [each["own"] for each in shown(study)["patients_set_aside"]] == [True, False]
    with pytest.raises(NotFound):
        study("whose", 99)


def test_patients_are_taken_as_one_and_told_apart_again(gate, study) -> None:
    assert study("one-person").endswith("objects that go on with it: 1\n")
    (said,) = shown(study)["patients_taken_as_one"]
    assert (said["name"], said["said_by"]) == ("Bravo Berta", "command line")
    with pytest.raises(NotFound, match="no objects of another patient"):
        study("one-person")
    gate.run()
    assert study("apart", said["patient"]).endswith("objects undecided: 1\n")
    assert len(shown(study)["patients_in_conflict"]) == 2
    with pytest.raises(NotFound):
        study("apart", said["patient"])


def test_flag_is_taken_off(gate, study) -> None:
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).flagged = True
    assert "not flagged any more" in study("seen")
    assert not gate.study().flagged
