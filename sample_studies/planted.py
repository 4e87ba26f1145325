"""The list of every identity planted in the samples, for tests that search what must not hold one.

Each string occurs in the bytes of the study it is listed under, in that study's character set; a test proves it. Parts
of names are listed beside whole values, because a leak seldom has the shape of the original. Parts too short to be
told from chance are left out. `burned_in` holds lines of text that only the pixels show.
"""

from collections.abc import Iterable
from typing import Any

from sample_studies.acquisitions import us
from sample_studies.headers.modules import da
from sample_studies.plan import StudyPlan

# From here on Unicode holds radicals, kana and ideographs, of which two make four bytes: chance in a big image.
_FIRST_IDEOGRAPH = "\u2e80"


def planted_in(plan: StudyPlan) -> dict[str, Any]:
    """Return the identities of one study, by kind."""
    who = plan.patient
    return {
        "site": plan.site.name,
        "slug": plan.slug,
        "study_uid": plan.study_instance_uid,
        "charset": list(who.charset),
        "names": _distinct(
            form for name in (who.name, who.former_name, who.mother_birth_name) for form in _forms(name)
        ),
        "ids": [who.patient_id, who.prior_id, who.other_id, f"ADM-{who.patient_id}"],
        "dates": _distinct([who.birth_date, da(plan.when), da(plan.ordered)]),
        "burned_in": list(us.banner(plan)) if plan.modality == "US" else [],
        "others": _distinct([*_of_the_patient(plan), *_of_the_staff(plan), *_of_the_place(plan), *_of_the_order(plan)]),
    }


def _of_the_patient(plan: StudyPlan) -> list[str]:
    who = plan.patient
    return [who.street, who.phone, who.note, who.relative]


def _of_the_staff(plan: StudyPlan) -> list[str]:
    staff = plan.staff
    people = (staff.referring, staff.requesting, staff.performing, staff.operator, staff.reading)
    return [form for person in people for form in _forms(person)]


def _of_the_place(plan: StudyPlan) -> list[str]:
    scanner, site = plan.scanner, plan.site
    return [
        plan.institution, plan.institution_address, site.department, site.issuer,
        scanner.serial, scanner.station,
    ]  # fmt: skip


def _of_the_order(plan: StudyPlan) -> list[str]:
    study_id = plan.study_id
    return [plan.accession, study_id, f"RP-{study_id}", f"SPS-{study_id}", f"PPS-{study_id}"]


def _forms(name: str) -> list[str]:
    """Return a person name whole, by group, and by component where a component is long enough to mean something."""
    groups = [group for group in name.split("=") if group]
    components = [part for group in groups for part in group.split("^")]
    telling = [part for part in components if len(part) >= (3 if max(part, default="") >= _FIRST_IDEOGRAPH else 5)]
    return [name, *groups, *telling]


def _distinct(strings: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(strings))
