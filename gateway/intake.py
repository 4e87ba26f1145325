"""From the spool into the identified zone: blob first, then row, the spool entry erased last.

A crash anywhere leaves work to redo, never something lost: `receipt` is unique, so an entry taken in twice is taken in
once. Here it is decided what each object is: the first of its SOP Instance UID, a duplicate, a conflict, no DICOM at
all; everything else is the pipeline's matter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO

from sqlalchemy.orm import Session

from anonymizer import map_uid
from config import metrics
from config.case_number import find_case_numbers
from config.errors import Malformed, NotFound
from config.log import get_log
from gateway.attachments.kinds import WORDS, Kind, attachment_kind, kind_of_class
from gateway.attachments.recording import record_attachment
from gateway.described import describe
from gateway.expected import count_complete_as_whole
from gateway.headers import Header, NotDicom, OtherID, content_digest, read_header
from gateway.intake_group import IntakeGroup, receipt_of
from gateway.kept_case import kept_numbers
from gateway.matching.days import is_day
from gateway.matching.name_parts import tells_given_name
from gateway.models import Disposition, ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import SET_ASIDE, UNDECIDED, is_set_aside, one_with
from gateway.persons import is_of_study, patient_of
from gateway.vault import VaultBatch
from scp.spool import Entry, Envelope

_PURGED = "purged"
_IN_MEMORY = 8 << 20  # what is smaller is read from the spool once, for all that looks at it


@dataclass(frozen=True)
class Prepared:
    """An entry whose original is in the vault and whose header was read once."""

    entry: Entry
    envelope: Envelope
    size: int
    header: Header | None
    content_digest: str
    disposition: Disposition | None
    reason_code: str | None
    reason: str | None
    attachment: Kind | None = None

    @property
    def receipt(self) -> str:
        """Return what makes this object the same object when it is taken in again after a crash."""
        return receipt_of(self.entry, self.envelope)


def take_in(node: Node, entries: Sequence[Entry]) -> int:
    """Take in entries of the spool in one transaction; return how many were there to take.

    Their originals become durable together, before the first row that names one.
    """
    prepared = [one for one in node.hands.do(_prepare_all, node, entries) if one is not None]
    with node.identity.write() as session:
        instances = [one.header.sop_instance_uid for one in prepared if one.header is not None]
        group = IntakeGroup(session, receipts=[one.receipt for one in prepared], instances=instances)
        for one in prepared:
            _keep_again(node, one.entry)
            _record(node, group, one)
        count_complete_as_whole(session, group.studies())
        group.observations.write(session)
    node.spool.remove_all([one.entry for one in prepared])
    return len(prepared)


def _prepare_all(node: Node, entries: Sequence[Entry]) -> list[Prepared | None]:
    with node.vault.batch() as vault:
        return [_prepare(node, vault, entry) for entry in entries]


def _prepare(node: Node, vault: VaultBatch, entry: Entry) -> Prepared | None:
    try:
        envelope, payload = node.spool.open(entry)
    except NotFound:
        return None
    except Malformed:
        node.spool.set_aside(entry)
        get_log().error("spool-entry-set-aside", entry=entry.name)
        return None
    with payload:
        size = payload.seek(0, 2)
        payload.seek(0)
        original = BytesIO(payload.read()) if size <= _IN_MEMORY else payload
        vault.put(entry.digest, original)
        original.seek(0)
        return _judge(entry, envelope, size, original)


def _keep_again(node: Node, entry: Entry) -> None:
    """Put an original back that was discarded after it was looked for (`gateway.originals`)."""
    if not node.vault.exists(entry.digest):
        _, payload = node.spool.open(entry)
        with payload:
            node.vault.put(entry.digest, payload)


def _judge(entry: Entry, envelope: Envelope, size: int, payload: BinaryIO) -> Prepared:
    """Read the header once and decide what can be decided without looking at anything else."""

    def judged(code: str, reason: str, disposition: Disposition = "quarantined") -> Prepared:
        return Prepared(entry, envelope, size, header, digest, disposition, code, reason)

    header, digest = None, ""
    if envelope.problem:
        return judged(envelope.problem_code or "damaged-in-bundle", envelope.problem)
    try:
        header = read_header(payload, site=envelope.site)
    except NotDicom:
        kind = attachment_kind(payload, envelope.path, size)
        code, reason = ("attachment", f"attachment: {WORDS[kind]}") if kind else ("not-dicom", "not a DICOM object")
        return replace(judged(code, reason, "kept"), attachment=kind)
    except Malformed as error:
        return judged("unreadable", str(error))
    if header.is_directory:
        header = None
        return judged("directory", "the directory of a disc (DICOMDIR)", "kept")
    digest = content_digest(payload, header.transfer_syntax_uid)
    if broken := _broken_claim(envelope, header):
        return judged("uid-mismatch", f"the {broken} of the data set is not the one that the sender announced")
    return Prepared(entry, envelope, size, header, digest, None, None, None)


def _broken_claim(envelope: Envelope, header: Header) -> str | None:
    """Return which of the UIDs that the door announced the data set does not have, if any."""
    if envelope.sop_instance_uid and envelope.sop_instance_uid != header.sop_instance_uid:
        return "SOP Instance UID"
    if envelope.sop_class_uid and header.sop_class_uid not in {"", envelope.sop_class_uid}:
        return "SOP Class UID"
    return None


def _record(node: Node, group: IntakeGroup, one: Prepared) -> None:
    if not group.is_new(one.receipt):
        return
    group.ensure_delivery(one.envelope)
    row = ReceivedObject(
        receipt=one.receipt,
        delivery_id=one.envelope.delivery,
        site=one.envelope.site,
        path=one.envelope.path,
        received_at=one.envelope.received_at,
        blob=one.entry.digest,
        bytes=one.size,
        content_digest=one.content_digest,
        disposition=one.disposition,
        reason_code=one.reason_code,
        reason=one.reason,
    )
    if one.header is not None:
        group.observations.note(one.envelope, one.header)
        _place(node, group, row, one, one.header)
    group.session.add(row)
    kind = one.attachment or (kind_of_class(row.sop_class_uid) if row.first else None)
    if kind is not None:
        group.session.flush()
        record_attachment(group.session, row, kind)
    if row.disposition is not None:
        metrics.DISPOSITIONS.labels(row.disposition).inc()


def _place(node: Node, group: IntakeGroup, row: ReceivedObject, one: Prepared, header: Header) -> None:
    """Give the object its study, and say whether it is new, a duplicate or a conflict."""
    row.series_instance_uid = header.series_instance_uid
    row.sop_instance_uid = header.sop_instance_uid
    row.sop_class_uid = header.sop_class_uid
    row.transfer_syntax_uid = header.transfer_syntax_uid
    row.modality = header.modality
    study = _study(node, group, one.envelope, header)
    row.study_id = study.id
    other = _other_patient(node, group, study, header)
    if other is None:
        _gather_hints(group.session, study, one.envelope, header)
        gather_identities(study, header)
        describe(study, header)
    if row.disposition is not None:
        _wake_unseen(study, one.envelope)
        return
    if other is not None:
        row.other_patient_id = other
        if is_set_aside(group.session, study.id, other):
            _decide(row, "quarantined", SET_ASIDE, "of another patient than its study, as a person said of others")
            return
        _decide(row, "quarantined", UNDECIDED, "the study has arrived under another patient's identity")
        study.flagged = True
        _wake(study, one.envelope)
        return
    known = group.first(study, header.sop_instance_uid)
    if known is None:
        group.keep_first(study, row)
        if study.state == _PURGED:
            _decide(row, "quarantined", "purged", "the study was purged; a person decides whether it may come back")
        else:
            _wake(study, one.envelope)
    elif known.content_digest == one.content_digest:
        _decide(row, "duplicate", "same-bytes", "the same object was received before")
    else:
        _decide(row, "conflict", "other-bytes", "another object was received under the same SOP Instance UID")
        study.flagged = True


def _other_patient(node: Node, group: IntakeGroup, study: Study, header: Header) -> int | None:
    """Return whom a header names instead of its study's patient; nobody where a person said that they are one."""
    if is_of_study(study, group.patient(study.patient_id), header):
        return None
    named = one_with(group.session, study.id, patient_of(group.session, node, study.site, header).id)
    return None if named == study.patient_id else named


def _study(node: Node, group: IntakeGroup, envelope: Envelope, header: Header) -> Study:
    study = group.study(envelope.site, header)
    if study is not None:
        return study
    patient = patient_of(group.session, node, envelope.site, header)
    study = Study(
        site=envelope.site,
        patient_name=header.patient_name,
        birth_date=header.birth_date[:8],
        birth_time=header.birth_time,
        sex=header.sex,
        study_instance_uid=header.study_instance_uid,
        study_uid=map_uid(node.keys[patient.key_version], site=envelope.site, uid=header.study_instance_uid),
        patient_id=patient.id,
        state="arriving",
        accession_number=header.accession_number[:64],
        accession_issuer=header.accession_issuer,
        study_id=header.study_id[:64],
        study_date=header.study_date,
        study_time=header.study_time,
        description=header.description,
        referring_physician=header.referring_physician,
        modality=header.modality,
        body_part=header.body_part,
        birth_names=[],
        other_names=[],
        other_identities=[],
        other_ids=[],
        addresses=[],
        telephones=[],
        hints=[],
        candidates=[],
        received_at=envelope.received_at,
        last_received_at=envelope.received_at,
        wanted_revision=0,
        started_revision=0,
        finished_revision=0,
        settling=False,
        released=False,
        flagged=False,
    )
    group.session.add(study)
    group.session.flush()
    group.keep_study(study)
    return study


def _gather_hints(session: Session, study: Study, envelope: Envelope, header: Header) -> None:
    written = find_case_numbers(f"{envelope.called_ae}\n{envelope.path}")
    found = {*header.case_numbers, *(number.value for number in written)}
    if envelope.case_number:
        found.add(envelope.case_number)
    if new := found.difference(study.hints):
        hints = {*study.hints, *kept_numbers(session, study.site, new)}
        if len(hints) != len(study.hints):
            study.hints = sorted(hints)


def gather_identities(study: Study, header: Header) -> None:
    """Remember who else the headers name, to look for them in texts and results, and what the first ones left out."""
    for name in ("patient_name", "birth_date", "birth_time", "sex"):
        if not getattr(study, name) and (told := getattr(header, name)):
            setattr(study, name, told[:8] if name == "birth_date" else told)
    names = {study.patient_name, *study.other_names, header.patient_name} - {""}
    if tells_given_name(header.patient_name) and not tells_given_name(study.patient_name):
        study.patient_name = header.patient_name
    if names != {study.patient_name, *study.other_names} - {""}:
        study.other_names = sorted(names - {study.patient_name})
    birth_names = {*study.birth_names, *header.birth_names}
    if len(birth_names) != len(study.birth_names):
        study.birth_names = sorted(birth_names)
    names = {*study.other_names, *header.other_names}
    if len(names) != len(study.other_names):
        study.other_names = sorted(names)
    identities = {*study.other_identities, *header.other_identities, *_unreadable_days(header)}
    if len(identities) != len(study.other_identities):
        study.other_identities = sorted(identities)
    ids = {OtherID(**each) for each in study.other_ids} | set(header.other_ids)
    if len(ids) != len(study.other_ids):
        study.other_ids = [each._asdict() for each in sorted(ids)]
    addresses, telephones = {*study.addresses, *header.addresses}, {*study.telephones, *header.telephones}
    if len(addresses) != len(study.addresses) or len(telephones) != len(study.telephones):
        study.addresses, study.telephones = sorted(addresses), sorted(telephones)


def _unreadable_days(header: Header) -> set[str]:
    """Return the birth date where it is told in no form that DICOM knows: then it is looked for as it stands."""
    told = header.birth_date
    return {told} if re.search("[1-9]", told) and not is_day(told) else set()


def _wake(study: Study, envelope: Envelope) -> None:
    """Let a workflow know of a new object: it joins the one that still waits for quiet, or asks for another."""
    study.last_received_at = max(study.last_received_at, envelope.received_at)
    study.whole_at = None
    if not study.settling:
        study.settling = True
        study.wanted_revision += 1


def _wake_unseen(study: Study, envelope: Envelope) -> None:
    """Let a workflow hold a study of which nothing but quarantined objects has come, so that a person sees it."""
    if study.wanted_revision == 0:
        _wake(study, envelope)


def _decide(row: ReceivedObject, disposition: Disposition, code: str, reason: str) -> None:
    row.disposition, row.reason_code, row.reason = disposition, code, reason
