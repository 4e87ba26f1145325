"""Whose numbers belong to one person by law: those of states and their registers, not those of hospitals or insurers.

A hospital may file a child under the mother's number, a practice or an insurer a family under one; a grown-up's number
of a register is their own. What kind a number is its type says (HL7 table 0203), or who issued it: an OID, or the
address that FHIR uses. A medical record number is one person's as its hospital keeps it; a member's, subscriber's or
account number may be a family's whoever issued it.
"""

import re

from gateway.matching.days import days_between

_ONE_YEAR, _GROWN_UP, _OLDEST = 365.25, 18 * 365.25, 120 * 365.25
_OWN_TYPES = frozenset({"SS", "NI", "PPN", "DL", "CZ", "TAX"})
_NATIONAL = re.compile(r"NN[A-Z]{3}")
_HOSPITAL_TYPES = frozenset({"MR", "PI", "PT"})
_FAMILY_TYPES = frozenset({"AN", "GI", "HC", "MA", "MB", "MC", "SN"})
_INSURERS = re.compile(
    r"insur|assur|versicher|krankenkasse|\bkasse\b|segur|mutua"
    r"|\b(?:aok|bkk|ikk|dak|barmer|knappschaft|blue ?cross|aetna)\b"
    "|医保|保险|保險|保険|보험",
    re.IGNORECASE,
)
_OWN_ISSUERS = frozenset(
    {
        "2.16.840.1.113883.4.1", "http://hl7.org/fhir/sid/us-ssn",  # United States, social security
        "2.16.840.1.113883.2.1.4.1", "https://fhir.nhs.uk/id/nhs-number",  # England and Wales, NHS number
        "1.2.36.1.2001.1003.0", "http://ns.electronichealth.net.au/id/hi/ihi/1.0",  # Australia, individual identifier
        "2.16.840.1.113883.2.4.6.3", "http://fhir.nl/fhir/namingsystem/bsn",  # Netherlands, burgerservicenummer
        "1.2.752.129.2.1.3.1", "http://electronichealth.se/identifier/personnummer",  # Sweden
        "1.2.208.176.1.2",  # Denmark, CPR
        "2.16.578.1.12.4.1.4.1",  # Norway, fødselsnummer
        "1.2.246.21",  # Finland, henkilötunnus
        "1.2.40.0.10.1.4.3.1",  # Austria, Sozialversicherung
        "2.16.756.5.32",  # Switzerland, AHV
        "1.3.6.1.4.1.19126.3",  # Spain, DNI
    }
)  # fmt: skip


def is_of_one_person(kind: str, issuer: str) -> bool:
    """Say whether a number belongs to one person by law; `kind` is its type by HL7 table 0203, empty if not said."""
    return kind in _OWN_TYPES or bool(_NATIONAL.fullmatch(kind)) or issuer.casefold() in _OWN_ISSUERS


def is_of_a_hospital(kind: str) -> bool:
    """Say whether a number's type is one that a hospital gives to each of its patients."""
    return kind in _HOSPITAL_TYPES


def may_be_a_family_s(kind: str, issuer: str) -> bool:
    """Say whether a number is one that a family may have in common, by its type or as its issuer insures."""
    return kind in _FAMILY_TYPES or (kind not in _HOSPITAL_TYPES and bool(_INSURERS.search(issuer)))


def may_be_one_issuer(one: str, other: str) -> bool:
    """Say whether two names may be of one issuer: an OID, an address and a plain name cannot be told apart."""
    ours, theirs = one.casefold(), other.casefold()
    return not ours or not theirs or ours == theirs or form_of(ours) != form_of(theirs)


def form_of(issuer: str) -> str:
    """Return of what kind an issuer's name is: an OID, an address or a plain name."""
    return "oid" if re.fullmatch(r"[0-2](\.\d+)+", issuer) else "address" if ":" in issuer else "name"


def is_grown_up(birth_dates: tuple[str, ...], day: str) -> bool | None:
    """Say whether somebody is eighteen on a day by every birth date that is told; None where none tells it."""
    ages = _ages(birth_dates, day)
    return min(ages) >= _GROWN_UP if ages else None


def is_infant(birth_dates: tuple[str, ...], day: str) -> bool:
    """Say whether somebody is in the first year of life on a day by any birth date that is told."""
    return any(age < _ONE_YEAR for age in _ages(birth_dates, day))


def _ages(birth_dates: tuple[str, ...], day: str) -> list[int]:
    """Return the ages in days that somebody may have on a day; who was born after it is a newborn: a clock is wrong."""
    days = (days_between(born, day) for born in birth_dates)
    return [max(age, 0) for age in days if age is not None and age < _OLDEST]
