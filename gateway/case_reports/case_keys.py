"""The numbers by which a later document finds a case again: of its order, its images and its patient.

None of them makes it sure: the patient must agree too (`gateway.case_reports.filing`).
"""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.case_models import CaseKey
from gateway.case_reports.document import Identifier
from gateway.case_reports.order_numbers import exact_keys, loose_keys, stored_keys
from gateway.models import Case


def cases_bearing(session: Session, site: str, keys: Iterable[str]) -> list[Case]:
    """Return the cases of a site that bear one of some keys, oldest first."""
    wanted = list(keys)
    if not wanted:
        return []
    ids = select(CaseKey.case_id).where(CaseKey.site == site, CaseKey.key.in_(wanted))
    return list(session.scalars(select(Case).where(Case.id.in_(ids), Case.merged_into_id.is_(None)).order_by(Case.id)))


def remember_keys(session: Session, case: Case) -> None:
    """Keep the numbers by which a later document finds the case again."""
    orders = [Identifier.model_validate(each) for each in case.orders]
    found = set(keys_to_keep(orders, case.study_uids, case.accession_numbers))
    found.update(patient_keys(Identifier.model_validate(each) for each in case.patient_ids))
    known = set(session.scalars(select(CaseKey.key).where(CaseKey.case_id == case.id)))
    session.add_all(CaseKey(case_id=case.id, key=key, site=case.site) for key in sorted(found - known))
    session.flush()


def forget_numbers(session: Session, case: Case, gone: Iterable[str]) -> None:
    """Find a case no more by numbers of its patient that it does not bear any more."""
    left = patient_keys(Identifier.model_validate(each) for each in case.patient_ids)
    keys = [each for each in patient_keys(Identifier(id=number) for number in gone) if each not in left]
    session.execute(delete(CaseKey).where(CaseKey.case_id == case.id, CaseKey.key.in_(keys)))


def keys_by_strength(
    orders: Iterable[Identifier], study_uids: Iterable[str], accession_numbers: Iterable[str]
) -> tuple[list[str], ...]:
    """Return the keys by which a case is looked for that a document is about, the strongest first."""
    told = list(orders)
    return exact_keys(told), loose_keys(told), *_of_images(study_uids, accession_numbers)


def keys_to_keep(
    orders: Iterable[Identifier], study_uids: Iterable[str], accession_numbers: Iterable[str]
) -> list[str]:
    """Return the keys under which what a case or a document is about is found."""
    return [key for keys in (stored_keys(orders), *_of_images(study_uids, accession_numbers)) for key in keys]


def _of_images(study_uids: Iterable[str], accession_numbers: Iterable[str]) -> tuple[list[str], list[str]]:
    return [f"study:{each}" for each in study_uids], [f"accession:{each}" for each in accession_numbers]


def patient_keys(ids: Iterable[Identifier]) -> list[str]:
    """Return the keys of patient identifiers; the issuer is compared afterwards, since either side may not say it."""
    return [f"patient:{each.id}" for each in ids]
