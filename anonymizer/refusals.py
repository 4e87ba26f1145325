"""Refuse what the rules cannot vouch for: literal tables of SOP classes and of signs of text in the pixels.

A person who has looked at the image may vouch for its pixels; nobody can vouch for a kind of object that is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from anonymizer.attribute_types import known_class
from anonymizer.device_banners import Device, banners_of
from anonymizer.errors import Refused
from anonymizer.kinds import PRESENTATION_STATES, in_families, without_pixels
from anonymizer.profile import Profile
from anonymizer.recognizable import CODE, OPTION, FaceFacts, may_show_a_face
from anonymizer.registry import registered_kind

_STORAGE = "1.2.840.10008.5.1.4.1.1."
# (class or family of classes, code, what to do). The first match counts; a trailing dot means the whole family.
REFUSED_CLASSES = (
    (_STORAGE + "104.", "encapsulated-document", "Documents carry identities in their own form and are not published."),
    (_STORAGE + "88.59", "key-object", "Key object selections carry free text; the profile does not clean it."),
    (_STORAGE + "88.", "structured-report", "Structured reports carry free text; the profile does not clean it."),
    (_STORAGE + "11.", "presentation-state", "Presentation states carry drawn text; the profile does not clean it."),
    (_STORAGE + "9.4.", "waveform", "A voice is recorded, which may say a name and is known by its sound."),
    (_STORAGE + "9.100.", "waveform", "No rules are known for the presentation of waveforms."),
    (_STORAGE + "9.", "annotated-waveform", "Waveforms carry annotations; the profile does not clean them."),
    (_STORAGE + "66", "raw-data", "Raw data has no defined content; ask the site for the reconstructed images."),
    ("1.2.840.10008.5.1.4.38.", "no-image", "The object describes a display, not a patient's images."),
    ("1.2.840.10008.5.1.4.39.", "no-image", "The object describes colours, not a patient's images."),
    (_STORAGE + "131", "no-image", "The object describes assemblies of implants, not a patient's images."),
    (_STORAGE + "200.", "no-image", "The object describes a protocol, not a patient's images."),
    (_STORAGE + "201.", "no-image", "The object describes an archive, not a patient's images."),
    ("1.2.840.10008.5.1.4.43.", "no-image", "The object describes an implant, not a patient's images."),
    ("1.2.840.10008.5.1.4.44.", "no-image", "The object describes implants, not a patient's images."),
    ("1.2.840.10008.5.1.4.45.", "no-image", "The object describes implants, not a patient's images."),
    ("1.2.840.10008.1.3.10", "media-directory", "A DICOMDIR lists files and patients; send the files it lists."),
)  # fmt: skip
# What of these is refused only under a profile without the option that cleans it.
CLEANED_BY = {
    "key-object": "clean-structured-content",
    "structured-report": "clean-structured-content",
    "presentation-state": "clean-graphics",
    "annotated-waveform": "clean-structured-content",
}
# Kinds of images that makers, people and frame grabbers write into.
_PRONE = "3 3.1 6 6. 7 7. 14. 77.1 77.2 77.1.1 77.1.1. 77.1.2 77.1.2. 77.1.3 77.1.4 77.1.4. 77.1.5.1 77.1.5.2 77.1.7"
PRONE_CLASSES = tuple(_STORAGE + family for family in _PRONE.split())
PRONE_MODALITIES = frozenset({"US", "IVUS", "ES", "XC", "GM", "OT", "DOC", "FID", "HC", "BDUS", "EPS", "OP", "DG"})
CAPTURED_IMAGE = frozenset(
    {
        "SCREEN SAVE",
        "SCREEN",
        "SCREENSHOT",
        "SCREEN CAPTURE",
        "CAPTURE",
        "SECONDARY CAPTURE",
        "DOSE",
        "DOSE_INFO",
        "DOSE INFO",
    }
    | {"DOSE REPORT", "PATIENT PROTOCOL", "PROTOCOL", "REPORT", "SC", "LABEL", "OVERVIEW", "FORM", "DOCUMENT"}
)

VIDEO_SYNTAXES = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))  # and those in fragments


@dataclass(frozen=True)
class PixelFacts:
    """Hold the header values that say whether text may stand in the pixels."""

    burned_in_annotation: str
    device: Device
    conversion_type: str
    overlay_in_pixels: bool
    label_in_image: bool


@lru_cache(maxsize=256)
def check_class(sop_class_uid: str, profile: Profile) -> None:
    """Raise Refused for a kind of object that cannot be cleaned under a profile, whoever vouches for it."""
    for entry, code, reason in REFUSED_CLASSES:
        if in_families(sop_class_uid, (entry,)):
            if CLEANED_BY.get(code) in profile.options:
                break
            raise Refused(code, reason)
    if registered_kind(sop_class_uid) != "SOP Class" and not known_class(sop_class_uid):
        raise Refused("private-sop-class", "The object is of a private kind; ask the site for a standard one.")
    if not known_class(sop_class_uid):
        raise Refused("unsupported-sop-class", "No rules are known for this kind of object; ask the site for images.")


def check_shutter(sop_class_uid: str, shape: str) -> None:
    """Raise Refused for a presentation state whose shutter is an overlay, which does not stay (PS3.3 C.7.6.15)."""
    if in_families(sop_class_uid, PRESENTATION_STATES) and "BITMAP" in shape.upper():
        raise Refused("presentation-state", "The presentation state hides a part of the image by a bitmap.")


def check_face(sop_class_uid: str, profile: Profile, facts: Callable[[], FaceFacts]) -> None:
    """Raise Refused for what may show a face, where the profile asks that nobody can be recognized by one."""
    if OPTION in profile.options and may_show_a_face(sop_class_uid, facts()):
        raise Refused(CODE, "The face may be recognized; it is cut away from whole series only; look at it first.")


def check_video(transfer_syntax_uid: str) -> None:
    """Raise Refused for a video (PS3.5 8.2.5 to 8.2.8): MPEG-2, H.264 and H.265 carry sound, captions and notes, too.

    None of these is looked for: a voice may say a name, and is known by its sound.
    """
    if transfer_syntax_uid.startswith(VIDEO_SYNTAXES):
        raise Refused("video", "A video may have sound, captions and notes; look at it and listen to it first.")


def check_pixels(sop_class_uid: str, facts: PixelFacts) -> None:
    """Raise Refused when the pixels are said, or are likely, to show an identity (PS3.3 C.7.6.1.1.5, C.8.6.1).

    What no cleaning of pixels can help with comes first. An image of a device that is known to write names into such
    images is not believed to have none.
    """
    if without_pixels(sop_class_uid):
        return  # it has no pixels, and what claims to be some is left out
    if facts.overlay_in_pixels:
        raise Refused("overlay-in-pixels", "An overlay hides in unused bits of the pixels; look at it first.")
    if facts.label_in_image:
        raise Refused("label-in-image", "The image shows the label of a specimen; look at it first.")
    if facts.burned_in_annotation == "YES":
        raise Refused("burned-in-annotation", "The image says that identifying text is burned in; look at it first.")
    if banners_of(facts.device) or (facts.burned_in_annotation != "NO" and _prone(sop_class_uid, facts)):
        raise Refused(
            "may-carry-burned-in-text",
            "Such images often show the patient's name, whatever they say of it; look at it first.",
        )


def _prone(sop_class_uid: str, facts: PixelFacts) -> bool:
    return (
        in_families(sop_class_uid, PRONE_CLASSES)
        or facts.device.modality in PRONE_MODALITIES
        or facts.conversion_type != ""
        or not CAPTURED_IMAGE.isdisjoint(facts.device.image_type)
    )
