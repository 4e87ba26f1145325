"""PID, MRG and what stands beside them, as the patient of a case (HL7 2.5.1 sections 3.4.2 and 3.4.9).

A name with an ideographic or phonetic representation (XPN.8, table 0465) becomes one name of up to three component
groups, as DICOM writes it; aliases and maiden names stay names of their own.
"""

import re
from types import MappingProxyType
from typing import Any

from gateway.case_reports.document import LONGEST_NUMBER, MOST_IDS, dicom_date
from gateway.case_reports.hl7.distinct import distinct
from gateway.case_reports.hl7.message import Message, Repetition, Segment
from gateway.case_reports.residence import Residence, read_homes
from gateway.matching.days import plain_minute

_GROUP = MappingProxyType({"": 0, "A": 0, "I": 1, "P": 2})
_OTHER_NAMES = frozenset(
    {"A", "M", "N", "B", "S", "T", "K"}
)  # alias, maiden, nickname, at birth, coded, tribal, artist
_NO_HOMES = frozenset({"B", "BA", "BDL", "BR", "F", "N", "O"})  # table 0190
_FOR_A_TIME = frozenset({"C", "M", "SH"})
_SEX = MappingProxyType({"M": "M", "F": "F", "O": "O", "A": "O"})
_NO_DAY = "PID-7 is no day (YYYYMMDD): the message tells no birth date, and nothing is matched by one"
_DATE = re.compile(r"\d{8}")


def read_patient(pid: Segment) -> dict[str, Any]:
    """Return the patient of a PID segment, as our case JSON writes it."""
    names, others = _names(pid, 5)
    named, also = _names(pid, 9)
    return {
        "name": names[0] if names else "",
        "other_names": distinct([*names[1:], *others, *named, *also])[:MOST_IDS],
        "birth_date": date_of(pid.text(7)),
        **_birth(pid),
        "sex": _SEX.get(pid.text(8).upper(), ""),
        "ids": _typed(pid, identifiers(pid, (3, 2, 4)))[:MOST_IDS],
        "addresses": _addresses(pid)[:MOST_IDS],
        "telephones": _telephones(pid)[:MOST_IDS],
    }


def _birth(pid: Segment) -> dict[str, Any]:
    """Return the time of PID-7, whether several were born (PID-24, table 0136) and which of them it is (PID-25)."""
    order, several = pid.text(25).strip(), {"Y": True, "N": False}.get(pid.text(24).upper())
    place = int(order) if re.fullmatch("[1-9]", order) else None
    told = {"time": plain_minute(pid.text(7)[8:12]), "order": place, "multiple": several}
    known = {name: value for name, value in told.items() if value not in {None, ""}}
    return {"birth": known} if known else {}


def identifiers(segment: Segment, fields: tuple[int, ...]) -> list[dict[str, str]]:
    """Return every identifier (CX) of some fields with its assigning authority: namespace, else universal id."""
    found = []
    for field in fields:
        for repetition in segment.repetitions(field):
            number, issuer = repetition.text(), repetition.text(4) or repetition.text(4, 2)
            if number and len(number) <= 128:
                found.append({"id": number, "issuer": issuer[:128]})
    known = {each["id"] for each in found if each["issuer"]}
    return distinct(each for each in found if each["issuer"] or each["id"] not in known)


def _typed(pid: Segment, ids: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return identifiers with their types (CX.5), and the social security number of PID-19 as one of them."""
    kinds = {each.text(): each.text(5)[:16] for each in pid.repetitions(3) if each.text(5)}
    found = [each | ({"type": kinds[each["id"]]} if each["id"] in kinds else {}) for each in ids]
    number = pid.text(19)[:128]
    if number and number not in {each["id"] for each in ids}:
        found.append({"id": number, "issuer": "", "type": "SS"})
    return found


def _addresses(pid: Segment) -> list[str]:
    """Return where the patient lives (XAD): neither at work nor at birth, nor what is known to be wrong."""
    found = [", ".join(filter(None, (each.text(part) for part in (1, 2, 3, 4, 5)))) for each in _homes(pid)]
    return distinct(each[:500] for each in found if each)


def _homes(pid: Segment) -> list[Repetition]:
    return [each for each in pid.repetitions(11) if each.text(7).upper() not in _NO_HOMES]


def _telephones(pid: Segment) -> list[str]:
    """Return the telephone numbers at home (XTN), as one text or in parts."""
    found = []
    for each in pid.repetitions(13):
        number = each.text() or each.text(12) or " ".join(filter(None, (each.text(part) for part in (5, 6, 7))))
        if any(c.isdigit() for c in number) and len(number) <= LONGEST_NUMBER:
            found.append(number)
    return distinct(found)


def former_names(mrg: Segment) -> tuple[str, ...]:
    """Return the names that an MRG segment says the patient had before (MRG-7)."""
    names, others = _names(mrg, 7)
    return tuple(distinct([*names, *others]))[:MOST_IDS]


def read_residence(pid: Segment) -> tuple[str, Residence]:
    """Return where the patient lives (PID-11): as a jurisdiction, or the state that is told without its country.

    An address at home comes before one for a time or for letters.
    """
    homes = sorted(_homes(pid), key=lambda each: each.text(7).upper() in _FOR_A_TIME)
    return read_homes([(each.text(6), each.text(4)) for each in homes])


def read_payer(message: Message) -> str:
    """Return who pays as far as the message says so: an insurance plan (IN1) means an insurer."""
    insured = any(each.text(2) or each.text(3) or each.text(4) for each in message.all("IN1"))
    return "insurer" if insured else ""


def read_person(segment: Segment, field: int) -> str:
    """Return a practitioner (XCN or its subcomponents) as a person name, empty where only a number is given."""
    family, given, middle = (segment.text(field, component) for component in (2, 3, 4))
    suffix, prefix = segment.text(field, 5), segment.text(field, 6)
    name = "^".join((family, given, middle, prefix, suffix)).rstrip("^")
    return name[:500]


def remark_on_birth(pid: Segment) -> str:
    """Return what the sender should know of a birth date that is told in no way that gives a day, empty for none."""
    told = pid.text(7).strip("0 ")
    return "" if not told or date_of(pid.text(7)) else _NO_DAY


def date_of(value: str) -> str:
    """Return the date of a DT or TS value, empty where it is not given to the day."""
    match = _DATE.match(value)
    return match[0] if match and _is_date(match[0]) else ""


def _is_date(digits: str) -> bool:
    try:
        return bool(dicom_date(digits))
    except ValueError:
        return False


def _names(segment: Segment, field: int) -> tuple[list[str], list[str]]:
    """Return the names of a field: those in use, its scripts joined, and those of another kind."""
    scripts: list[dict[int, str]] = []
    others = []
    for repetition in segment.repetitions(field):
        part = [repetition.text(component) for component in (1, 2, 3, 5, 4)]
        name = "^".join(each.replace("^", " ").replace("=", " ") for each in part).rstrip("^")[:160]
        if not name:
            continue
        group = _GROUP.get(repetition.text(8).upper(), 0)
        if repetition.text(7).upper() in _OTHER_NAMES:
            others.append(name)
        elif scripts and group not in scripts[-1]:
            scripts[-1][group] = name
        else:
            scripts.append({group: name})
    whole = ["=".join(each.get(group, "") for group in range(3)).rstrip("=") for each in scripts]
    return whole, others
