"""assess: say whether the study can be read, before it is published, enlisted or could be billed.

The facts of each object are gathered once from its de-identified form and kept; the verdict is made anew each time. A
study that is not fit is held with its reasons until a person accepts it all the same (`gateway.accepting`) or
better images come. One of which only some objects are in quarantine goes on: a delayed diagnosis harms as well.
"""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway.accepting import is_found_later, is_readable
from gateway.case_words import why_words_wait
from gateway.decisions import take_from_readers
from gateway.fitness import InstanceFacts, Request, StudyFacts, Verdict, judge, read_facts, request_of_case
from gateway.letters import finding_words
from gateway.links import case_of
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import UNDECIDED
from gateway.pipeline.decoder import decoder
from gateway.pipeline.objects import objects_of
from gateway.pipeline.outcome import Outcome

_DAMAGED = frozenset(
    {"not-servable", "malformed", "truncated", "too-large", "unreadable", "damaged-in-bundle", "ends-its-process"}
)
_NOTHING = "nothing of this study can be published; the quarantine says why"
_IDENTITY = "a name or number that became known later stood in de-identified images; look at the rest, then accept it"
_GROUP = 128


def assess(node: Node, study_id: int) -> Outcome:
    """Go on when the study is fit to be read, or a person accepted it; hold it with the reason otherwise."""
    _gather_facts(node, study_id)
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state == "purged":
            return Outcome.WAIT
        facts = _study_facts(session, study)
        verdict = judge(facts, _request(session, study))
        study.fitness = verdict.as_json() if facts.instances or verdict.findings else {}  # nothing seen, nothing said
        stop = _why_not(session, node, study, verdict)
        study_uid, shown = study.study_uid, study.state == "published"
        if stop is None or study.state == "read":
            return Outcome.GO_ON
        if not shown:
            study.state, study.reason = "held", stop
            return Outcome.WAIT
    return hold_published(node, study_id, study_uid, stop)


def _why_not(session: Session, node: Node, study: Study, verdict: Verdict) -> str | None:
    """Return why a study is not put before a reader, None when it is."""
    if not is_readable(session, study.id):
        return _NOTHING
    if study.accepted_by is None and is_found_later(session, study.id):
        return _IDENTITY
    if verdict.grade == "unfit" and study.accepted_by is None:
        unfit = (finding_words("en", each.as_json()) for each in verdict.findings if each.unfit)
        return " ".join(["not fit to read:", *unfit])
    return why_words_wait(session, node, study) or None


def hold_published(node: Node, study_id: int, study_uid: str, reason: str) -> Outcome:
    """Take a published study from the readers before holding it; one signed meanwhile stays, flagged."""
    try:
        take_from_readers(node, study_uid)
    except Conflict:
        with node.identity.write() as session:
            session.get_one(Study, study_id).flagged = True
        return Outcome.GO_ON
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state != "purged":
            study.state, study.reason = "held", reason
    return Outcome.WAIT


def _gather_facts(node: Node, study_id: int) -> None:
    """Read what the de-identified objects of a study say, those that nobody has read yet."""
    with node.identity.read() as session:
        rows = session.execute(
            select(ReceivedObject.id, ReceivedObject.derived_blob).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.facts.is_(None),
                ReceivedObject.derived_blob.is_not(None),
                or_(ReceivedObject.verified, ReceivedObject.disposition == "published"),
            )
        ).all()
    for start in range(0, len(rows), _GROUP):
        some = rows[start : start + _GROUP]
        facts = node.hands.do(_facts_of, node, [str(blob) for _, blob in some])
        found = dict(zip((number for number, _ in some), facts, strict=True))
        with node.identity.write() as session:
            for number, row in objects_of(session, found).items():
                row.facts = found[number].as_json()


def _facts_of(node: Node, blobs: Sequence[str]) -> list[InstanceFacts]:
    return [_facts(node, blob) for blob in blobs]


def _facts(node: Node, blob: str) -> InstanceFacts:
    source = node.staging if node.staging.exists(blob) else node.published
    with source.open(blob) as stream:
        try:
            return read_facts(stream, blob, decoder())
        except Malformed:
            return InstanceFacts(frames=1, decodes=False)


def _study_facts(session: Session, study: Study) -> StudyFacts:
    rows = session.execute(
        select(ReceivedObject.facts, ReceivedObject.disposition, ReceivedObject.reason_code).where(
            ReceivedObject.study_id == study.id, ReceivedObject.discarded_at.is_(None)
        )
    ).all()
    shown = (facts for facts, disposition, _ in rows if facts is not None and disposition in {None, "published"})
    codes = [code for _, disposition, code in rows if disposition == "quarantined"]
    return StudyFacts(
        instances=tuple(InstanceFacts.from_json(facts) for facts in shown),
        damaged=sum(code in _DAMAGED for code in codes),
        other_patients=codes.count(UNDECIDED),
        description=f"{study.description} {study.body_part}",
    )


def _request(session: Session, study: Study) -> Request:
    case = case_of(session, study.id)
    if case is None:
        return Request()
    return request_of_case(
        modality=case.modality,
        body_part=case.body_part,
        requested=case.requested_studies,
        report=case.report_text,
        study_uid=study.study_instance_uid,
        accession=study.accession_number,
    )
