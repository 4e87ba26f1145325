"""A FHIR Patient as the patient of a case; a name in several scripts becomes one name of several component groups."""

import re
from collections.abc import Sequence
from typing import Any

from config.errors import Malformed
from gateway.case_reports.document import LONGEST_NUMBER, MOST_IDS, dicom_date
from gateway.case_reports.fhir.resources import Address, HumanName, Patient
from gateway.case_reports.residence import Residence, read_homes
from gateway.matching.days import plain_minute

_SCRIPTS = {"ABC": 0, "IDE": 1, "SYL": 2}  # valueset name-v3-representation
_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_MOST_BORN = 10
_OTHER_USES = frozenset({"maiden", "old", "nickname", "temp", "anonymous"})
_NO_HOMES = frozenset({"work", "old", "billing"})
_NOT_THEIRS = frozenset({"work", "old"})
_SEX = {"male": "M", "female": "F", "other": "O"}
_PART_OF_A_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?", re.ASCII)
_NO_DAY = "Patient.birthDate tells no day: nothing is matched by a birth date"
_KANA = re.compile("[\u3040-\u30ff\uff66-\uff9f]")
_IDEOGRAPHIC = re.compile("[\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")


def read_patient(patient: Patient) -> dict[str, Any]:
    """Return a patient as our case JSON writes it.

    Raises:
        Malformed: the birth date is no date.
    """
    names = [each for each in patient.name if each.use not in _OTHER_USES]
    joined = _joined(names)
    others = [text for each in patient.name if each.use in _OTHER_USES and (text := person_name(each))]
    ids = [{"id": each.value, "issuer": each.issuer, "type": each.kind} for each in patient.identifier if each.value]
    homes = [each.words for each in patient.address if each.use not in _NO_HOMES]
    lines = [each.value for each in patient.telecom if each.system in {"phone", "sms"} and each.use not in _NOT_THEIRS]
    return {
        "name": joined[0] if joined else "",
        "other_names": [*joined[1:], *others][:MOST_IDS],
        "birth_date": _birth_date(patient.birthDate),
        **_birth(patient),
        "sex": _SEX.get(patient.gender, ""),
        "ids": [each for each in ids if len(each["id"]) <= 128][:MOST_IDS],
        "addresses": [each[:500] for each in homes if each][:MOST_IDS],
        "telephones": [each for each in lines if 0 < len(each) <= LONGEST_NUMBER][:MOST_IDS],
    }


def remark_on_birth(patient: Patient) -> str:
    """Return what the sender should know of a birth date of which no day is told, empty for none."""
    return _NO_DAY if _PART_OF_A_DATE.fullmatch(patient.birthDate) else ""


def _birth_date(value: str) -> str:
    """Return the day of a birth date, empty where its year or month alone is told (datatypes, date).

    Raises:
        Malformed: it is no date.
    """
    if not value or _PART_OF_A_DATE.fullmatch(value):
        return ""
    try:
        return dicom_date(value.partition("T")[0])
    except ValueError:
        raise Malformed("Patient.birthDate is no date: it is written YYYY, YYYY-MM or YYYY-MM-DD") from None


def _birth(patient: Patient) -> dict[str, Any]:
    """Return what is told of a birth beside its day: the time, whether several were born, and which of them it is."""
    instants = [each.valueDateTime for each in patient.born.extension if each.url == _BIRTH_TIME]
    order = patient.multipleBirthInteger
    told = {
        "time": plain_minute(instants[0][11:16]) if instants else "",
        "order": order if order is not None and 0 < order < _MOST_BORN else None,
        "multiple": patient.multipleBirthBoolean,
    }
    known = {name: value for name, value in told.items() if value not in {None, ""}}
    return {"birth": known} if known else {}


def person_name(name: HumanName) -> str:
    """Return one name in the form of DICOM (PS3.5 section 6.2): family, given, middle, prefix, suffix."""
    if not name.family and not name.given:
        return _plain(name.text)
    given, middle = (name.given[0] if name.given else "", " ".join(name.given[1:]))
    parts = (name.family, given, middle, " ".join(name.prefix), " ".join(name.suffix))
    return "^".join(map(_plain, parts)).rstrip("^")[:160]


def read_residence(addresses: Sequence[Address]) -> tuple[str, Residence]:
    """Return where a patient lives: as a jurisdiction, or the state that is told without its country."""
    homes = [each for each in addresses if each.use not in _NO_HOMES]
    return read_homes([(each.country, each.state) for each in sorted(homes, key=lambda each: each.use == "temp")])


def day_of(value: str) -> str:
    """Return the day of a FHIR date or dateTime, empty where it is not given to the day or is none."""
    try:
        return dicom_date(value[:10]) if len(value) >= 10 else ""
    except ValueError:
        return ""


def _joined(names: Sequence[HumanName]) -> list[str]:
    scripts: list[dict[int, str]] = []
    for each in names:
        name = person_name(each)
        if not name:
            continue
        group = _script(each, name)
        if scripts and group not in scripts[-1]:
            scripts[-1][group] = name
        else:
            scripts.append({group: name})
    return ["=".join(each.get(group, "") for group in range(3)).rstrip("=") for each in scripts]


def _script(name: HumanName, text: str) -> int:
    stated = [each.valueCode for each in name.extension if each.url == _REPRESENTATION]
    if stated and stated[0] in _SCRIPTS:
        return _SCRIPTS[stated[0]]
    if _IDEOGRAPHIC.search(text):
        return 1
    return 2 if _KANA.search(text) else 0


def _plain(text: str) -> str:
    return " ".join(text.replace("^", " ").replace("=", " ").split())
