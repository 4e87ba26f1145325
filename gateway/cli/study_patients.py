"""overread study patients | one-person | whose | apart | seen: who came inside a study, decided as at the desk."""

import click

from gateway import audit
from gateway.cli.frame import ACTOR, json_option, print_view, with_node
from gateway.desk.identity_conflicts import patients_in_conflict, patients_set_aside, patients_taken_as_one
from gateway.links import get_study
from gateway.models import Study
from gateway.node import Node
from gateway.one_person import take_back_one_person
from gateway.studies import unflag
from gateway.whose_study import accept_as_one_patient, choose_patient

_study = click.argument("study_uid", metavar="STUDY")
_patient = click.argument("patient_id", metavar="PATIENT", type=click.IntRange(1, 2**62))


@click.command("patients")
@_study
@json_option
@with_node
def patients(node: Node, study_uid: str, as_json: bool) -> None:
    """Show who came inside STUDY where they are several: names, their objects, cases that would fit."""
    with node.identity.write() as session:
        study = get_study(session, study_uid)
        view = {
            "study_uid": study.study_uid,
            "state": study.state,
            "patients_in_conflict": patients_in_conflict(session, node, study),
            "patients_set_aside": patients_set_aside(session, node, study),
            "patients_taken_as_one": patients_taken_as_one(session, study),
        }
        audit.note(session, node.clock, actor=ACTOR, action="study-patients-viewed", subject=study.study_uid)
    print_view(view, as_json=as_json)


@click.command("one-person")
@_study
@with_node
def one_person(node: Node, study_uid: str) -> None:
    """Say that all patients inside STUDY are one person; `study apart` takes it back."""
    going = accept_as_one_patient(node, study_uid, actor=ACTOR)
    click.echo(f"the patients inside study {study_uid} are one; objects that go on with it: {going}")


@click.command("whose")
@_study
@_patient
@with_node
def whose(node: Node, study_uid: str, patient_id: int) -> None:
    """Say that STUDY is PATIENT's, by the number that `study patients` shows; the others' objects are set aside."""
    with node.identity.read() as session:
        number = get_study(session, study_uid).id
    aside = choose_patient(node, study_uid, patient_id, actor=ACTOR)
    with node.identity.read() as session:
        now = session.get_one(Study, number).study_uid  # another where the node's key was renewed in between
    click.echo(f"study {now} is patient {patient_id}'s; objects set aside: {aside}")


@click.command("apart")
@_study
@_patient
@with_node
def apart(node: Node, study_uid: str, patient_id: int) -> None:
    """Take back that PATIENT inside STUDY is one with another; whose the study is has to be said anew."""
    undecided = take_back_one_person(node, study_uid, patient_id, actor=ACTOR)
    click.echo(f"patient {patient_id} is told apart again inside study {study_uid}; objects undecided: {undecided}")


@click.command("seen")
@_study
@with_node
def seen(node: Node, study_uid: str) -> None:
    """Take the flag off STUDY after looking at what came or became known of it since it was published."""
    unflag(node, study_uid, actor=ACTOR)
    click.echo(f"study {study_uid} is not flagged any more")


COMMANDS = (patients, one_person, whose, apart, seen)
