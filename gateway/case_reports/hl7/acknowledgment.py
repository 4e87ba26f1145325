"""The answer to a message: ACK with MSA and, where there is more to say, ERR (HL7 2.5.1 sections 2.9.2, 2.9.3, 2.15.5).

It is of the version in which its sender speaks (MSH-12), of 2.5.1 where that is none of table 0104. Before 2.5 ERR has
its first field only, which tells no severity: what is said stands in MSA-3, the error in MSA-6 and as the fourth
component of ERR-1 (2.3 sections 2.24.2 and 2.24.3), and a warning is no error segment. 2.1 has the text alone.

Original mode: AA, AE for what the message says, AR for who sends it, its kind, or a fault of ours. In enhanced mode
MSH-16 asks for that answer, else MSH-15 for an accept acknowledgment (CA, CE, CR); one message gets one answer at most.
Every answer is given after the message was filed, so that accepting it says no less than processing it. What is filed
and hardly of use is accepted with a warning (table 0516: the transaction was successful, but there may be issues), what
came too late to count with information.
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


@dataclass(frozen=True)
class _Layout:
    """How versions lay an answer out: how many components its MSH-9 has, and which fields tell an error."""

    components: int
    coded: bool = True
    detailed: bool = False


_FIRST, _EARLY, _MIDDLE, _LATE = _Layout(1, coded=False), _Layout(2), _Layout(3), _Layout(3, detailed=True)
_LAYOUTS: Mapping[str, _Layout] = MappingProxyType(
    {
        **dict.fromkeys(("2.0", "2.0D", "2.1"), _FIRST),
        **dict.fromkeys(("2.2", "2.3"), _EARLY),
        **dict.fromkeys(("2.3.1", "2.3.2", "2.4"), _MIDDLE),
        **dict.fromkeys(("2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9", "2.9.1"), _LATE),
    }
)
_COMMIT = MappingProxyType({"AA": "CA", "AE": "CE", "AR": "CR"})
_SEVERITIES = MappingProxyType({"0": "I"})  # table 0516: accepted with what is to be known; else a warning
_WANTED = MappingProxyType({"AL": ("AA", "AE", "AR"), "SU": ("AA",), "ER": ("AE", "AR"), "NE": ()})  # table 0155
_PRINTABLE = re.compile(r"[^ -~]")
_WORDS = MappingProxyType(
    {
        "0": "Message accepted",
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


@dataclass(frozen=True)
class Warned:
    """What the sender of a message that is accepted should know: an error code, and words as those of a refusal."""

    error: str
    says: str


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
    warnings: Sequence[Warned] = (),
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
    version = message.header.text(12) if message is not None else ""
    version = version if version in _LAYOUTS else _VERSION
    told = _told(_LAYOUTS[version], f"MSA|{code}|{_raw(message, 10)}", refused, warnings)
    return ("\r".join((_header(message, now, number, version), *told)) + "\r").encode("ascii", "replace")


def _told(layout: _Layout, msa: str, refused: Refusal | None, warnings: Sequence[Warned]) -> list[str]:
    """Return MSA with what is to be said of a message, and the error segments."""
    if layout.detailed:
        if refused is not None:
            return [msa, _error(refused.error, "E", refused.says)]
        return [msa, *(_error(each.error, _SEVERITIES.get(each.error, "W"), each.says) for each in warnings)]
    text = _escaped(refused.says if refused is not None else "; ".join(each.says for each in warnings))
    if refused is None or not layout.coded:
        return [f"{msa}|{text}" if text else msa]
    coded = (refused.error, _WORDS[refused.error], "HL70357")
    return [f"{msa}|{text}|||{'^'.join(coded)}", f"ERR|^^^{'&'.join(coded)}"]


def _error(number: str, severity: str, says: str) -> str:
    return f"ERR|||{number}^{_WORDS[number]}^HL70357|{severity}||||{_escaped(says)}"


def _mode(message: Message, code: str) -> str | None:
    accept, application = message.header.text(15).upper(), message.header.text(16).upper()
    if not accept and not application:
        return code
    if code in _WANTED.get(application or "NE", ()):
        return code
    return _COMMIT[code] if code in _WANTED.get(accept or "NE", ()) else None


def _header(message: Message | None, now: datetime, number: str, version: str) -> str:
    event = _raw(message, 9, 2)
    kind = "^".join(("ACK", event, "ACK")[: _LAYOUTS[version].components if event else 1])
    stamp = now.strftime("%Y%m%d%H%M%S+0000")
    processing = _raw(message, 11) or "P"
    fields = (_raw(message, 5), _raw(message, 6), _raw(message, 3), _raw(message, 4), stamp, "", kind, number)
    return "|".join(("MSH", "^~\\&", *fields, processing, version))


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
