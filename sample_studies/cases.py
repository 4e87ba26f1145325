"""Case reports beside the studies, as the JSON the node imports: what a hospital knows when it asks for a second read.

A case says only what its plan lets it say, so that some match by numbers, one by name, birth date and study date, and
one only in part. Dates are DA (YYYYMMDD). `case_number` is left out: the node assigns it.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from sample_studies.headers.modules import da
from sample_studies.plan import CasePlan, StudyPlan


def case_document(plan: StudyPlan, case: CasePlan) -> dict[str, Any]:
    """Return the case report of a study as a JSON-ready table."""
    who = plan.patient
    name = case.name or who.name
    return {
        "patient": {
            "name": name,
            "birth_date": who.birth_date,
            "sex": who.sex,
            "ids": [{"id": who.patient_id, "issuer": plan.site.issuer}] if case.patient_id else [],
        },
        "accession_numbers": [plan.accession] if case.accession else [],
        "study_uids": [plan.study_instance_uid] if case.study_uid else [],
        "study_date": case.study_date or da(plan.when),
        "modality": plan.modality,
        "body_part": case.body_part,
        "report": {"text": report_text(plan, name), "language": plan.site.language, "date": da(plan.when)},
        "question": case.question,
        "referrer": plan.staff.referring,
        "jurisdiction": plan.site.jurisdiction,
    }


def report_text(plan: StudyPlan, name: str) -> str:
    """Return the first reader's report with the patient's particulars filled in."""
    template = resources.files("sample_studies").joinpath("reports", f"{plan.slug}.txt").read_text(encoding="utf-8")
    return template.format(
        spoken=spoken(name, plan.site.language),
        patient_id=plan.patient.patient_id,
        birth=_local_date(plan.patient.birth_date, plan.site.language),
        date=_local_date(da(plan.when), plan.site.language),
        accession=plan.accession,
    )


def spoken(name: str, language: str) -> str:
    """Write a person name as a report does: ideographs in Chinese, else given name before family name."""
    groups = name.split("=")
    if language == "zh":
        return groups[1 if len(groups) > 1 else 0].replace("^", "")
    family, given = groups[0].split("^")[:2]
    return f"{given} {family}"


def write_case(folder: Path, plan: StudyPlan, case: CasePlan) -> Path:
    """Write the case report of a study into a folder and return the file."""
    path = folder / f"{plan.slug}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(case_document(plan, case), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _local_date(date: str, language: str) -> str:
    year, month, day = date[:4], date[4:6], date[6:]
    forms = {"en": f"{month}/{day}/{year}", "de": f"{day}.{month}.{year}", "zh": f"{year}年{int(month)}月{int(day)}日"}
    return forms[language]
