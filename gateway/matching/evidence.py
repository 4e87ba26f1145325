"""The evidence for and against a study belonging to a case, field by field, each finding a row of the weights table.

What either side does not say is no finding. `says` is the finding in words; it never quotes a value.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.matching.ages import is_another_generation, is_of_age
from gateway.matching.birth_dates import compare_birth_dates
from gateway.matching.births import are_two
from gateway.matching.days import days_between
from gateway.matching.frequencies import shares_of
from gateway.matching.homes import compare_homes, share_telephone
from gateway.matching.issuers import form_of, may_be_one_issuer
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.names import NameAgreement, NameComparison, compare_writings
from gateway.matching.patient_ids import compare_ids, plain_number
from gateway.matching.report_words import same_body_part, same_modality
from gateway.matching.weights import WEIGHTS, Part, Weight

_NEAR_DAYS = 3
_REPORTED_WITHIN_DAYS = 31
_DAYS_IN_A_YEAR = 365
_RAREST = 1e-9
_MOST_COMMON = 0.9

_NAMES = {
    NameAgreement.EQUAL: "name equal",
    NameAgreement.PARTLY: "name partly equal",
    NameAgreement.INITIALS: "name equal but for initials",
    NameAgreement.SHORT: "name equal but for a short or pet name",
    NameAgreement.SIMILAR: "name similar",
    NameAgreement.SOUND: "name equal by its sound",
    NameAgreement.INCOMPLETE: "name equal as far as it is given",
    NameAgreement.HOMOPHONE: "name of the same sound, written otherwise",
    NameAgreement.GIVEN: "given name equal, family name different",
    NameAgreement.ONE_PART: "name equal in one part",
    NameAgreement.DIFFERENT: "name different",
    NameAgreement.UNREAD: "name in another script, not equal by its sound",
}
_PLACE = {agreement: place for place, agreement in enumerate(NameAgreement)}


@dataclass(frozen=True)
class Population:
    """Among whom a study looks for its case: how many open cases there are, and how often they bear a name."""

    open_cases: int = 0
    names: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that was compared: what it says, and how often it is met under each hypothesis."""

    row: str
    says: str
    weight: Weight
    other_patient: float

    @property
    def part(self) -> Part:
        """Return what the finding may do when it is to be decided without a person."""
        return self.weight.part


def compare(study: StudyKeys, case: CaseKeys, population: Population) -> list[Finding]:
    """Return every finding between a study and a case."""
    return [
        *_case_number(study, case),
        *_study_uid(study, case),
        *_accession(study, case),
        *compare_patients(study, case, population),
        *_study_date(study, case),
        *_modality(study, case),
        *_body_part(study, case),
    ]


def compare_patients(study: StudyKeys, case: CaseKeys, population: Population) -> list[Finding]:
    """Return the findings between who was examined and the patient of a case."""
    return [
        *_finding(*compare_ids(study, case)),
        *_home(study, case),
        *_name(study, case, population),
        *_finding(compare_birth_dates(study.birth_date, case.birth_date)),
        *_birth(study, case),
        *_sex(study, case),
    ]


def _finding(row: str, says: str = "", *, share: float = 1.0) -> list[Finding]:
    if not row:
        return []
    weight = WEIGHTS[row]
    chance = min(max(weight.other_patient * share, _RAREST), _MOST_COMMON) if weight.rated else weight.other_patient
    return [Finding(row, says or row, weight, chance)]


def _case_number(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    if not study.case_numbers:
        return []
    return _finding("case number equal" if case.case_number in study.case_numbers else "another case number")


def _study_uid(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    if not case.study_uids:
        return []
    known = study.study_instance_uid in case.study_uids
    return _finding("study UID equal" if known else "study UID not among the case's")


def _accession(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    """Compare accession numbers; a number is only unique within its issuer, and an unnamed issuer is the site."""
    ours = study.accession_number
    comparable = [number for number in case.accession_numbers if _one_issuer(study, case, number)]
    if not plain_number(ours) or not any(plain_number(each) for each in comparable):
        return []
    if ours in comparable:
        return _finding("accession number equal")
    if plain_number(ours) in {plain_number(each) for each in comparable}:
        return _finding("accession number equal but for its form")
    return _finding("accession number different")


def _one_issuer(study: StudyKeys, case: CaseKeys, number: str) -> bool:
    """Say whether a number may be of the study's issuer, by those of its issuer's names that can be compared."""
    ours = study.accession_issuer
    issuers = [issuer for known, issuer in case.accession_issuers if known == number]
    alike = [issuer for issuer in issuers if form_of(issuer) == form_of(ours)]
    return not alike or any(may_be_one_issuer(ours, issuer) for issuer in alike)


def _name(study: StudyKeys, case: CaseKeys, population: Population) -> list[Finding]:
    """Compare the best pair of all names that either side gives: birth names and former names too."""
    ours = [name for name in (study.name, *sorted(study.other_names)) if name]
    theirs = [name for name in (case.name, *sorted(case.other_names)) if name]
    pairs = [compare_writings(a, b) for a in ours for b in theirs]
    if not pairs:
        return []
    best = min(pairs, key=lambda each: _PLACE[each.agreement])
    if best.agreement is NameAgreement.UNKNOWN:
        return []
    row = _NAMES[best.agreement]
    return _finding(row, _name_in_words(row, best), share=_share(best, population))


def _share(found: NameComparison, population: Population) -> float:
    """Return how common a name is, by its letters in the alphabet in which it is met more often."""
    counted = population.names or {}
    shares = [shares_of(words, counted, population.open_cases) for words in (found.shared, found.native)]
    return shares[0] if not found.native else max(shares) * found.bearers


def _name_in_words(row: str, comparison: NameComparison) -> str:
    return f"name equal in its {comparison.language} reading" if comparison.agreement is NameAgreement.SOUND else row


def _home(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    found = _finding(compare_homes(study.addresses, case.addresses))
    return found + _finding("telephone equal" if share_telephone(study.telephones, case.telephones) else "")


def _birth(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    """Compare minute and order of birth, and the age in a report's words where the case tells no birth date."""
    if are_two(study.birth, case.birth):
        return _finding("another birth time or place among those born together")
    found = _finding("birth time equal" if study.birth_time and study.birth_time == case.birth.minute else "")
    day = case.report_date or case.study_date or study.study_date
    if case.birth_date or days_between(study.birth_date, day) is None or not case.said_ages:
        return found
    if is_another_generation(case.said_ages, study.birth_date, day):
        return found + _finding("age a generation from the report's words")
    return found + _finding("age as in the report's words" if is_of_age(case.said_ages, study.birth_date, day) else "")


def _sex(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    if study.sex not in {"M", "F"} or case.sex not in {"M", "F"}:
        return []
    return _finding("sex equal" if study.sex == case.sex else "sex different")


def _study_date(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    """Compare with the date of the examination where the case has one, else with the report's."""
    days = days_between(study.study_date, case.study_date)
    if days is not None:
        return _examined(days)
    days = days_between(study.study_date, case.report_date)
    return _reported(days) if days is not None else []


def _examined(days: int) -> list[Finding]:
    if days == 0:
        return _finding("study date equal")
    if abs(days) <= _NEAR_DAYS:
        return _finding("study date within three days", f"study date {abs(days)} day(s) apart")
    if days > 0:
        return _finding("study before the case's study date", f"study {_span(days)} before the case's: a prior perhaps")
    return _finding("study after the case's study date", f"study {_span(-days)} after the case's")


def _reported(days: int) -> list[Finding]:
    if days < 0:
        return _finding("report older than the study", f"report {_span(-days)} older than the study")
    if days <= _REPORTED_WITHIN_DAYS:
        return _finding("reported within a month of the study", f"reported {days} day(s) after the study")
    return _finding("reported later than a month after the study", f"reported {_span(days)} after the study")


def _span(days: int) -> str:
    return f"{days // _DAYS_IN_A_YEAR} year(s)" if days >= _DAYS_IN_A_YEAR else f"{days} days"


def _modality(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    ours, theirs = same_modality(study.modality), same_modality(case.modality)
    if ours and theirs:
        return _finding("modality equal" if ours == theirs else "modality different")
    if ours and case.said_modalities:
        return _finding(
            "modality as the report's words" if ours in case.said_modalities else "modality not in the report's words"
        )
    return []


def _body_part(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    ours, theirs = study.regions, same_body_part(case.body_part)
    if ours and theirs:
        return _finding("body part equal" if theirs in ours else "body part different")
    if ours and case.said_body_parts:
        agree = bool(ours & case.said_body_parts)
        return _finding("body part as the report's words" if agree else "body part not in the report's words")
    return []
