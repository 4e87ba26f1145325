"""Second reads as others see them: the JSON form, and the view that the report documents are built from.

A draft is seen by its reader alone; a signed read by everybody whom the gate lets in.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from worklist.models import (
    Addendum,
    Charge,
    PublishedInstance,
    PublishedSeries,
    PublishedStudy,
    Read,
    Reader,
    SiteTerms,
)
from worklist.principal import Principal
from worklist.reports.view import AddendumView, KeyImage, ReadView, StudyView, Subject


def get_read(session: Session, principal: Principal, read_id: str) -> dict[str, Any]:
    """Return a read in its JSON form.

    Raises:
        NotFound: no such read, or somebody else's draft.
    """
    read = session.get(Read, read_id)
    if read is None or (read.state == "draft" and read.reader_id != principal.reader_id):
        raise NotFound("there is no such read")
    return read_entry(session, read)


def read_entry(session: Session, read: Read) -> dict[str, Any]:
    """Return a read, its charge and its addenda in their JSON form."""
    charge = session.scalar(select(Charge).where(Charge.read_id == read.id))
    return {
        "id": read.id,
        "item_id": read.item_id,
        "study_uid": read.study_uid,
        "state": read.state,
        "reader": session.scalar(select(Reader.name).where(Reader.id == read.reader_id)),
        "findings": read.findings,
        "impression": read.impression,
        "recommendation": read.recommendation,
        "agreement": read.agreement,
        "radpeer": read.radpeer,
        "diagnosis_changed": read.diagnosis_changed,
        "treatment_changed": read.treatment_changed,
        "key_images": read.key_images,
        "updated_at": read.updated_at,
        "signed_at": read.signed_at,
        "charge": {"amount_minor": charge.amount_minor, "currency": charge.currency} if charge else None,
        "addenda": [_entry(addendum, reader) for addendum, reader in _addenda(session, read.id)],
    }


def addendum_entry(session: Session, addendum_id: str) -> dict[str, Any]:
    """Return an addendum in its JSON form."""
    addendum = session.get_one(Addendum, addendum_id)
    return _entry(addendum, session.get_one(Reader, addendum.reader_id).name)


def reading_view(session: Session, read_id: str, node_name: str) -> ReadView:
    """Return what the documents of a signed read print, under pseudonyms.

    The gateway replaces the subject, the study and the key images by the original ones for what it sends back.

    Raises:
        NotFound: no signed read of that id.
    """
    read = session.get(Read, read_id)
    if read is None or read.signed_at is None:
        raise NotFound("there is no signed read of that id")
    study = session.get_one(PublishedStudy, read.study_uid)
    reader = session.get_one(Reader, read.reader_id)
    terms = session.get(SiteTerms, study.site)
    return ReadView(
        read_id=read.id,
        reader=reader.name,
        reader_specialty=reader.specialty or "",
        site_display_name=terms.display_name if terms else study.site,
        node_name=node_name,
        subject=Subject(name=study.pseudonym, patient_id=study.pseudonym, sex=study.sex or "", age=study.age or ""),
        study=_study_view(study),
        case_number=study.case_number or "",
        question=study.question or "",
        findings=read.findings,
        impression=read.impression,
        recommendation=read.recommendation,
        agreement=read.agreement,
        radpeer=read.radpeer,
        diagnosis_changed=read.diagnosis_changed,
        treatment_changed=read.treatment_changed,
        key_images=_key_images(session, read),
        signed_at=read.signed_at,
        addenda=tuple(
            AddendumView(text=addendum.text, reader=name, signed_at=addendum.signed_at)
            for addendum, name in _addenda(session, read_id)
        ),
        identified=False,
    )


def _study_view(study: PublishedStudy) -> StudyView:
    return StudyView(
        study_uid=study.study_uid,
        study_date=study.study_date or "",
        study_time=study.study_time or "",
        description=study.description or "",
        modality=study.modality,
        body_part=study.body_part or "",
    )


def _key_images(session: Session, read: Read) -> tuple[KeyImage, ...]:
    """Return the key images; a frame is named only where there are several (PS3.3 table 10-3)."""
    uids = {image["sop_instance_uid"] for image in read.key_images}
    found = session.execute(
        select(PublishedInstance, PublishedSeries.number)
        .join(PublishedSeries, PublishedSeries.series_uid == PublishedInstance.series_uid)
        .where(PublishedInstance.sop_instance_uid.in_(uids))
    )
    places = {row.PublishedInstance.sop_instance_uid: row for row in found}
    return tuple(
        _key_image(row.PublishedInstance, row.number, image["frame"])
        for image in read.key_images
        if (row := places.get(image["sop_instance_uid"])) is not None
    )


def _key_image(instance: PublishedInstance, series_number: int | None, frame: int) -> KeyImage:
    several = instance.frames > 1
    numbers = (("series", series_number), ("image", instance.number), ("frame", frame if several else None))
    return KeyImage(
        sop_class_uid=instance.sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
        frame=frame if several else None,
        label=", ".join(f"{word} {number}" for word, number in numbers if number is not None).capitalize(),
    )


def _entry(addendum: Addendum, reader: str) -> dict[str, Any]:
    return {"id": addendum.id, "reader": reader, "text": addendum.text, "signed_at": addendum.signed_at}


def _addenda(session: Session, read_id: str) -> list[tuple[Addendum, str]]:
    query = (
        select(Addendum, Reader.name)
        .join(Reader, Reader.id == Addendum.reader_id)
        .where(Addendum.read_id == read_id)
        .order_by(Addendum.signed_at, Addendum.id)
    )
    return [(row.Addendum, row.name) for row in session.execute(query)]
