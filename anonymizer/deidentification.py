"""De-identify one object: read it whole, refuse or clean it, then write; nothing is written before that."""

import struct
from functools import lru_cache
from typing import BinaryIO

from anonymizer.charset import UTF8
from anonymizer.cleaning import Cleaned, Cleaner
from anonymizer.cutting import cutter
from anonymizer.element import PIXEL_DATA, Element, Encoding
from anonymizer.errors import CannotDeidentify
from anonymizer.header import RECOGNIZABLE_VISUAL_FEATURES, Header
from anonymizer.icon import ICON, STORED_PIXELS, rebuilt_icon
from anonymizer.keyed import date_shift_days, map_uid
from anonymizer.kinds import options_of_kind, profile_for, without_pixels
from anonymizer.markers import MARKED, SPECIFIC_CHARACTER_SET, applied_options, markers
from anonymizer.memory import Surroundings, identifying_bytes, may_remember, memory_of
from anonymizer.part10 import Part10, open_part10
from anonymizer.profile import Profile
from anonymizer.refusals import check_class, check_face, check_pixels, check_shutter, check_video
from anonymizer.report import Context, Report, summed
from anonymizer.stored_pixels import bound_pixels
from anonymizer.temporal import age_at, parse_date
from anonymizer.writing import are_ascii, encoded, text_value, write_part10

_MEDIA_STORAGE = {0x00080016: 0x00020002, 0x00080018: 0x00020003}
SOP_CLASS_UID, SOP_INSTANCE_UID = 0x00080016, 0x00080018
STUDY_INSTANCE_UID, SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E
PATIENT_NAME, PATIENT_ID = 0x00100010, 0x00100020
PATIENT_AGE, SHUTTER_SHAPE = 0x00101010, 0x00181600
# What the results get whatever their originals had.
PLACED = frozenset({SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID})
PLACED |= {SPECIFIC_CHARACTER_SET, PATIENT_NAME, PATIENT_ID, PATIENT_AGE} | MARKED


def deidentify(source: BinaryIO, sink: BinaryIO, context: Context) -> Report:
    """Write the de-identified form of a Part 10 file.

    `source` must be seekable. Pixel data is copied in its transfer syntax without decoding, in constant memory.
    Raises Refused when nobody can vouch for the result and CannotDeidentify when the input cannot be read; in both
    cases nothing was written, unless the source changed while it was copied.
    """
    try:
        original = open_part10(source, cutter("originals"))
        header = Header(original)
        report, elements = _cleaned(original, header, context)
    except (struct.error, RecursionError):
        raise CannotDeidentify("malformed", "The elements of the file cannot be taken apart.") from None
    write_part10(original, elements, sink, sop_class_uid=report.sop_class_uid, sop_instance_uid=report.sop_instance_uid)
    return report


def _cleaned(original: Part10, header: Header, context: Context) -> tuple[Report, list[Element]]:
    uids = _identifying_uids(original, header, context.profile)
    sop_class_uid = uids[SOP_CLASS_UID]
    profile = profile_for(context.profile, sop_class_uid)
    check_shutter(sop_class_uid, header.text(SHUTTER_SHAPE))
    if not context.vouched:
        check_video(original.transfer_syntax_uid)
        if not context.faceless:
            check_face(sop_class_uid, context.profile, header.face_facts)
        check_pixels(sop_class_uid, header.pixel_facts())
    cleaned = _clean(original, context, profile, sop_class_uid)
    kept = cleaned.kept
    published = uids
    if "retain-uids" not in profile.options:
        published = {tag: map_uid(context.key, site=context.site, uid=uid) for tag, uid in uids.items()}
    for tag, uid in published.items():
        kept[tag] = _text(tag, "UI", uid, original.encoding)
    rules = {rule for _, rule, _ in cleaned.counts} | options_of_kind(sop_class_uid)
    rules |= {f"retain-{dates}-dates" for _, _, dates in cleaned.counts if dates}
    applied = _complete(kept, header, context, profile, rules, original.encoding)
    if without_pixels(sop_class_uid):
        for tag in PIXEL_DATA:
            kept.pop(tag, None)
    bound_pixels(kept, header, original.fetch, original.transfer_syntax_uid)
    wants_icon = header.has(ICON) and ICON not in (tag for tag, _ in profile.overrides)
    if wants_icon and not context.vouched and not context.faceless:
        icon = rebuilt_icon(header, kept.get(STORED_PIXELS), original.fetch, original.encoding)
        kept |= {ICON: icon} if icon is not None else {}
    report = Report(
        sop_class_uid=sop_class_uid,
        sop_instance_uid=published[SOP_INSTANCE_UID],
        series_instance_uid=published[SERIES_INSTANCE_UID],
        study_instance_uid=published[STUDY_INSTANCE_UID],
        profile=context.profile.name,
        edition=context.profile.edition,
        counts=summed(cleaned.counts, 0),
        rules=summed(cleaned.counts, 1),
        removed_private=cleaned.removed_private,
        options=applied.options,
        content_items=dict(sorted(cleaned.content_counts.items())),
        lacks_icon=wants_icon and ICON not in kept,
        notes=("recognizable-visual-features",) if header.text(RECOGNIZABLE_VISUAL_FEATURES) == "YES" else (),
    )
    return report, list(kept.values())


def _clean(original: Part10, context: Context, profile: Profile, sop_class_uid: str) -> Cleaned:
    """Clean what the object has, from memory where its elements can be looked at one by one."""
    shift = date_shift_days(context.key, site=context.site, patient_scope=context.patient_scope)

    def cleaner() -> Cleaner:
        return Cleaner(
            key=context.key,
            site=context.site,
            shift=shift,
            pseudonym=context.pseudonym,
            profile=profile,
            sop_class_uid=sop_class_uid,
            elements=original.elements(),
            encoding=original.encoding,
            fetch=original.fetch,
            known=context.known,
        )

    identifying = identifying_bytes(original)
    if identifying is None or not may_remember(profile, sop_class_uid):
        return cleaner().clean()
    surroundings = Surroundings(
        context.key, context.site, shift, context.pseudonym, profile, sop_class_uid, identifying
    )
    memory = memory_of(surroundings, cleaner, PLACED)
    return cleaner().clean() if memory is None else memory.clean(original)


@lru_cache(maxsize=1024)
def _text(tag: int, vr: str, value: str, encoding: Encoding) -> Element:
    return encoded(Element(tag, vr, text_value(vr, value)), encoding)


def _identifying_uids(original: Part10, header: Header, profile: Profile) -> dict[int, str]:
    """Return the four UIDs that place an instance; class and instance may stand in the file meta only."""
    uids = {}
    for tag in (SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID):
        uid = header.text(tag) or original.meta.get(_MEDIA_STORAGE.get(tag, 0), "")
        if tag == SOP_CLASS_UID and uid:
            check_class(uid, profile)
        if not uid:
            raise CannotDeidentify(
                "missing-uid", "The object does not say which class, instance, series or study it is."
            )
        uids[tag] = uid
    return uids


def _complete(
    kept: dict[int, Element], header: Header, context: Context, profile: Profile, rules: set[str], encoding: Encoding
) -> Profile:
    """Put in what every result has: pseudonym, the age a reader needs, markers, and the character set of the text.

    Returns the profile with the options that were applied: by one of the `rules` that decided, or here.
    """
    for tag, vr in ((PATIENT_NAME, "PN"), (PATIENT_ID, "LO")):
        kept[tag] = _text(tag, vr, context.pseudonym, encoding)
    keeps_age = "retain-patient-characteristics" in profile.options and profile.action(PATIENT_AGE) == "K"
    if keeps_age and PATIENT_AGE not in kept:
        birth, study = parse_date(header.text(0x00100030)), parse_date(header.text(0x00080020))
        age = age_at(birth, study) if birth and study else ""
        if age:
            kept[PATIENT_AGE] = _text(PATIENT_AGE, "AS", age, encoding)
            rules.add("retain-patient-characteristics")
    applied = applied_options(profile, rules)
    for marker in _markers(applied, "retain-full-dates" in rules, encoding):
        kept[marker.tag] = marker
    kept.pop(SPECIFIC_CHARACTER_SET, None)
    if not are_ascii(kept.values()):
        kept[SPECIFIC_CHARACTER_SET] = _text(SPECIFIC_CHARACTER_SET, "CS", UTF8, encoding)
    return applied


@lru_cache(maxsize=64)
def _markers(profile: Profile, full_dates: bool, encoding: Encoding) -> tuple[Element, ...]:
    return tuple(encoded(marker, encoding) for marker in markers(profile, full_dates=full_dates))
