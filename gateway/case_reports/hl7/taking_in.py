"""Take messages in: kept as they came, filed whole or not at all, and the same message only once.

A message is the same when its sender gives it the same control id (MSH-10) and says the same in it; senders restart
their counters, so the number alone does not make it so. One that
concerned no case is judged anew when it comes again; a merge of patients concerns those to come.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed, SenderFault
from gateway.case_models import Hl7Message
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.hl7.message import Message, read_message
from gateway.case_reports.hl7.reading import MissingSegment, read_parts
from gateway.case_reports.parts import Enclosure, Part, digest_of
from gateway.case_reports.parts_filing import Filed, file_in, keep, notes_on
from gateway.facilities import site_of_facility
from gateway.models import Case
from gateway.node import Node

_MESSAGE = re.compile(rb"(?:^|(?<=[\r\n\x0b\x1c]))(?=MSH[^\w\s])")
_MOST_MESSAGES = 1000
_TRAILERS = re.compile(rb"[\r\n](?:BTS|FTS|BHS)[^\w\s].*", re.DOTALL)


def take_in_file(node: Node, *, site: str, payload: bytes, actor: str) -> list[Filed]:
    """Take in a file of one or many messages, with or without batch segments, for a site that somebody names.

    Raises:
        SenderFault: its only message cannot be filed, with the reason.
    """
    messages = _split(payload)
    filed: list[Filed] = []
    for number, content in enumerate(messages, 1):
        prefix = f"message {number}, " if len(messages) > 1 else ""
        try:
            message = read_message(content, node.settings.hl7.character_set)
            _refuse_other_site(node, site, message)
            taken = take_in_message(node, site=site, payload=content, message=message, actor=actor)
            filed += [replace(each, place=prefix + each.place) for each in taken]
        except SenderFault as problem:
            if len(messages) == 1:
                raise
            filed.append(Filed(prefix.rstrip(", "), "refused", problem=problem))
    return filed


def take_in_message(node: Node, *, site: str, payload: bytes, message: Message, actor: str) -> list[Filed]:
    """Take in one message of a site.

    Raises:
        NotOffered: of a kind that is not read.
        Malformed: without what it needs, or with what cannot be read.
        Conflict: two cases answer to its numbers.
    """
    control_id = message.header.text(10)
    if not control_id or len(control_id) > 199:
        raise MissingSegment("MSH-10 has no message control id")
    sender = "|".join(message.header.raw(position) for position in (3, 4))[:500]
    digest = digest_of(control_id, sender, *("\x1f".join(each.fields) for each in message.segments[1:]))
    with node.identity.read() as session:
        known = _known(session, site, sender, control_id, digest)
        if known is not None and known.filed:
            return _again(session, node, known)
    parts = read_parts(message, digest, lambda enclosure: _text_of(node, enclosure))
    blob = keep(node, payload, parts)
    with node.identity.write() as session:
        known = _known(session, site, sender, control_id, digest)
        if known is not None and known.filed:
            return _again(session, node, known)
        keep(node, payload, parts)
        filed = _file(session, node, site, parts, blob, len(payload), actor)
        if known is None:
            known = Hl7Message(site=site, sender=sender, control_id=control_id, digest=digest)
            session.add(known)
        known.blob, known.received_at = blob, node.clock()
        told = [each for each in filed if each.about != "order"]  # a cancellation without a case is judged anew
        known.filed = [{"place": each.place, "case_number": each.case_number} | _kept_note(each) for each in told]
    return filed


def _file(
    session: Session, node: Node, site: str, parts: Sequence[Part], blob: str, size: int, actor: str
) -> list[Filed]:
    filed = file_in(session, node, site=site, kind="hl7", blob=blob, size=size, parts=parts, actor=actor)
    for each in filed:
        if each.problem is not None:
            raise each.problem
    return filed


def _known(session: Session, site: str, sender: str, control_id: str, digest: str) -> Hl7Message | None:
    return session.scalar(
        select(Hl7Message).where(
            Hl7Message.site == site,
            Hl7Message.sender == sender,
            Hl7Message.control_id == control_id,
            Hl7Message.digest == digest,
        )
    )


def _kept_note(filed: Filed) -> dict[str, str]:
    """Return what is to be known of a message again when it comes again; what of its cases is, these tell."""
    return {"note": filed.note, "about": filed.about} if filed.about != "case" and filed.note else {}


def _again(session: Session, node: Node, known: Hl7Message) -> list[Filed]:
    """Return what a message became when it came first, with what is to be known of its cases all the same."""
    numbers = {each["case_number"] for each in known.filed}
    cases = session.scalars(select(Case).where(Case.case_number.in_(numbers)))
    notes = {case.case_number: "; ".join(notes_on(session, node, case)) or None for case in cases}
    return [
        Filed(each["place"], "unchanged", each["case_number"], note=each["note"], about=each["about"])
        if "note" in each
        else Filed(each["place"], "unchanged", each["case_number"], note=notes.get(each["case_number"]))
        for each in known.filed
    ]


def _text_of(node: Node, enclosure: Enclosure) -> str:
    """Return an enclosed document's text; one that cannot be read stays an enclosure without words."""
    try:
        return text_of(node, enclosure.kind, enclosure.content)
    except Malformed:
        return ""


def _refuse_other_site(node: Node, site: str, message: Message) -> None:
    with node.identity.read() as session:
        named = site_of_facility(session, message.header.text(3), message.header.text(4))
    if named is not None and named != site:
        raise Conflict("MSH-3 and MSH-4 name another site than the one it was sent in for")


def _split(payload: bytes) -> list[bytes]:
    starts = [match.start() for match in islice(_MESSAGE.finditer(payload), _MOST_MESSAGES + 1)]
    if len(starts) <= 1:
        return [_TRAILERS.sub(b"", payload[starts[0] :]) if starts else payload]
    if len(starts) > _MOST_MESSAGES:
        raise Malformed(f"a file may have {_MOST_MESSAGES} messages")
    ends = [*starts[1:], len(payload)]
    return [_TRAILERS.sub(b"", payload[start:end]) for start, end in zip(starts, ends, strict=True)]
