"""One row of a list as a case document.

A cell that begins like a formula is text and nothing else; it is never computed, and a number that a spreadsheet
turned into another one (1.23E+10) is refused, since it names somebody else.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from config.case_number import half_width
from config.errors import Malformed
from gateway.attachments.language import language_named
from gateway.case_reports.countries import home_of, needs_state
from gateway.case_reports.dates import Order, find_date
from gateway.case_reports.document import LONGEST_NUMBER, CaseDocument, build_document
from gateway.case_reports.modality_words import modality_in
from gateway.case_reports.residence import Residence, read_homes

_ORDERS = {"order_number": "", "placer_number": "placer", "filler_number": "filler"}
_NUMBERS = ("case_number", "patient_id", "accession_number", "study_uid", *_ORDERS)
_ENDED = """
    ca cancelled canceled cancel discontinued revoked withdrawn void storniert storno abgesagt abgebrochen zurückgezogen
    cancelado cancelada anulado anulada suspendido suspendida 取消 已取消 作废 已作废 撤销 已撤销
"""
_CANCELLED = frozenset(_ENDED.split())
_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)
_IS_ROUNDED = "the spreadsheet has rounded the number to 15 digits; make the column text and enter the number again"
_FORMULA = re.compile(r"^[=@]|^[+-](?!\d)")
_SEX = {
    word: sex
    for sex, words in (
        ("M", "m male männlich mann masculino hombre varón 男"),
        ("F", "f female w weiblich frau femenino mujer 女"),
        ("O", "o other d divers otro"),
    )
    for word in words.split()
}
_PAYERS = {
    word: payer
    for payer, words in (
        ("self", "self patient selbstzahler particular paciente 自费"),
        ("hospital", "hospital krankenhaus klinik 医院"),
        ("insurer", "insurer insurance versicherung krankenkasse seguro aseguradora 保险 医保"),
    )
    for word in words.split()
}
_RELEASE = {
    word: to
    for to, words in (("hospital", "hospital krankenhaus klinik 医院"), ("patient", "patient paciente 患者"))
    for word in words.split()
}


def sex_words(values: Iterable[str]) -> Mapping[str, str]:
    """Return what the words of a list's sex column mean: beside H and V (hombre, varón) M stands for mujer."""
    said = {each.strip().casefold() for each in values}
    if said & {"h", "v"}:
        return _SEX | {"h": "M", "v": "M", "m": "F"}
    return _SEX


def plain_case_number(cell: str) -> str:
    """Return a case number as it is without the blanks and hyphens that people write into it."""
    return re.sub(r"[ -]", "", half_width(cell))


def is_rounded(cell: str) -> bool:
    """Say whether a cell is a number of which a spreadsheet has kept only the first digits."""
    return _ROUNDED.fullmatch(cell.strip()) is not None


def read_row(cells: Mapping[str, str], order: Order, sexes: Mapping[str, str]) -> CaseDocument:
    """Return a row's document; `cells` by what their columns mean.

    Raises:
        Malformed: a cell that cannot be what its column says; the message names the column, never the cell.
    """
    for name in _NUMBERS:
        if is_rounded(cells.get(name, "")):
            raise Malformed(f"{name}: {_IS_ROUNDED}")
    for name in (*_NUMBERS, "name", "family", "given"):
        if _FORMULA.match(cells.get(name, "")):
            raise Malformed(f"{name}: a formula names nobody; keep the value itself")
    name = cells.get("name") or "^".join((cells.get("family", ""), cells.get("given", ""))).rstrip("^")
    ids = [{"id": cells["patient_id"], "issuer": cells.get("issuer", "")}] if cells.get("patient_id") else []
    if not name and not ids:
        raise Malformed("the row names no patient")
    accessions, issuer = _several(cells, "accession_number"), cells.get("accession_issuer", "")
    value: dict[str, Any] = {
        "case_number": plain_case_number(cells.get("case_number", "")) or None,
        "patient": {
            "name": name,
            "birth_date": _date(cells, "birth_date", order),
            "sex": _word(cells, "sex", sexes),
            "ids": ids,
            "addresses": [each for each in [cells.get("address", "")[:500]] if each],
            "telephones": [each for each in [cells.get("telephone", "")[:LONGEST_NUMBER]] if each],
        },
        "accession_numbers": accessions,
        "accession_issuers": [{"id": each, "issuer": issuer} for each in accessions if issuer],
        "study_uids": _several(cells, "study_uid"),
        "orders": [{"id": each, "issuer": role} for name, role in _ORDERS.items() for each in _several(cells, name)],
        "study_date": _date(cells, "study_date", order),
        "modality": _modality(cells),
        "body_part": cells.get("body_part", "")[:64],
        "requested_studies": _requested(cells),
        "question": cells.get("question", ""),
        "referrer": cells.get("referrer", ""),
        "payer": _word(cells, "payer", _PAYERS),
        "jurisdiction": read_residence(cells)[0],
    }
    if cells.get("report"):
        date = _date(cells, "report_date", order)
        language = language_named(cells.get("language", ""))
        value["report"] = {"text": cells["report"], "language": language, "date": date}
    if cells.get("release_to"):
        days = _count(cells, "release_after_days")
        value["release"] = {"to": _word(cells, "release_to", _RELEASE) or "hospital", "after_days": days}
    return build_document(value, what="")


def is_cancelled(cells: Mapping[str, str]) -> bool:
    """Say whether a row cancels its order: by its status, in any of the four languages.

    Raises:
        Malformed: it names no order that could be cancelled.
    """
    if cells.get("order_status", "").strip().casefold() not in _CANCELLED:
        return False
    if not any(cells.get(name) for name in ("case_number", "accession_number", "study_uid", *_ORDERS)):
        raise Malformed("order_status: the row names no order to cancel; tell its number")
    return True


def read_residence(cells: Mapping[str, str]) -> tuple[str, Residence]:
    """Return where a row's patient lives: as it is told, its state beside it, or the state alone."""
    told, state = cells.get("jurisdiction", ""), cells.get("state", "")
    if not told:
        return read_homes([("", state)])
    found = (home_of(told, state) if state and "-" not in told else "") or told
    return found, read_homes([(told, state)])[1] if needs_state(found) else Residence()


def _requested(cells: Mapping[str, str]) -> list[dict[str, Any]]:
    series, instances = _count(cells, "series"), _count(cells, "instances")
    modality, part = _modality(cells), cells.get("body_part", "")[:64]
    described = cells.get("description", "")[:1000]
    if not any((series, instances, modality, part, described)):
        return []
    counted = {"series": series or None, "instances": instances or None}
    return [{"modality": modality, "body_part": part, "description": described} | counted]


def _modality(cells: Mapping[str, str]) -> str:
    """Return the modality that a row names, else the one that the name of its examination tells."""
    return modality_in(cells.get("modality", "")) or modality_in(cells.get("description", ""))


def _date(cells: Mapping[str, str], name: str, order: Order) -> str:
    text = cells.get(name, "")
    found = find_date(text, order)
    if text and not found:
        raise Malformed(f"{name}: not a date that can only be read one way; write YYYY-MM-DD")
    return found


def _several(cells: Mapping[str, str], name: str) -> list[str]:
    return [each for each in re.split(r"[;,\s]+", cells.get(name, "")) if each]


def _count(cells: Mapping[str, str], name: str) -> int | None:
    text = cells.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise Malformed(f"{name}: not a whole number")
    return int(text)


def _word(cells: Mapping[str, str], name: str, words: Mapping[str, str]) -> str:
    text = cells.get(name, "").strip().casefold()
    if text and text not in words:
        raise Malformed(f"{name}: none of the words that are known here")
    return words.get(text, "")
