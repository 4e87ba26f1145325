"""settle: wait until a study has been quiet for the set time, or counts as whole before, then close the revision.

An object that arrives after the revision is closed asks for the next one (`gateway.intake`).
"""

import time
from datetime import timedelta

from gateway.models import Study
from gateway.node import Node
from gateway.pipeline.outcome import Outcome

_LONGEST_NAP = 1.0


def settle(node: Node, study_id: int) -> Outcome:
    """Return once nothing arrived for `[settle] quiet_seconds`, or a better sign has come (`gateway.wholeness`)."""
    quiet = timedelta(seconds=node.settings.settle.quiet_seconds)
    while True:
        with node.identity.write() as session:
            study = session.get_one(Study, study_id)
            until = min(filter(None, (study.last_received_at + quiet, study.whole_at)))
            left = (until - node.clock()).total_seconds()
            if left <= 0:
                study.settling = False
                return Outcome.GO_ON
        time.sleep(min(left, _LONGEST_NAP))
