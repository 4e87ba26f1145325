"""The content tree of a second read (PS3.16 TID 2000, Basic Diagnostic Imaging Report).

Root, language, observer, procedure; then one section a heading with its text, in the order a radiologist dictates them.
The relationships are those Enhanced SR allows (PS3.3 A.35.2.3.1.2), so that old viewers show the document.
"""

from collections.abc import Collection
from datetime import tzinfo

from highdicom.sr import (
    CodeContentItem,
    CodedConcept,
    ContainerContentItem,
    ContentItem,
    ContentSequence,
    ImageContentItem,
    LanguageOfContentItemAndDescendants,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    RelationshipTypeValues,
    TextContentItem,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from worklist.reports import codes as concepts
from worklist.reports.person_name import to_person_name
from worklist.reports.plain_text import clean_text
from worklist.reports.script import language_of
from worklist.reports.view import AddendumView, ReadView

_CONTAINS = RelationshipTypeValues.CONTAINS


def content_tree(view: ReadView, multi_frame: Collection[str], zone: tzinfo) -> ContentSequence:
    """Return the document's root container.

    `multi_frame` names the images whose frames may be referenced, `zone` the offset from UTC the object states.
    """
    root = ContainerContentItem(name=concepts.DOCUMENT_TITLE, is_content_continuous=False, template_id="2000")
    root.ContentSequence = ContentSequence()
    root.ContentSequence.extend(LanguageOfContentItemAndDescendants(concepts.language(language_of(view))))
    if view.study.modality in concepts.PROCEDURES:
        root.ContentSequence.append(_procedure(concepts.PROCEDURES[view.study.modality]))
    root.ContentSequence.extend(_observer(view.reader, view.node_name))
    sections = (
        _text_section(concepts.REQUEST, concepts.REQUEST, view.question),
        _text_section(concepts.CURRENT_PROCEDURE, concepts.PROCEDURE_DESCRIPTION, view.study.description),
        _text_section(concepts.FINDINGS, concepts.FINDING, view.findings),
        _text_section(concepts.IMPRESSIONS, concepts.IMPRESSION, view.impression),
        _text_section(concepts.RECOMMENDATIONS, concepts.RECOMMENDATION, view.recommendation),
        _section(concepts.COMPARISON, _comparison(view)),
        _section(concepts.KEY_IMAGES, _key_images(view, multi_frame)),
        *(_addendum(view, addendum, zone) for addendum in view.addenda),
    )
    root.ContentSequence.extend(section for section in sections if section is not None)
    return ContentSequence([root], is_root=True)


def _procedure(procedure: Code) -> CodeContentItem:
    return CodeContentItem(concepts.PROCEDURE_REPORTED, procedure, RelationshipTypeValues.HAS_CONCEPT_MOD)


def _observer(reader: str, organization: str) -> ContentSequence:
    person = PersonObserverIdentifyingAttributes(to_person_name(reader), organization_name=organization)
    return ObserverContext(CodedConcept.from_code(codes.DCM.Person), person)


def _section(heading: Code, items: list[ContentItem]) -> ContainerContentItem | None:
    if not items:
        return None
    section = ContainerContentItem(name=heading, is_content_continuous=False, relationship_type=_CONTAINS)
    section.ContentSequence = ContentSequence(items)
    return section


def _text_section(heading: Code, element: Code, text: str) -> ContainerContentItem | None:
    return _section(heading, [_text(element, text)] if clean_text(text) else [])


def _text(element: Code, text: str) -> TextContentItem:
    return TextContentItem(element, clean_text(text).replace("\n", "\r\n"), _CONTAINS)


def _comparison(view: ReadView) -> list[ContentItem]:
    answers = (
        (concepts.AGREEMENT, concepts.AGREEMENT_VALUES.get(view.agreement or "")),
        (concepts.RADPEER, concepts.RADPEER_VALUES.get(view.radpeer or "")),
        (concepts.DIAGNOSIS_CHANGED, _yes_no(view.diagnosis_changed)),
        (concepts.TREATMENT_CHANGED, _yes_no(view.treatment_changed)),
    )
    return [CodeContentItem(name, value, _CONTAINS) for name, value in answers if value is not None]


def _yes_no(answer: bool | None) -> Code | None:
    return None if answer is None else concepts.YES_NO_VALUES[answer]


def _key_images(view: ReadView, multi_frame: Collection[str]) -> list[ContentItem]:
    return [
        ImageContentItem(
            name=concepts.BEST_ILLUSTRATION,
            referenced_sop_class_uid=image.sop_class_uid,
            referenced_sop_instance_uid=image.sop_instance_uid,
            referenced_frame_numbers=image.frame if image.sop_instance_uid in multi_frame else None,
            relationship_type=_CONTAINS,
        )
        for image in view.key_images
    ]


def _addendum(view: ReadView, addendum: AddendumView, zone: tzinfo) -> ContainerContentItem | None:
    text = _text(concepts.ADDENDUM, addendum.text)
    text.ObservationDateTime = f"{addendum.signed_at.astimezone(zone):%Y%m%d%H%M%S}"  # type: ignore[assignment]
    return _section(concepts.ADDENDUM, [*_observer(addendum.reader, view.node_name), text])
