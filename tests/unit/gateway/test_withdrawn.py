"""What leaves the reading zone leaves it with its bytes, wherever the process that took it out was killed."""

import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from config.errors import Conflict
from gateway.housekeeping import Housekeeping, clean_up
from gateway.studies import purge
from gateway.whose_study import choose_patient
from gateway.withdrawn import remove_withdrawn
from worklist.models import PublishedInstance, PublishedStudy
from worklist.withdrawing import withdraw_instances

_PURGE = """
import os, signal, sys
from pathlib import Path
from config.settings import Settings
from gateway import studies, withdrawn
from gateway.node import open_node

withdrawn.remove_withdrawn = lambda _: os.kill(os.getpid(), signal.SIGKILL)
with open_node(Settings.load(Path(sys.argv[1]))) as node:
    studies.purge(node, sys.argv[2], actor="clerk")
"""


def _break_off(*_: object) -> None:
    raise InterruptedError


def shown(gate, study_uid: str) -> bool:
    with gate.node.reading.read() as session:
        return session.get(PublishedStudy, study_uid) is not None


def test_bytes_that_a_killed_process_left_in_the_reading_zone_and_the_vault_go(gate) -> None:
    study = gate.publish()
    (blob,), original = gate.node.published.keys(), gate.objects()[0].blob
    gate.node.made.put(blob, "picture", content=b"of the patient")
    arguments = [str(gate.node.settings.home), study.study_uid]
    killed = subprocess.run([sys.executable, "-c", _PURGE, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not shown(gate, study.study_uid)
    assert gate.node.published.exists(blob) and gate.node.vault.exists(original)
    Housekeeping(gate.node)()
    assert not gate.node.published.exists(blob) and not gate.node.vault.exists(original)
    assert gate.node.made.get(blob, "picture") is None


@pytest.mark.parametrize("by", ["the next worker", "asking again"])
def test_purge_that_broke_off_before_the_readers_lost_the_study_is_brought_to_its_end(gate, monkeypatch, by) -> None:
    study = gate.publish()
    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr("gateway.studies.withdraw", _break_off)
        purge(gate.node, study.study_uid, actor="clerk")
    assert shown(gate, study.study_uid) and gate.study().state == "purged"
    if by == "asking again":
        purge(gate.node, study.study_uid, actor="clerk")
    else:
        clean_up(gate.node)
    assert not shown(gate, study.study_uid) and list(gate.node.published.keys()) == []
    with pytest.raises(Conflict):
        purge(gate.node, study.study_uid, actor="clerk")


@pytest.mark.parametrize("signed", [False, True])
def test_words_of_a_study_without_images_leave_the_readers_too_where_its_purge_broke_off(
    gate, monkeypatch, signed: bool
) -> None:
    study = gate.publish()
    if signed:
        gate.sign(study.study_uid)
    with gate.node.reading.write() as session:
        withdraw_instances(session, study.study_uid, session.scalars(select(PublishedInstance.sop_instance_uid)).all())
        session.get_one(PublishedStudy, study.study_uid).report = "of the patient"
    with monkeypatch.context() as patched, pytest.raises(InterruptedError):
        patched.setattr("gateway.studies.withdraw", _break_off)
        purge(gate.node, study.study_uid, actor="clerk")
    clean_up(gate.node)
    with gate.node.reading.read() as session:
        left = session.get(PublishedStudy, study.study_uid)
    assert (left is not None) is signed and getattr(left, "report", None) is None
    with pytest.raises(Conflict):
        purge(gate.node, study.study_uid, actor="clerk")


def test_bytes_on_their_way_to_the_readers_again_stay(gate, monkeypatch) -> None:
    gate.case()
    gate.receive(gate.part10(1))
    gate.receive(gate.part10(2, PatientName="Else^Nobody", PatientID="P9"))
    study = gate.study()
    choose_patient(gate.node, study.study_uid, None, actor="clerk")
    assert gate.run() == "enlist"
    (blob,) = gate.node.published.keys()
    other = gate.objects()[1].other_patient_id
    monkeypatch.setattr("gateway.whose_study.remove_withdrawn", lambda _: 0)  # as if it were killed there
    choose_patient(gate.node, study.study_uid, other, actor="clerk")
    first = gate.objects()[0].other_patient_id
    choose_patient(gate.node, study.study_uid, first, actor="clerk")
    monkeypatch.setattr("gateway.pipeline.publish._show", lambda *_: pytest.fail("once the bytes are copied"))
    with pytest.raises(pytest.fail.Exception):
        gate.run()
    assert remove_withdrawn(gate.node) == 0
    assert gate.node.published.exists(blob)
    monkeypatch.undo()
    assert gate.run() == "enlist"
    assert remove_withdrawn(gate.node) == 0 and list(gate.node.published.keys()) == [blob]
