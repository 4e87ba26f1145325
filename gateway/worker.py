"""The worker: takes in the spool, unpacks uploads, reads attachments, runs the pipeline and sends answers back.

Each duty is a loop on a thread of its own. This is an outermost edge: whatever a turn raises is logged by class and
place, and the turn is repeated after a pause; the work itself is durable, so nothing is lost by that.
"""

import threading
import time
from collections.abc import Callable

from dbos import DBOS

from config.log import describe, get_log
from gateway.attachments.reading import read_waiting
from gateway.commitment import CommitmentDuty
from gateway.heartbeat import beat
from gateway.housekeeping import Housekeeping, clean_up
from gateway.intake_duty import IntakeDuty
from gateway.late import LateWatch
from gateway.node import Node
from gateway.pipeline.dispatch import EndedDuty, StartDuty, resume_unfinished
from gateway.pipeline.second_look import look_again
from gateway.pipeline.workflow import dbos_config, make_workflow
from gateway.resting import Resting
from gateway.returns import ReturnDuty
from gateway.under_way import forgive
from gateway.uploads import pending_uploads, unpack_upload
from gateway.uploads.attempts import forgive_attempts
from gateway.wholeness import DepartureDuty

_IDLE_SECONDS = 0.2
_AFTER_FAILURE_SECONDS = 5.0


def run_worker(node: Node, *, stop: threading.Event, ready: Callable[[], None]) -> None:
    """Work until told to stop; what is under way then is finished by the next worker."""
    clean_up(node)
    DBOS(config=dbos_config(node))
    run_study = make_workflow(node)
    DBOS.launch()
    resume_unfinished(node, run_study)
    both = (node.identity, node.reading)
    duties: dict[str, Callable[[], int]] = {
        "intake": IntakeDuty(node),
        "uploads": lambda: _unpack(node),
        "attachments": Resting(lambda: read_waiting(node), both),
        "second looks": Resting(lambda: look_again(node), both),
        "dispatch": StartDuty(node, run_study),
        "ended": EndedDuty(node),
        "returns": Resting(ReturnDuty(node), both),
        "departures": DepartureDuty(node),
        "commitment": CommitmentDuty(node),
        "housekeeping": Housekeeping(node),
        "heartbeat": lambda: _beat(node),
        "late": LateWatch(node.settings),
    }
    threads = [
        threading.Thread(target=_loop, args=(name, duty, stop), name=name, daemon=True) for name, duty in duties.items()
    ]
    for thread in threads:
        thread.start()
    ready()
    stop.wait()
    forgive_attempts(node)
    forgive()
    node.hands.give_up_apart()
    for thread in threads:
        thread.join(timeout=10)
    DBOS.destroy(workflow_completion_timeout_sec=5)


def _loop(name: str, duty: Callable[[], int], stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            if duty() == 0:
                stop.wait(_IDLE_SECONDS)
        except Exception as error:  # noqa: BLE001 - the outermost edge of the worker
            get_log().error("duty-failed", process=name, **describe(error))
            stop.wait(_AFTER_FAILURE_SECONDS)


def _unpack(node: Node) -> int:
    unpacked = 0
    for upload_id in pending_uploads(node):
        try:
            unpacked += unpack_upload(node, upload_id)
        except Exception as error:  # noqa: BLE001 - one upload that fails must not stop the others
            get_log().error("unpacking-failed", upload_id=upload_id, **describe(error))
            time.sleep(_AFTER_FAILURE_SECONDS)
    return unpacked


def _beat(node: Node) -> int:
    beat(node)
    return 0
