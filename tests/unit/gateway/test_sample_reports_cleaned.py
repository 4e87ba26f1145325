"""What the samples' headers and cases tell of a patient is in no words for the reader, however a report writes it.

Each sample study and its case go through the node's own intake, match and cleaning; before that the report, which the
samples write in three languages, is told more of the patient: names in their own script and romanised, with commas,
capitals and spelt-out umlauts, dates in words and figures, identifiers with separators, relatives, addresses and staff.
What says so is the table of planted identities that `sample_studies` writes beside its images.
"""

import re
import unicodedata
from datetime import date

import pytest

from gateway.case_words import words_view
from gateway.decisions import match_by_person
from gateway.pipeline.match import match_study
from gateway.pipeline.outcome import Outcome
from sample_studies.cases import case_document
from sample_studies.catalogue import CATALOGUE
from sample_studies.plan import SMALL
from sample_studies.planted import planted_in
from sample_studies.write import write

PLANS = [(plan, acquisition) for plan, acquisition in CATALOGUE if plan.case is not None]
MONTHS = (
    "January February March April May June July August September October November December",
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
)
LATIN, SHORTEST, SHORTEST_TOLD = 0x2E7F, 7, 5
NUMERALS = "〇一二三四五六七八九"


def spellings(name: str) -> list[str]:
    """Return the ways in which a report writes a person's name."""
    found = []
    for group in filter(None, name.split("=")):
        parts = [part for part in group.split("^") if part]
        family, given = parts[0].removeprefix("Dr. ").removeprefix("Prof. "), parts[1] if len(parts) > 1 else ""
        if all(ord(letter) > LATIN for letter in "".join(parts)):
            found += [given, "".join(parts), " ".join(parts), " ".join("".join(parts)), "·".join(parts)]
            continue
        for each in dict.fromkeys((family, plain(family), spelt_out(family))):
            found += [f"{given} {each}".strip(), f"{each}, {given}".strip(", "), each.upper(), f"{given[:1]}. {each}"]
        found += [f"{family} {'-'.join(given.split())}", given]
    return list(dict.fromkeys(filter(None, found)))


def plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def spelt_out(text: str) -> str:
    return text.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}))


def numbers(value: str) -> list[str]:
    """Return an identifier as it is, without its separators, with others, in groups, and its digits alone."""
    bare = re.sub(r"\W", "", value)
    digits = max(re.findall(r"\d+", value), key=len)
    alone = [digits] if len(digits) >= SHORTEST else []
    grouped = [[each[start : start + 3] for start in range(0, len(each), 3)] for each in (bare, *alone)]
    forms = [value, bare, bare.lower(), value.replace("-", " "), value.replace("-", "/"), *alone]
    return [*forms, *(sign.join(groups) for groups in grouped for sign in (" ", "-", "."))]


def days(value: str) -> list[str]:
    """Return a date in figures and words."""
    day = date.fromisoformat(value)
    native = "".join(NUMERALS[int(digit)] for digit in f"{day:%Y}")
    english, german, spanish = (names.split()[day.month - 1] for names in MONTHS)
    words = [f"{native}年{count(day.month)}月{count(day.day)}日", f"{day.year}年{day.month}月{day.day}日"]
    words += [f"{day.day} {english} {day.year}", f"{english} {day.day}, {day.year}", f"{day.day}. {german} {day.year}"]
    words += [f"{day.day} de {spanish} de {day.year}"]
    return [f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%d.%m.%Y}", f"{day:%m/%d/%Y}", f"{day:%d %b %Y}", *words]


def count(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else NUMERALS[tens]) + "十") * bool(tens) + NUMERALS[ones] * bool(ones)


def letters(text: str) -> str:
    return re.sub(r"[\W_]", "", spelt_out(unicodedata.normalize("NFKC", text)).casefold())


def told_more(text: str, forms: list[str]) -> str:
    return "\n".join((text, *(f"Compare {form} (as above)." for form in forms)))


@pytest.mark.parametrize(("plan", "acquisition"), PLANS, ids=[plan.slug for plan, _ in PLANS])
def test_nothing_known_of_a_sample_patient_reaches_the_reader_in_any_form(gate, tmp_path, plan, acquisition) -> None:
    who, planted = plan.patient, planted_in(plan)
    names = [form for name in planted["names"] if "^" in name for form in spellings(name)]
    names += [form for name in vars(plan.staff).values() for form in spellings(name)]
    ids = [form for each in (*planted["ids"], plan.accession, plan.study_id) for form in numbers(each)]
    dates = [form for each in planted["dates"] for form in days(each)]
    forms = list(dict.fromkeys((*names, *ids, *dates, who.street, who.phone)))
    document = case_document(plan, plan.case)
    document["report"]["text"] = told_more(document["report"]["text"], forms)
    number = gate.case(**document)
    gate.receive(write(tmp_path / "IM1", plan, next(iter(acquisition(plan, SMALL)))).read_bytes())
    if match_study(gate.node, 1) is Outcome.WAIT:
        match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    with gate.node.identity.write() as session:
        view = words_view(session, gate.node, gate.study().study_uid)
    words = view["report"]
    lines = [line for line in words.splitlines() if line.startswith("Compare ")]
    assert len(lines) == len(forms)
    assert [form for form, line in zip(forms, lines, strict=True) if letters(form) in letters(line)] == []
    whole = [part for each in (*planted["names"], *planted["ids"]) for part in re.split(r"[\^=]", each) if part]
    telling = [part for part in whole if len(part) >= (2 if part[0] > chr(LATIN) else SHORTEST_TOLD)]
    assert [part for part in telling if letters(part) in letters(words + view["question"])] == []
