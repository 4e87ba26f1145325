"""What a report says, from top to bottom."""

from collections.abc import Iterable

from reportlab.platypus import Flowable, HRFlowable, Spacer

from worklist.reports import blocks, styles
from worklist.reports.dates import age_words, date_words, time_words, utc_words
from worklist.reports.furniture import head
from worklist.reports.markup import NOT_PRINTABLE
from worklist.reports.person_name import to_words
from worklist.reports.view import AddendumView, KeyImage, ReadView, StudyView, Subject
from worklist.reports.words import AGREEMENT_WORDS, RADPEER_WORDS, SEX_WORDS, YES_NO

TITLE = "Second-read report"
PSEUDONYMOUS = "Pseudonymous copy: the patient is shown under a pseudonym, and dates may be shifted."
_MISSING = f"Characters shown as {NOT_PRINTABLE} cannot be printed here; the DICOM structured report holds them."
_HALF = styles.TEXT_WIDTH / 2


def story(view: ReadView, *, has_missing_characters: bool) -> list[Flowable]:
    """Return the flowables of the whole report."""
    read = [
        *_section("Clinical question", view.question),
        *_section("Findings", view.findings),
        *_impression(view),
        *_section("Recommendation", view.recommendation),
        *_comparison(view),
        *_key_images(view),
    ]
    return [
        *_head(view),
        *_notices(view),
        *_subject_and_study(view),
        *blocks.kept_with_next(read),
        *_signature(view),
        *(part for number, addendum in enumerate(view.addenda, 1) for part in _addendum(number, addendum)),
        *([Spacer(0, 8), blocks.line_of(_MISSING, styles.SMALL)] if has_missing_characters else []),
    ]


def subject_line(view: ReadView) -> str:
    """Return whom the report is about in one line, for the head of every further page."""
    subject = view.subject
    born = f"born {date_words(subject.birth_date)}" if subject.birth_date else ""
    return " · ".join(filter(None, (to_words(subject.name), subject.patient_id, born)))


def _head(view: ReadView) -> list[Flowable]:
    return head(TITLE, view.node_name, "Prepared for", view.site_display_name)


def _notices(view: ReadView) -> list[Flowable]:
    count = len(view.addenda)
    addenda = f"This report has {count} addend{'um' if count == 1 else 'a'}: see the end." if count else ""
    notices = [text for text in ("" if view.identified else PSEUDONYMOUS, addenda) if text]
    if not notices:
        return []
    paragraphs = [blocks.line_of(text, styles.NOTICE) for text in notices]
    return [blocks.panel([paragraphs], [styles.TEXT_WIDTH], styles.WARNING_PANEL), Spacer(0, 6)]


def _subject_and_study(view: ReadView) -> list[Flowable]:
    width = _HALF - 16
    patient = blocks.facts("Patient", _subject_facts(view.subject, view.case_number), width)
    study = blocks.facts("Study", _study_facts(view.study), width)
    return [blocks.panel([patient, study], [_HALF, _HALF], styles.PANEL), Spacer(0, 2)]


def _subject_facts(subject: Subject, case_number: str) -> Iterable[tuple[str, str]]:
    sex_and_age = filter(None, (SEX_WORDS.get(subject.sex, subject.sex), age_words(subject.age)))
    return (
        ("Name", to_words(subject.name)),
        ("Patient ID", f"{subject.patient_id} ({subject.issuer})" if subject.issuer else subject.patient_id),
        ("Birth date", date_words(subject.birth_date)),
        ("Sex, age", ", ".join(sex_and_age)),
        ("Case", case_number),
    )


def _study_facts(study: StudyView) -> Iterable[tuple[str, str]]:
    return (
        ("Study", study.description),
        ("Modality", " · ".join(filter(None, (study.modality, study.body_part)))),
        ("Date", f"{date_words(study.study_date)} {time_words(study.study_time)}".strip()),
        ("Accession no.", study.accession_number),
        ("Referrer", to_words(study.referring_physician)),
    )


def _section(title: str, text: str) -> list[Flowable]:
    paragraphs = blocks.prose(text)
    return [*blocks.heading(title), *paragraphs] if paragraphs else []


def _impression(view: ReadView) -> list[Flowable]:
    panel = blocks.emphasised(view.impression)
    return [*blocks.heading("Impression"), *panel] if panel else []


def _comparison(view: ReadView) -> list[Flowable]:
    changes = (("Diagnosis changed", view.diagnosis_changed), ("Treatment changed", view.treatment_changed))
    pairs = [(label, YES_NO[answer]) for label, answer in changes if answer is not None]
    if view.radpeer:
        pairs.insert(0, ("RADPEER", f"{view.radpeer}: {RADPEER_WORDS[view.radpeer]}"))
    rows: list[Flowable] = []
    if view.agreement:
        rows.append(blocks.dotted(AGREEMENT_WORDS[view.agreement], styles.AGREEMENT_COLOURS[view.agreement]))
    rows += [blocks.fact(label, value) for label, value in pairs]
    return [blocks.together([*blocks.heading("Comparison with the original report"), *rows])] if rows else []


def _key_images(view: ReadView) -> list[Flowable]:
    images = [
        blocks.line_of(_key_image(number, image), styles.SMALL) for number, image in enumerate(view.key_images, 1)
    ]
    return [*blocks.heading("Key images"), *images] if images else []


def _key_image(number: int, image: KeyImage) -> str:
    place = image.label or ("" if image.frame is None else f"Frame {image.frame}")
    return f"{number}. " + " · ".join(filter(None, (place, image.sop_instance_uid)))


def _signature(view: ReadView) -> list[Flowable]:
    signer = [
        blocks.line_of("Electronically signed by", styles.LABEL),
        blocks.line_of(_display(view.reader), styles.STRONG_VALUE),
        blocks.line_of(view.reader_specialty, styles.VALUE),
    ]
    time = [
        blocks.line_of("on", styles.LABEL_RIGHT),
        blocks.line_of(utc_words(view.signed_at), styles.STRONG_VALUE_RIGHT),
        blocks.line_of(view.node_name, styles.VALUE_RIGHT),
    ]
    uid = blocks.line_of(f"Study Instance UID {view.study.study_uid}", styles.SMALL)
    rule = HRFlowable(width="100%", thickness=1, color=styles.ACCENT, spaceBefore=0, spaceAfter=5)
    return [blocks.together([Spacer(0, 12), rule, blocks.columns([signer, time], [_HALF, _HALF]), Spacer(0, 2), uid])]


def _addendum(number: int, addendum: AddendumView) -> list[Flowable]:
    signed = f"Electronically signed by {_display(addendum.reader)} on {utc_words(addendum.signed_at)}"
    return [
        *blocks.heading(f"Addendum {number}"),
        *blocks.prose(addendum.text),
        blocks.line_of(signed, styles.SMALL),
    ]


def _display(reader: str) -> str:
    return to_words(reader) if "^" in reader else reader
