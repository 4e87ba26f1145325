"""Where a report says that its patient lives and is called: by labels among those of the patient, and nowhere else.

The patient's are the lines from their first label on that bear nothing but labels of patient and examination, with the
lines that an address goes on in. The head of a letter stands above them; who refers, a hospital, a relative, what is
asked and any line of words end them. Where a doctor stands on the line of the patient's name, the lines are columns of
which a label may be either's. Nothing is taken then, nor where the patient's own labels contradict each other: one that
stands there twice with two values says nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.case_reports.countries import country_in_words
from gateway.case_reports.document import LONGEST_NUMBER
from gateway.case_reports.texts.labels import OF_THE_PATIENT, Labelled, find_labelled, labelled_lines

_OF_THE_BLOCK = frozenset(
    {
        *("name", "family", "given", "birth_date", "sex", "patient_id", "accession_number", "case_number", "study_uid"),
        *("study_date", "report_date", "modality", "country", "state", "address", "telephone", "fax", "mail"),
        *("payer", "insurance"),
    }
)
_MOST_LINES = 20
_MOST_OF_AN_ADDRESS = 3
_LONGEST_ADDRESS, _LONGEST_LINE = 500, 80
_TELEPHONE = re.compile(r"[+(]?\d[\d \t./()-]{4,40}\d(?:[ \t]*(?:ext|x|dw)\.?[ \t]*\d{1,6})?", re.IGNORECASE)
_WHICH = re.compile(
    r"[ \t]*\(?(?:home|mobile|cell|private?|privat|mobil|handy|zu hause|casa|móvil|particular|手机|家庭|h|m|p)\)?\.?$",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"[ \t]+/[ \t]+|[,;、，；]|[ \t]+(?:or|and|oder|und|y|o)[ \t]+")
_POSTAL = re.compile(r"(?<![\d-])\d{4,6}(?:-\d{4})?(?![\d-])|\b[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}\b")
_PLACE = re.compile(r"[^\W\d_]{2}.*\d|\d.*[^\W\d_]{2}|[㐀-鿿].*[路街巷号號村镇鎮区區县縣市省弄栋室]")


class Contacts(NamedTuple):
    """What a report tells of where its patient can be reached."""

    addresses: tuple[str, ...] = ()
    telephones: tuple[str, ...] = ()


_NONE = Contacts()


def find_contacts(text: str) -> Contacts:
    """Return the addresses and telephone numbers that stand behind labels of the patient's."""
    lines = labelled_lines(text)
    start = next(
        (at for at, (_, each) in enumerate(lines) if any(label.field in OF_THE_PATIENT for label in each)), None
    )
    if start is None or not OF_THE_PATIENT & find_labelled(text).keys():
        return _NONE
    if any(label.field not in _OF_THE_BLOCK for label in lines[start][1]):
        return _NONE
    addresses: set[str] = set()
    telephones: dict[str, set[str]] = {}
    for at, label in _block(lines, start):
        if label.field == "telephone":
            telephones.setdefault(label.label, set()).add(label.value)
        elif label.field == "address" and (address := _address(label, lines[at], lines[at + 1 :])):
            addresses.add(address)
    numbers = (each for values in telephones.values() if len(values) == 1 for each in _numbers(*values))
    return Contacts(tuple(addresses) if len(addresses) == 1 else (), tuple(dict.fromkeys(numbers)))


_Line = tuple[str, list[Labelled]]


def _block(lines: Sequence[_Line], start: int) -> Iterator[tuple[int, Labelled]]:
    """Yield the labels of the patient's lines with the line of each."""
    goes_on = 0
    for at, (line, labels) in enumerate(lines[start : start + _MOST_LINES], start):
        if not labels and (goes_on or not line.strip()):
            goes_on = max(goes_on - bool(line.strip()), 0)
            continue
        if not labels or labels[0].start > len(line) - len(line.lstrip(" \t*•-")):
            return
        for label in labels:
            if label.field not in _OF_THE_BLOCK:
                return
            yield at, label
        goes_on = len(_rest_of_address(lines[at + 1 :])) if labels[-1].field == "address" else 0


def _numbers(value: str) -> list[str]:
    parts = (_WHICH.sub("", each.strip()) for each in _SEVERAL.split(value))
    return [each for each in parts if len(each) <= LONGEST_NUMBER and _TELEPHONE.fullmatch(each)]


def _address(label: Labelled, line: _Line, below: Sequence[_Line]) -> str:
    """Return an address with the lines that it goes on in; empty for words that name no place."""
    more = _rest_of_address(below) if label is line[1][-1] and not _POSTAL.search(label.value) else []
    whole = ", ".join([label.value.rstrip(" ,;"), *more])
    return whole if _PLACE.search(whole) and len(whole) <= _LONGEST_ADDRESS else ""


def _rest_of_address(below: Sequence[_Line]) -> list[str]:
    """Return the lines below an address that end with one that bears a postal code, and a country below that."""
    unlabelled: list[str] = []
    for line, labels in below[:_MOST_OF_AN_ADDRESS]:
        if labels or not line.strip() or len(line) > _LONGEST_LINE:
            break
        unlabelled.append(line.strip(" \t,;"))
    end = next((at for at, line in enumerate(unlabelled, 1) if _POSTAL.search(line)), 0)
    return unlabelled[: end + 1] if end and any(map(country_in_words, unlabelled[end : end + 1])) else unlabelled[:end]
