"""One message in, one answer out: the edge of the HL7 door, where every error becomes an acknowledgment."""

import re
import secrets
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from config.errors import Malformed, OverreadError, TooLarge, Unavailable
from config.log import describe, get_log
from config.metrics import RECEIVED, RECEIVED_BYTES, REFUSED
from gateway.case_reports.hl7.acknowledgment import Refusal, Warned, acknowledge, refusal_of
from gateway.case_reports.hl7.message import LONGEST_HEADER, Message, read_header, read_message
from gateway.case_reports.hl7.senders import sending_site
from gateway.case_reports.hl7.taking_in import take_in_message
from gateway.case_reports.parts_filing import Filed
from gateway.node import Node

DOOR = "hl7"
_ACTOR = "HL7 door"
_BEFORE_CHARACTER_SETS = 17
_ABOUT = {  # table 0357; 0 tells of information only
    "case": "101",
    "document": "102",
    "merge": "204",
    "order": "204",
    "late": "0",
}


def answer(node: Node, payload: bytes, certificate: str | None = None) -> bytes | None:
    """Take in a message that came over a line and return its acknowledgment, None where its sender wants none.

    `certificate` is the fingerprint of what the other side showed. What is acknowledged with AA or CA is on disk. Of a
    message whose sender is not known no more than MSH is read.
    """
    message: Message | None = None
    refused: Refusal | None = None
    warnings: tuple[Warned, ...] = ()
    site = ""
    try:
        message = header_of(payload, node.settings.hl7.character_set)
        message = read_header(payload, node.settings.hl7.character_set)
        with node.identity.read() as session:
            site = sending_site(session, message.header.text(3), message.header.text(4), certificate)
        message = read_message(payload, node.settings.hl7.character_set)
        filed = take_in_message(node, site=site, payload=payload, message=message, actor=_ACTOR)
        warnings = _warnings(filed)
        outcome = filed[0].outcome if filed else "unchanged"
        get_log().info("message filed", door=DOOR, site=site, outcome=outcome, count=len(filed))
        RECEIVED.labels(DOOR).inc()
        RECEIVED_BYTES.labels(DOOR).inc(len(payload))
    except OverreadError as error:
        refused = refusal_of(error)
        _log(site, error, refused)
    except SQLAlchemyError as error:
        refused = refusal_of(Unavailable("the database does not answer; send it again"))
        _log(site, error, refused)
    except Exception as error:  # noqa: BLE001 - the outermost edge of the door: nothing is taken and the line stays open
        refused = refusal_of(Unavailable("the node failed over this message; its log says where"))
        _log(site, error, refused)
    return acknowledge(message, node.clock(), secrets.token_hex(10), refused, warnings)


def _warnings(filed: Sequence[Filed]) -> tuple[Warned, ...]:
    """Return what to know of the cases that a message became, by the place of each where there are several."""
    several = len({each.place for each in filed}) > 1
    return tuple(
        Warned(_ABOUT[each.about], f"{each.place}: {each.note}" if several else each.note)
        for each in filed
        if each.note
    )


def header_of(payload: bytes, undeclared: str) -> Message | None:
    """Return a message of its header alone, without its character sets: enough to answer it by its number."""
    first = re.split(rb"[\r\n]", payload.lstrip(b"\x0b\r\n")[:LONGEST_HEADER], maxsplit=1)[0]
    fields = first.decode("ascii", "replace").replace("\ufffd", "?").split(first[3:4].decode("ascii", "replace") or "|")
    try:
        return read_message(first[3:4].join(each.encode() for each in fields[:_BEFORE_CHARACTER_SETS]), undeclared)
    except (Malformed, TooLarge):
        return None


def _log(site: str, error: BaseException, refused: Refusal) -> None:
    REFUSED.labels(DOOR, refused.error).inc()
    log = get_log().warning if isinstance(error, OverreadError) else get_log().error
    log("message refused", door=DOOR, site=site, status=refused.code, reason=refused.error, **describe(error))
