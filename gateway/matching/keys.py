"""What a study and a case say about whom and what they are."""

from dataclasses import dataclass

from gateway.models import Case, Patient, Study


@dataclass(frozen=True)
class StudyKeys:
    """The matching keys of a study; absent ones are empty."""

    study_instance_uid: str = ""
    accession_number: str = ""
    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    modality: str = ""
    body_part: str = ""
    case_numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CaseKeys:
    """The matching keys of a case; absent ones are empty."""

    case_id: int
    case_number: str
    study_uids: frozenset[str] = frozenset()
    accession_numbers: frozenset[str] = frozenset()
    patient_ids: frozenset[tuple[str, str]] = frozenset()
    name: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    report_date: str = ""
    modality: str = ""
    body_part: str = ""


def study_keys(study: Study, patient: Patient) -> StudyKeys:
    """Return the keys of a study and its patient."""
    return StudyKeys(
        study_instance_uid=study.study_instance_uid,
        accession_number=study.accession_number,
        patient_id=patient.patient_id,
        issuer=patient.issuer,
        name=patient.name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        study_date=study.study_date,
        modality=study.modality,
        body_part=study.body_part,
        case_numbers=frozenset(study.hints),
    )


def case_keys(case: Case) -> CaseKeys:
    """Return the keys of a case."""
    return CaseKeys(
        case_id=case.id,
        case_number=case.case_number,
        study_uids=frozenset(case.study_uids),
        accession_numbers=frozenset(case.accession_numbers),
        patient_ids=frozenset((each.get("id", ""), each.get("issuer", "")) for each in case.patient_ids),
        name=case.patient_name,
        birth_date=case.birth_date,
        sex=case.sex,
        study_date=case.study_date,
        report_date=case.report_date,
        modality=case.modality,
        body_part=case.body_part,
    )
