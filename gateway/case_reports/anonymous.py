"""A case with nobody in it: found by its upload link or its number alone, which may be meant.

Whoever files one is told, and so is who sees it at the desk, since it is more often a list without its columns.
"""

from gateway.matching.nobody import names_nobody
from gateway.models import Case

NOTE = "nothing to match by: only its upload link or case number finds it"


def has_nothing_to_match_by(case: Case) -> bool:
    """Say whether a case tells neither a name nor a number of its patient, and no number of its examination."""
    name = case.patient_name.strip("^ ") and not names_nobody(case.patient_name)
    return not (name or case.patient_ids or case.accession_numbers or case.study_uids)


def note_on(case: Case) -> str | None:
    """Return what whoever files a case should know of it, None where its study can be found."""
    return NOTE if has_nothing_to_match_by(case) else None
