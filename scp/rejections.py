"""Why an association is refused: every answer of the door and the words for it (PS3.8 table 9-21)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """Result, source and diagnostic of an A-ASSOCIATE-RJ, and the name by which it is counted (PS3.8 table 9-21)."""

    result: int
    source: int
    diagnostic: int
    outcome: str


CALLED_AE_NOT_RECOGNIZED = Rejection(1, 1, 7, "called AE title not recognized")
CALLING_AE_NOT_RECOGNIZED = Rejection(1, 1, 3, "calling AE title not recognized")
ADDRESS_NOT_PERMITTED = Rejection(1, 1, 3, "address outside the networks of the site")
CERTIFICATE_NOT_PERMITTED = Rejection(1, 1, 1, "no certificate of the site was presented over TLS")
USER_NOT_PERMITTED = Rejection(1, 1, 1, "user identity missing or wrong")
HOURLY_LIMIT_EXCEEDED = Rejection(2, 3, 1, "hourly limit of the site reached")
SITE_LIMIT_EXCEEDED = Rejection(2, 3, 2, "limit of associations of the site reached")
LOCAL_LIMIT_EXCEEDED = Rejection(2, 3, 2, "local limit exceeded")
NOT_NOW = Rejection(2, 1, 1, "the node failed")
