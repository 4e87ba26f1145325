"""A report as text: what its labels say of patient and study makes the case, and the whole of it is the report.

An identifier is one word, a date must be one that can be read one way, and a text that names no patient by any label is
no case report: it belongs beside the images, as an attachment.
"""

import re
from typing import Any

from config.case_number import find_case_numbers
from config.errors import Malformed
from gateway.attachments.language import guess_language
from gateway.case_reports.countries import country_named, home_of, in_address
from gateway.case_reports.dates import find_date, order_in
from gateway.case_reports.document import MOST_CHARACTERS, build_document
from gateway.case_reports.enclosures import text_of
from gateway.case_reports.modality_words import modality_in
from gateway.case_reports.parts import Part, digest_of
from gateway.case_reports.payers import payer_by_insurance, payer_in
from gateway.case_reports.residence import Residence, abroad
from gateway.case_reports.texts.contacts import find_contacts
from gateway.case_reports.texts.labels import find_home, find_labelled
from gateway.node import Node

_NUMBER = re.compile(r"[A-Za-z0-9][\w./-]{1,62}", re.ASCII)
_UID = re.compile(r"[0-2](?:\.\d+){3,}")
_SEXES = (
    ("F", re.compile(r"^\s*(?:f\b|female|w\b|weiblich|femenino|mujer|女)", re.IGNORECASE)),
    ("M", re.compile(r"^\s*(?:male|m\b|männlich|masculino|hombre|varón|男)", re.IGNORECASE)),
)
_NAME_ENDS = re.compile(r"\s{2,}|[,;(\[]\s*(?:\*|geb|born|dob|nac|\d)|\s\*|\d|[(\[（]", re.IGNORECASE)
_TITLES = re.compile(r"^(?:(?:mr|mrs|ms|herr|frau|hr|fr|sr|sra|dr|prof)\b\.?\s*)+", re.IGNORECASE)


def read_pdf(node: Node, payload: bytes) -> list[Part]:
    """Return the one part of a PDF report.

    Raises:
        Malformed: it cannot be read, or names no patient.
    """
    return _part(text_of(node, "pdf", payload), payload)


def read_docx(node: Node, payload: bytes) -> list[Part]:
    """Return the one part of a Word document.

    Raises:
        Malformed: it cannot be read, or names no patient.
    """
    return _part(text_of(node, "docx", payload), payload)


def read_rtf(node: Node, payload: bytes) -> list[Part]:
    """Return the one part of a report in Rich Text Format.

    Raises:
        Malformed: it cannot be read, or names no patient.
    """
    return _part(text_of(node, "rtf", payload), payload)


def read_text(node: Node, payload: bytes) -> list[Part]:
    """Return the one part of a plain text.

    Raises:
        Malformed: its character set cannot be told, or it names no patient.
    """
    return _part(text_of(node, "text", payload), payload)


def case_of_text(text: str) -> dict[str, Any]:
    """Return what a report's labels say, as our case JSON writes it.

    Raises:
        Malformed: no label names the patient.
    """
    language = guess_language(text)
    said = find_labelled(text)
    order = order_in(text, language)
    contacts = find_contacts(text)
    patient_id = number_in(said.get("patient_id", ""))
    name = _name(said)
    if not name and not patient_id:
        raise Malformed("the report names no patient by a label that is known here, such as Name: or Patient ID:")
    return {
        "patient": {
            "name": name,
            "birth_date": find_date(said.get("birth_date", ""), order),
            "sex": next((sex for sex, words in _SEXES if words.search(said.get("sex", ""))), ""),
            "ids": [{"id": patient_id}] if patient_id else [],
            "addresses": list(contacts.addresses),
            "telephones": list(contacts.telephones),
        },
        "case_number": _case_number(text),
        "accession_numbers": [found] if (found := number_in(said.get("accession_number", ""))) else [],
        "study_uids": _UID.findall(said.get("study_uid", ""))[:1],
        "study_date": find_date(said.get("study_date", ""), order),
        "modality": modality_in(said.get("modality", "")) or modality_in(said.get("study", "")),
        "requested_studies": [{"description": said["study"]}] if said.get("study") else [],
        "question": said.get("question", ""),
        "referrer": said.get("referrer", ""),
        "payer": payer_in(said.get("payer", "")) or payer_by_insurance(said.get("insurance", "")),
        "report": report_in(text),
    }


def report_in(text: str) -> dict[str, str]:
    """Return the report that a text is, as our case JSON: its words, their language, and its date by a label."""
    language = guess_language(text)
    date = find_date(find_labelled(text).get("report_date", ""), order_in(text, language))
    return {"text": text[:MOST_CHARACTERS], "language": language, "date": date}


def read_residence(text: str) -> tuple[str, Residence]:
    """Return where the patient lives by the labels of a report's head, and what may tell it at a site.

    A label for a state may mean something else (`State: stable`), so that no word behind it is missed.
    """
    said = find_home(text)
    countries, states = said.get("country", []), said.get("state", [])
    country = next((code for each in countries if (code := country_named(each))), "")
    perhaps = tuple(states) if country else (*states, *countries)
    addresses = tuple(part for each in said.get("address", []) for part in _beginnings(each))
    by_state = (home_of(country, each) for each in perhaps)
    by_address = (found for each in addresses if country and (found := in_address(country, each)).startswith(country))
    found = max((*by_state, *by_address, country), key=len)
    elsewhere = "" if country else next(filter(None, map(abroad, countries)), "")
    return found, Residence(state=elsewhere, perhaps=perhaps, addresses=addresses)


def _beginnings(address: str) -> list[str]:
    """Return an address with all the lines that may belong to it, and with fewer."""
    lines = address.splitlines()
    return [", ".join(lines[:count]) for count in range(len(lines), 0, -1)]


def _part(text: str, payload: bytes) -> list[Part]:
    if not text.strip():
        raise Malformed("the report has no text that can be read: it may be a scanned picture")
    jurisdiction, residence = read_residence(text)
    value = case_of_text(text) | {"jurisdiction": jurisdiction}
    document = build_document(value, what="what the report says of the ")
    return [Part("document", digest_of(payload), document, residence=residence)]


def _name(said: dict[str, str]) -> str:
    name = said.get("name", "")
    if not name and (said.get("family") or said.get("given")):
        name = f"{said.get('family', '')}^{said.get('given', '')}".rstrip("^")
    return name_in(name)


def name_in(value: str) -> str:
    """Return the name that a value behind a label begins with, without titles; empty where it is none."""
    name = _TITLES.sub("", _NAME_ENDS.split(value, maxsplit=1)[0].strip())
    return " ".join(name.strip(" ,;").split()) if any(c.isalpha() for c in name) else ""


def number_in(text: str) -> str:
    """Return the number that a value behind a label begins with, empty for none."""
    match = _NUMBER.match(text.strip(" #"))
    return match[0].rstrip("./-") if match and any(c.isdigit() for c in match[0]) else ""


def _case_number(text: str) -> str | None:
    """Return the case number that stands behind its label; elsewhere ten digits may be anything."""
    labelled = find_labelled(text).get("case_number", "")
    found = [number.value for number in find_case_numbers(labelled)]
    return found[0] if len(found) == 1 else None
