"""The answer to a message: ACK with MSA and, where there is more to say, ERR (HL7 2.5.1 sections 2.9.2, 2.9.3, 2.15.5).

Original mode: AA, AE for what the message says, AR for who sends it, its kind, or a fault of ours. In enhanced mode
MSH-16 asks for that answer, else MSH-15 for an accept acknowledgment (CA, CE, CR); one message gets one answer at most.
Every answer is given after the message was filed, so that accepting it says no less than processing it. What is filed
and hardly of use is accepted with a warning (table 0516: the transaction was successful, but there may be issues).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from config.errors import Conflict, Malformed, NotFound, NotOffered, OurFault, OverreadError, SenderFault, TooLarge
from gateway.case_reports.hl7.message import Message
from gateway.case_reports.hl7.reading import MissingSegment, UnknownMessage
from gateway.case_reports.hl7.senders import UnknownSender
from gateway.case_reports.unmerging import NeverMerged

_VERSION = "2.5.1"
_COMMIT = MappingProxyType({"AA": "CA", "AE": "CE", "AR": "CR"})
_WANTED = MappingProxyType({"AL": ("AA", "AE", "AR"), "SU": ("AA",), "ER": ("AE", "AR"), "NE": ()})  # table 0155
_PRINTABLE = re.compile(r"[^ -~]")
_WORDS = MappingProxyType(
    {
        "100": "Segment sequence error",
        "101": "Required field missing",
        "102": "Data type error",
        "200": "Unsupported message type",
        "204": "Unknown key identifier",
        "205": "Duplicate key identifier",
        "207": "Application internal error",
    }
)

ANSWERS: Mapping[type[OverreadError], tuple[str, str]] = MappingProxyType(  # tables 0008 and 0357
    {
        SenderFault: ("AE", "102"),
        Malformed: ("AE", "102"),
        MissingSegment: ("AE", "100"),
        TooLarge: ("AE", "102"),
        Conflict: ("AE", "205"),
        NotFound: ("AR", "204"),
        NeverMerged: ("AE", "204"),
        UnknownSender: ("AR", "204"),
        NotOffered: ("AR", "200"),
        UnknownMessage: ("AR", "200"),
        OurFault: ("AR", "207"),
    }
)


_LACKING = "101"  # 0 would tell of information only (2.15.5.4)


@dataclass(frozen=True)
class Refusal:
    """Why a message is refused: acknowledgment code, error code, and words that bear nothing of the message."""

    code: str
    error: str
    says: str


def refusal_of(error: OverreadError) -> Refusal:
    """Return how an error is answered: by its class or the nearest class above it."""
    code, number = next(ANSWERS[each] for each in type(error).__mro__ if each in ANSWERS)
    return Refusal(code, number, str(error))


def acknowledge(
    message: Message | None,
    now: datetime,
    number: str,
    refused: Refusal | None = None,
    warnings: Sequence[str] = (),
) -> bytes | None:
    """Return the answer to a message, None where its sender wants none; without a message it names none.

    `warnings` are what the sender should know of a message that is accepted.
    """
    code = refused.code if refused else "AA"
    if message is not None:
        said = _mode(message, code)
        if said is None:
            return None
        code = said
    segments = [_header(message, now, number), f"MSA|{code}|{_raw(message, 10)}"]
    if refused is not None:
        segments.append(_error(refused.error, "E", refused.says))
    else:
        segments += [_error(_LACKING, "W", each) for each in warnings]
    return ("\r".join(segments) + "\r").encode("ascii", "replace")


def _error(number: str, severity: str, says: str) -> str:
    return f"ERR|||{number}^{_WORDS[number]}^HL70357|{severity}||||{_escaped(says)}"


def _mode(message: Message, code: str) -> str | None:
    accept, application = message.header.text(15).upper(), message.header.text(16).upper()
    if not accept and not application:
        return code
    if code in _WANTED.get(application or "NE", ()):
        return code
    return _COMMIT[code] if code in _WANTED.get(accept or "NE", ()) else None


def _header(message: Message | None, now: datetime, number: str) -> str:
    event = f"^{_raw(message, 9, 2)}^ACK" if _raw(message, 9, 2) else ""
    stamp = now.strftime("%Y%m%d%H%M%S+0000")
    processing = _raw(message, 11) or "P"
    fields = (_raw(message, 5), _raw(message, 6), _raw(message, 3), _raw(message, 4), stamp, "", f"ACK{event}", number)
    return "|".join(("MSH", "^~\\&", *fields, processing, _VERSION))


def _raw(message: Message | None, position: int, component: int = 0) -> str:
    """Return what the answer repeats of a message's header, in the answer's own separators."""
    if message is None:
        return ""
    header = message.header
    if component:
        return _escaped(header.text(position, component))
    parts = range(1, header.raw(position).count(header.separators[2]) + 2)
    return "^".join(_escaped(header.text(position, each)) for each in parts)[:500]


def _escaped(text: str) -> str:
    for character, letter in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(character, f"\\{letter}\\")
    return _PRINTABLE.sub(" ", text)
