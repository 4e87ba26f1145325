"""What the objects taken in by one transaction share: each row they need is asked for once and kept until its end.

The database forgets nothing that is held here, and nothing is written before the transaction ends unless its number is
needed: hundreds of objects of one study cost a handful of statements.
"""

import hashlib
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.headers import Header
from gateway.models import Delivery, Patient, ReceivedObject, Study
from gateway.observations import Observations
from scp.spool import Entry, Envelope


def receipt_of(entry: Entry, envelope: Envelope) -> str:
    """Return what makes an object of the spool the same object when it is taken in again after a crash."""
    if envelope.path:
        path = hashlib.sha256(envelope.path.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{envelope.delivery}:{path}"
    return entry.name


class IntakeGroup:
    """The rows of one transaction of the intake."""

    def __init__(self, session: Session, *, receipts: Iterable[str], instances: Iterable[str]) -> None:
        self.session = session
        self.observations = Observations()
        self._instances = set(instances)
        self._taken = set(
            session.scalars(select(ReceivedObject.receipt).where(ReceivedObject.receipt.in_(set(receipts))))
        )
        self._deliveries: set[str] = set()
        self._studies: dict[tuple[str, str], Study] = {}
        self._patients: dict[int, Patient] = {}
        self._firsts: dict[tuple[int, str], ReceivedObject] = {}

    def is_new(self, receipt: str) -> bool:
        """Say whether a receipt was not taken in before, and count it as taken in from now on."""
        if receipt in self._taken:
            return False
        self._taken.add(receipt)
        return True

    def ensure_delivery(self, envelope: Envelope) -> None:
        """Make sure that the delivery of an object is recorded."""
        if envelope.delivery in self._deliveries:
            return
        self._deliveries.add(envelope.delivery)
        if self.session.get(Delivery, envelope.delivery) is None:
            self.session.add(
                Delivery(
                    id=envelope.delivery,
                    site=envelope.site,
                    door=envelope.door,
                    calling_ae=envelope.calling_ae or None,
                    case_number=envelope.case_number or None,
                    opened_at=envelope.received_at,
                )
            )
            self.session.flush()

    def study(self, site: str, header: Header) -> Study | None:
        """Return the study of a header, None where it has not come yet."""
        key = (site, header.study_instance_uid)
        if key not in self._studies:
            study = self.session.scalar(select(Study).where(Study.site == site, Study.study_instance_uid == key[1]))
            if study is None:
                return None
            self._studies[key] = study
            for first in self.session.scalars(
                select(ReceivedObject).where(
                    ReceivedObject.study_id == study.id,
                    ReceivedObject.sop_instance_uid.in_(self._instances),
                    ReceivedObject.first,
                )
            ):
                self._firsts[(study.id, first.sop_instance_uid or "")] = first
        return self._studies[key]

    def keep_study(self, study: Study) -> None:
        """Keep a study that has just been recorded; it has no objects yet."""
        self._studies[(study.site, study.study_instance_uid)] = study

    def studies(self) -> list[Study]:
        """Return the studies that this transaction has met."""
        return list(self._studies.values())

    def patient(self, patient_id: int) -> Patient:
        """Return a patient by number."""
        if patient_id not in self._patients:
            self._patients[patient_id] = self.session.get_one(Patient, patient_id)
        return self._patients[patient_id]

    def first(self, study: Study, sop_instance_uid: str) -> ReceivedObject | None:
        """Return the object of a study that came first under a SOP Instance UID, if one has."""
        return self._firsts.get((study.id, sop_instance_uid))

    def keep_first(self, study: Study, row: ReceivedObject) -> None:
        """Keep an object as the first of its SOP Instance UID."""
        row.first = True
        self._firsts[(study.id, row.sop_instance_uid or "")] = row
