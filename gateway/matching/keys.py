"""What a study and a case say about whom and what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gateway.matching.births import UNTOLD, Birth, birth_of, order_in_name
from gateway.matching.report_words import said_body_parts, same_body_part
from gateway.models import Patient, Study


@dataclass(frozen=True)
class StudyKeys:
    """The matching keys of a study; absent ones are empty.

    `other_ids` are further identifiers of the patient with their issuers, `id_kinds` the types of identifiers as far
    as they are told (HL7 table 0203).
    """

    study_instance_uid: str = ""
    accession_number: str = ""
    accession_issuer: str = ""
    patient_id: str = ""
    issuer: str = ""
    other_ids: frozenset[tuple[str, str]] = frozenset()
    id_kinds: frozenset[tuple[str, str]] = frozenset()
    addresses: frozenset[str] = frozenset()
    telephones: frozenset[str] = frozenset()
    name: str = ""
    other_names: frozenset[str] = frozenset()
    birth_date: str = ""
    birth_time: str = ""
    sex: str = ""
    study_date: str = ""
    modality: str = ""
    body_part: str = ""
    description: str = ""
    case_numbers: frozenset[str] = frozenset()

    @cached_property
    def regions(self) -> frozenset[str]:
        """Return the body parts by Body Part Examined, else by the study's description."""
        region = same_body_part(self.body_part)
        return frozenset({region}) if region else said_body_parts(self.description)

    @property
    def birth(self) -> Birth:
        """Return what is told of the birth: its minute, and the order by a newborn's letter or number."""
        return Birth(self.birth_time, order_in_name(self.name))


@dataclass(frozen=True)
class CaseKeys:
    """The matching keys of a case; absent ones are empty. `id_kinds` are as those of a study.

    `own` is what the case itself says, where a correction told more of its patient that nobody confirmed.
    """

    case_id: int
    case_number: str
    study_uids: frozenset[str] = frozenset()
    accession_numbers: frozenset[str] = frozenset()
    accession_issuers: frozenset[tuple[str, str]] = frozenset()
    patient_ids: frozenset[tuple[str, str]] = frozenset()
    id_kinds: frozenset[tuple[str, str]] = frozenset()
    addresses: frozenset[str] = frozenset()
    telephones: frozenset[str] = frozenset()
    name: str = ""
    other_names: frozenset[str] = frozenset()
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    report_date: str = ""
    modality: str = ""
    body_part: str = ""
    said_modalities: frozenset[str] = frozenset()
    said_body_parts: frozenset[str] = frozenset()
    said_ages: frozenset[int] = frozenset()
    told_birth: Birth = UNTOLD
    own: "CaseKeys | None" = None

    @property
    def birth(self) -> Birth:
        """Return what is told of the birth; a newborn's letter or number is an order where none is told."""
        told = self.told_birth
        return told if told.order else replace(told, order=order_in_name(self.name))

    @property
    def patient(self) -> StudyKeys:
        """Return what is told of the patient as a study would tell it, to compare the patients of two cases."""
        return StudyKeys(
            other_ids=self.patient_ids,
            id_kinds=self.id_kinds,
            addresses=self.addresses,
            telephones=self.telephones,
            name=self.name,
            other_names=self.other_names,
            birth_date=self.birth_date,
            birth_time=self.told_birth.minute,
            sex=self.sex,
        )


def study_keys(study: Study, patient: Patient) -> StudyKeys:
    """Return the keys of a study and its patient."""
    return StudyKeys(
        study_instance_uid=study.study_instance_uid,
        accession_number=study.accession_number,
        accession_issuer=study.accession_issuer,
        patient_id=patient.patient_id,
        issuer=patient.issuer,
        other_ids=frozenset((each["id"], each["issuer"]) for each in study.other_ids),
        id_kinds=frozenset((each["id"], each["type"]) for each in study.other_ids if each["type"]),
        addresses=frozenset(study.addresses),
        telephones=frozenset(study.telephones),
        name=study.patient_name,
        other_names=frozenset(study.birth_names),
        birth_date=study.birth_date,
        birth_time=study.birth_time,
        sex=study.sex,
        study_date=study.study_date,
        modality=study.modality,
        body_part=study.body_part,
        description=study.description,
        case_numbers=frozenset(study.hints),
    )


def case_keys(case: Any) -> CaseKeys:
    """Return the keys of a case, or of a row of its columns (`gateway.matching.index.KEY_COLUMNS`)."""
    keys = CaseKeys(
        case_id=case.id,
        case_number=case.case_number,
        study_uids=frozenset(case.study_uids),
        accession_numbers=frozenset(case.accession_numbers),
        accession_issuers=frozenset(
            (each.get("id", ""), each["issuer"]) for each in case.accession_issuers if each.get("issuer")
        ),
        patient_ids=frozenset((each.get("id", ""), each.get("issuer", "")) for each in case.patient_ids),
        id_kinds=frozenset(case.id_kinds.items()),
        addresses=frozenset(case.addresses),
        telephones=frozenset(case.telephones),
        name=case.patient_name,
        other_names=frozenset(case.other_names),
        birth_date=case.birth_date,
        sex=case.sex,
        study_date=case.study_date,
        report_date=case.report_date,
        modality=case.modality,
        body_part=case.body_part,
        said_modalities=frozenset(case.said.get("modalities", ())),
        said_body_parts=frozenset(case.said.get("body_parts", ())),
        said_ages=frozenset(case.said.get("ages", ())),
        told_birth=birth_of(case.birth),
    )
    return replace(keys, own=_own_words(keys, case.own_words)) if case.own_words else keys


def _own_words(keys: CaseKeys, own: Mapping[str, Any]) -> CaseKeys:
    return replace(
        keys,
        name=own["name"],
        other_names=frozenset(own["other_names"]),
        birth_date=own["birth_date"],
        patient_ids=frozenset((each.get("id", ""), each.get("issuer", "")) for each in own["ids"]),
        told_birth=birth_of(own["birth"]),
    )
