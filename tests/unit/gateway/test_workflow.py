"""The workflow and its dispatch: one revision after the other, failures held for a person, nothing left unfinished."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from dbos import DBOS, _dbos

from gateway.links import request_revision
from gateway.models import Study
from gateway.node import Node
from gateway.pipeline import dispatch, workflow
from gateway.pipeline.finishing import finish_revision
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES, Stage
from gateway.studies import purge

Part10 = Callable[..., bytes]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Record the revisions that dispatch starts, in the place of starting them."""
    found: list[tuple[int, int]] = []
    monkeypatch.setattr(dispatch, "_start", lambda _run, study_id, revision: found.append((study_id, revision)))
    return found


def never(_study_id: int, _revision: int) -> str:
    raise AssertionError("the starter was replaced")


def finish(node: Node, revision: int) -> None:
    with node.identity.write() as session:
        session.get_one(Study, 1).finished_revision = revision


def test_stages_are_the_agreed_ones_in_their_order() -> None:
    agreed = ["settle", "match", "deidentify", "verify", "assess", "publish", "enlist"]
    assert [stage.name for stage in STAGES] == agreed


def test_study_starts_once_it_was_quiet_for_the_set_time(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    quiet = gate.node.settings.settle.quiet_seconds
    gate.pass_time(seconds=quiet - 1)
    assert dispatch.start_due(gate.node, never) == 0
    gate.pass_time(seconds=1)
    assert dispatch.start_due(gate.node, never) == 1
    assert started == [(1, 1)]


def test_study_that_was_read_lets_those_go_first_that_wait_to_be(gate, part10: Part10, started, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "AT_ONCE", 1)
    for number in (1, 2):
        gate.receive(part10(number, StudyInstanceUID=f"1.2.3.{number}", SeriesInstanceUID=f"1.2.4.{number}"))
        gate.pass_time(seconds=60)
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).state = "read"
    assert dispatch.start_due(gate.node, never) == 1
    assert started == [(2, 1)]


def test_study_is_started_once_for_a_revision(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, never)
    dispatch.start_due(gate.node, never)
    assert started == [(1, 1)]


def test_next_revision_waits_for_the_one_under_way(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, never)
    with gate.node.identity.write() as session:
        request_revision(session.get_one(Study, 1))
    assert dispatch.start_due(gate.node, never) == 0
    finish(gate.node, 1)
    assert dispatch.start_due(gate.node, never) == 1
    assert started == [(1, 1), (1, 2)]


def test_revisions_asked_for_meanwhile_become_one(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    with gate.node.identity.write() as session:
        for _ in range(3):
            request_revision(session.get_one(Study, 1))
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, never)
    finish(gate.node, 4)
    assert dispatch.start_due(gate.node, never) == 0
    assert started == [(1, 4)]


def test_no_more_studies_than_the_bound_run_at_once(gate, part10: Part10, started) -> None:
    for number in range(dispatch.AT_ONCE + 3):
        gate.receive(part10(number, StudyInstanceUID=f"1.2.3.{number}", SeriesInstanceUID=f"1.2.4.{number}"))
    gate.pass_time(seconds=60)
    assert dispatch.start_due(gate.node, never) == dispatch.AT_ONCE
    assert dispatch.start_due(gate.node, never) == 0


@pytest.fixture
def engine(gate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], workflow.RunStudy]]:
    """Start DBOS on the node's home, with short pauses between attempts; stop it at the end.

    It is slow to look whether the last workflow has ended: once a second, for the first time after one.
    """
    monkeypatch.setitem(workflow._PATIENCE, "interval_seconds", 0.01)
    hasty = vars(time) | {"sleep": lambda _seconds: time.sleep(0.01)}

    def start() -> workflow.RunStudy:
        DBOS(config=workflow.dbos_config(gate.node))
        run_study = workflow.make_workflow(gate.node)
        DBOS.launch()
        return run_study

    yield start
    monkeypatch.setattr(_dbos, "time", SimpleNamespace(**hasty))
    DBOS.destroy(workflow_completion_timeout_sec=5, destroy_registry=True)


def await_workflow(revision: int = 1) -> str:
    return str(DBOS.retrieve_workflow(f"study-1-{revision}").get_result(polling_interval_sec=0.02))


def test_workflow_takes_a_study_the_whole_way_and_says_so(gate, part10: Part10, engine) -> None:
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, engine())
    assert await_workflow() == "go-on"
    study = gate.study()
    assert (study.state, study.finished_revision, study.settling) == ("published", 1, False)


def test_study_whose_stage_keeps_failing_is_held_with_the_class_of_the_error_and_goes_on_when_asked(
    gate, part10: Part10, engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_node: Node, _study_id: int) -> Outcome:
        raise RuntimeError("Planted^Identity")

    broken = tuple(Stage("verify", fails) if stage.name == "verify" else stage for stage in STAGES)
    monkeypatch.setattr(workflow, "STAGES", broken)
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, engine())
    assert await_workflow() == "verify: RuntimeError"
    study = gate.study()
    assert (study.state, study.finished_revision) == ("held", 1)
    assert "verify: RuntimeError" in (study.reason or "")
    assert "Planted" not in (study.reason or "")
    monkeypatch.undo()
    with gate.node.identity.write() as session:
        request_revision(session.get_one(Study, 1))
    assert gate.run() == "enlist"
    assert gate.study().state == "published"


def fail(gate, revision: int) -> None:
    """Let a revision be started and fail for want of room."""
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).started_revision = revision
    finish_revision(gate.node, 1, revision, "deidentify: StorageFull")


def test_study_that_a_full_disk_stopped_goes_on_by_itself_after_longer_and_longer_pauses(
    gate, part10: Part10, started
) -> None:
    gate.case()
    gate.receive(part10())
    for revision, minutes in ((1, 1), (2, 2), (3, 4)):
        fail(gate, revision)
        assert gate.study().state == "held"
        assert "StorageFull" in (gate.study().reason or "")
        gate.pass_time(seconds=60 * minutes - 1)
        assert dispatch.start_due(gate.node, never) == 0
        gate.pass_time(seconds=1)
        assert dispatch.start_due(gate.node, never) == 1
    assert started == [(1, 2), (1, 3), (1, 4)]
    assert gate.run() == "enlist"
    finish_revision(gate.node, 1, 4, "")
    study = gate.study()
    assert (study.state, study.reason, study.failures, study.again_at) == ("published", None, 0, None)
    for _ in range(3):
        gate.pass_time(seconds=7200)
        assert dispatch.start_due(gate.node, never) == 0


def test_study_whose_end_could_not_be_recorded_gives_its_place_back_and_goes_on(
    gate, part10: Part10, started, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.receive(part10())
    now = [0.0]
    duty = dispatch.EndedDuty(gate.node, lambda: now[0])
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).started_revision = 1
    for ended, again in ((False, False), (True, True)):
        monkeypatch.setattr(dispatch, "_has_ended", lambda *_, ended=ended: ended)
        now[0] += 60
        duty()
        gate.pass_time(seconds=60)
        assert dispatch.start_due(gate.node, never) == again
    assert started == [(1, 2)]


def test_nobody_waits_longer_than_an_hour_for_the_next_try(gate, part10: Part10, started) -> None:
    gate.receive(part10())
    for revision in range(1, 40):
        fail(gate, revision)
        gate.pass_time(seconds=3600)
        assert dispatch.start_due(gate.node, never) == 1


def test_published_study_keeps_its_place_while_a_later_revision_is_tried_again(gate, part10: Part10, started) -> None:
    gate.publish()
    gate.receive(part10(2))
    fail(gate, 2)
    assert gate.study().state == "published"
    gate.pass_time(seconds=60)
    assert dispatch.start_due(gate.node, never) == 1
    gate.run()
    finish_revision(gate.node, 1, 3, "")
    assert gate.study().reason is None
    assert [disposition for disposition, _ in gate.dispositions()] == ["published", "published"]


def test_study_that_was_purged_meanwhile_is_not_tried_again(gate, part10: Part10, started) -> None:
    study = gate.publish()
    fail(gate, 2)
    purge(gate.node, study.study_uid, actor="clerk")
    with gate.node.identity.write() as session:
        row = session.get_one(Study, 1)
        row.wanted_revision = row.started_revision
    gate.pass_time(seconds=60)
    assert dispatch.start_due(gate.node, never) == 0


def test_stage_that_fails_once_is_tried_again(gate, part10: Part10, engine, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    sound = {stage.name: stage.run for stage in STAGES}

    def fails_once(node: Node, study_id: int) -> Outcome:
        calls.append(study_id)
        if len(calls) == 1:
            raise OSError
        return sound["publish"](node, study_id)

    flaky = tuple(Stage("publish", fails_once) if stage.name == "publish" else stage for stage in STAGES)
    monkeypatch.setattr(workflow, "STAGES", flaky)
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, engine())
    assert await_workflow() == "go-on"
    assert calls == [1, 1]
    assert gate.study().state == "published"


def test_thumbnails_come_when_the_study_is_done_and_their_failure_is_nobody_s(
    gate, part10: Part10, engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, bool]] = []

    def fails(_node: Node, _pictures: object, study_id: int) -> int:
        study = gate.study(study_id)
        seen.append((study.state, study.finished_revision, gate.item(study.study_uid) is not None))
        raise RuntimeError

    monkeypatch.setattr(workflow, "warm_thumbnails", fails)
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    dispatch.start_due(gate.node, engine())
    assert await_workflow() == "go-on"
    assert seen == [("published", 1, True)]
    assert gate.study().state == "published"


def test_revision_marked_as_started_before_a_crash_is_started_by_the_next_worker(gate, part10: Part10, engine) -> None:
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    with gate.node.identity.write() as session:
        session.get_one(Study, 1).started_revision = 1
    assert dispatch.resume_unfinished(gate.node, engine()) == 1
    assert await_workflow() == "go-on"
    assert gate.study().state == "published"


def test_study_older_than_its_workflow_gets_another_revision(gate, part10: Part10, engine) -> None:
    gate.case()
    gate.receive(part10())
    gate.pass_time(seconds=60)
    run_study = engine()
    dispatch.start_due(gate.node, run_study)
    await_workflow()
    finish(gate.node, 0)
    dispatch.resume_unfinished(gate.node, run_study)
    study = gate.study()
    assert (study.wanted_revision, study.finished_revision) == (2, 1)
    assert dispatch.start_due(gate.node, run_study) == 1
    assert await_workflow(2) == "go-on"


def test_settle_waits_until_the_study_is_quiet(gate, part10: Part10, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.pipeline import settle

    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        gate.node.clock.advance(timedelta(seconds=seconds))

    monkeypatch.setattr(settle.time, "sleep", nap)
    gate.receive(part10())
    assert settle.settle(gate.node, 1) is Outcome.GO_ON
    assert sum(naps) == pytest.approx(gate.node.settings.settle.quiet_seconds)
    assert not gate.study().settling
