"""Take case numbers back that only a paper told of which another patient in its delivery makes it doubtful whose it is.

A paper is read when it has come, and hints at the case of the one patient who came with it (`linking.gather_hints`).
Where somebody else comes later in the same delivery, what it says may be the other's, as if both had come before it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.attachments.linking import numbers_beside
from gateway.kept_case import kept_numbers
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import of_own_patient
from gateway.whose_study import what_is_told


def forget_papers_of_others(node: Node, study_id: int) -> None:
    """Take from a study's hints what only papers tell that came beside two patients.

    What its own objects tell stays; of the number in a called AE title nothing is kept, so that it goes where such a
    paper bears it too. Whatever comes meanwhile has the study looked at again.
    """
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        surely, doubtful = numbers_beside(session, study)
        doubtful = doubtful & set(study.hints) - surely
        if not doubtful:
            return
        rows = _own_objects(session, study_id)
        told = kept_numbers(session, study.site, what_is_told(node, session, rows).hints)
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if len(_own_objects(session, study_id)) == len(rows):
            study.hints = [each for each in study.hints if each not in doubtful or each in told]


def _own_objects(session: Session, study_id: int) -> list[ReceivedObject]:
    return list(session.scalars(select(ReceivedObject).where(ReceivedObject.study_id == study_id, of_own_patient())))
