"""One durable workflow a study and revision: the stages in order, each a step that survives a crash.

Only numbers and stage names become job payloads. A stage that fails is tried again with growing pauses; a study whose
stage keeps failing is held with the class of the error and never its message, and tried again later (`finishing.py`).
"""

from collections.abc import Callable

from dbos import DBOS, DBOSConfig, StepOptions

from config import metrics
from config.database import parse_database_url
from config.log import describe, get_log
from gateway.node import Node
from gateway.pipeline.finishing import finish_revision
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES
from gateway.pipeline.warm import pictures_to_warm, warm_thumbnails

APPLICATION_VERSION = "1"
_PATIENCE: StepOptions = {"retries_allowed": True, "max_attempts": 4, "interval_seconds": 0.5, "backoff_rate": 3.0}
_THREADS = 16

RunStudy = Callable[[int, int], str]


def make_workflow(node: Node) -> RunStudy:
    """Register the study workflow with DBOS, bound to a node; call before `DBOS.launch`."""
    stages = {stage.name: stage for stage in STAGES}

    def run_stage(name: str, study_id: int) -> str:
        with metrics.STAGES.labels(name).time():
            return stages[name].run(node, study_id).value

    def finish(study_id: int, revision: int, failure: str) -> None:
        finish_revision(node, study_id, revision, failure)

    pictures = pictures_to_warm(node)

    def warm(study_id: int) -> int:
        try:
            return warm_thumbnails(node, pictures, study_id)
        except Exception as error:  # noqa: BLE001 - the outermost edge of the worker: who looks first waits instead
            get_log().warning("warming-failed", study_id=study_id, **describe(error))
            return 0

    @DBOS.workflow(name="study")
    def run_study(study_id: int, revision: int) -> str:
        outcome, failure = Outcome.GO_ON.value, ""
        for stage in STAGES:
            try:
                outcome = DBOS.run_step({"name": stage.name, **_PATIENCE}, run_stage, stage.name, study_id)
            except Exception as error:  # noqa: BLE001 - the outermost edge of the worker: the study is held instead
                cause = _last_cause(error)
                failure = f"{stage.name}: {type(cause).__name__}"
                get_log().error("stage-failed", study_id=study_id, stage=stage.name, **describe(cause))
                break
            if outcome == Outcome.WAIT.value:
                break
        DBOS.run_step({"name": "finish", **_PATIENCE}, finish, study_id, revision, failure)
        metrics.STUDIES.labels("failed" if failure else outcome).inc()
        if not failure and outcome == Outcome.GO_ON.value:
            DBOS.run_step({"name": "warm"}, warm, study_id)
        return failure or outcome

    return run_study


def _last_cause(error: Exception) -> BaseException:
    """Return what the last attempt raised, where DBOS raises its own error after the last one."""
    attempts = getattr(error, "errors", None)
    return attempts[-1] if attempts else error


def dbos_config(node: Node) -> DBOSConfig:
    """Return how DBOS runs here: beside the identity database, quiet, and with nothing listening.

    With PostgreSQL its tables are a schema of that database, `dbos`, so that one backup holds studies and their
    workflows as they were at one instant; with SQLite they are a file of the home.
    """
    embedded = parse_database_url(node.settings.identity_url).get_backend_name() == "sqlite"
    return {
        "name": "overread",
        "system_database_url": (
            f"sqlite:///{node.settings.home / 'workflows.sqlite'}" if embedded else node.settings.identity_url
        ),
        "application_version": APPLICATION_VERSION,
        "executor_id": "local",
        "log_level": "CRITICAL",
        "console_log_level": "CRITICAL",
        "max_executor_threads": _THREADS,
        "enable_otlp": False,
    }
