"""Storage commitment behind the door: taken from its tray, judged, answered (PS3.4 annex J).

`judging` says for each instance whether it is safe; `answering` brings that to whoever asked; `duty` is both in turn.
"""

from gateway.commitment.duty import CommitmentDuty
from gateway.commitment.views import commitment_view, list_commitments, retry_commitment

__all__ = ["CommitmentDuty", "commitment_view", "list_commitments", "retry_commitment"]
