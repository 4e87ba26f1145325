"""What one de-identified object says that matters for reading it: geometry, compression, and whether it decodes.

Every image of an object with a few frames is decoded once; of a long one the first, a middle and the last. The digest
of the pixel data tells a picture that came twice from two pictures of one place. Attributes: PS3.3 C.7.6.2 (Image
Plane), C.7.6.1.1.5 (lossy compression), C.7.6.16 (functional groups), C.8.6.1 (SC Equipment).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, BinaryIO

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from config.errors import SenderFault
from viewer_api.decoding.pool import DecodingPool
from viewer_api.part10 import open_part10
from viewer_api.rendering.trial import Trial, try_frames, try_plain

_TAGS = (
    *(0x00080005, 0x00080008, 0x00080016, 0x00080060, 0x00081030, 0x0008103E, 0x00180010, 0x00180015, 0x00180020),
    *(0x00180024, 0x00180022, 0x00181030, 0x00185101, 0x00181164, 0x00182010, 0x0020000E, 0x00200011, 0x00200013),
    *(0x00200032, 0x00200037, 0x00200060, 0x00200062, 0x00280008, 0x00280010, 0x00280030, 0x00282110, 0x00282112),
    *(0x00080064, 0x00540220, 0x52009229, 0x52009230, 0x00186011, 0x00180050, 0x00181210),
)
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "SequenceOfUltrasoundRegions")
_WORDS = ("SeriesDescription", "ProtocolName", "SequenceName", "StudyDescription")
_MOST_DECODED = 3
Triple = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class InstanceFacts:
    """The facts of one object; absent ones are empty or None. `frames` is 0 for an object without pixels."""

    sop_class_uid: str = ""
    modality: str = ""
    series_uid: str = ""
    series_number: int | None = None
    description: str = ""
    body_part: str = ""
    laterality: str = ""
    view: str = ""
    contrast: bool = False
    conversion: str = ""
    kernel: str = ""
    thickness: float | None = None
    frames: int = 0
    localizer: bool = False
    positions: tuple[Triple, ...] = ()
    orientation: Triple = ()
    spacing: bool = False
    lossy: bool = False
    ratio: float | None = None
    decodes: bool = True
    pixels: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the facts as a received object keeps them."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "InstanceFacts":
        """Read facts that a received object keeps."""
        known = {each.name for each in fields(cls)}
        plain = {name: each for name, each in value.items() if name in known}
        plain["positions"] = tuple(tuple(each) for each in plain.get("positions", ()))
        plain["orientation"] = tuple(plain.get("orientation", ()))
        return cls(**plain)


def read_facts(source: BinaryIO, key: str, pool: DecodingPool) -> InstanceFacts:
    """Read the facts of a Part 10 file and try whether its pixels decode, compressed ones in a decoding process.

    `key` names the content of `source`, as a blob's key does.

    Raises:
        Malformed: no Part 10 file that can be parsed.
        Unavailable: no decoding process is to be had; this says nothing of the file.
    """
    header = open_part10(source).read_header(_TAGS)
    frames, decodes, pixels = _pixels(source, key, pool, header)
    return InstanceFacts(
        sop_class_uid=_text(header, "SOPClassUID"),
        modality=_text(header, "Modality"),
        series_uid=_text(header, "SeriesInstanceUID"),
        series_number=_whole(header, "SeriesNumber"),
        description=" ".join(word for keyword in _WORDS if (word := _text(header, keyword))),
        body_part=_text(header, "BodyPartExamined"),
        laterality=_text(header, "ImageLaterality") or _text(header, "Laterality"),
        view=_view(header),
        contrast=bool(_text(header, "ContrastBolusAgent")),
        conversion=_text(header, "ConversionType"),
        kernel=_text(header, "ConvolutionKernel"),
        thickness=next(iter(_numbers(header, "SliceThickness", 1)), None),
        frames=frames,
        localizer="LOCALIZER" in _text(header, "ImageType").upper(),
        positions=_positions(header),
        orientation=_orientation(header),
        spacing=any(header.get(keyword) for keyword in _SPACINGS) or _shared_spacing(header),
        lossy=_text(header, "LossyImageCompression") == "01",
        ratio=_ratio(header),
        decodes=decodes,
        pixels=pixels,
    )


def _pixels(source: BinaryIO, key: str, pool: DecodingPool, header: Dataset) -> tuple[int, bool, str]:
    """Return how many frames there are, whether those tried decode, and a digest of the pixel data."""
    if "Rows" not in header:
        return 0, True, ""
    try:
        trial = try_plain(source, _MOST_DECODED) or Trial.from_bytes(pool.run(try_frames, key, source, _MOST_DECODED))
    except SenderFault:
        return max(_whole(header, "NumberOfFrames") or 1, 1), False, ""
    return trial.frames, True, trial.digest


def _view(header: Dataset) -> str:
    """Return the view of a projection image, as a code string and in the words of its code (PS3.3 C.8.11.7)."""
    codes = header.get("ViewCodeSequence") or ()
    return " ".join([_text(header, "ViewPosition"), *(_text(each, "CodeMeaning") for each in codes)]).strip()


def _groups(header: Dataset) -> Iterator[Dataset]:
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        yield from header.get(keyword) or ()


def _positions(header: Dataset) -> tuple[Triple, ...]:
    """Return the positions of the image, or of its frames (PS3.3 C.7.6.16.2.3)."""
    own = _numbers(header, "ImagePositionPatient")
    if own:
        return (own,)
    planes = (plane for group in _groups(header) for plane in group.get("PlanePositionSequence") or ())
    return tuple(found for plane in planes if (found := _numbers(plane, "ImagePositionPatient")))


def _orientation(header: Dataset) -> Triple:
    own = _numbers(header, "ImageOrientationPatient", 6)
    if own:
        return own
    planes = (plane for group in _groups(header) for plane in group.get("PlaneOrientationSequence") or ())
    return next((found for plane in planes if (found := _numbers(plane, "ImageOrientationPatient", 6))), ())


def _shared_spacing(header: Dataset) -> bool:
    measures = (each for group in _groups(header) for each in group.get("PixelMeasuresSequence") or ())
    return any(each.get("PixelSpacing") for each in measures)


def _ratio(header: Dataset) -> float | None:
    """Return the ratio of all compressions together (PS3.3 C.7.6.1.1.5.2), None where it is not said."""
    found = _numbers(header, "LossyImageCompressionRatio", 0)
    product = 1.0
    for each in found:
        product *= each
    return round(product, 1) if found else None


def _numbers(dataset: Dataset, keyword: str, count: int = 3) -> Triple:
    """Return a decimal attribute's values; nothing unless there are `count` of them, any number of them for 0."""
    try:
        value = dataset.get(keyword)
        values = list(value) if isinstance(value, MultiValue | list) else [value]
        found = tuple(float(each) for each in values if each is not None)
    except (ValueError, TypeError):
        return ()
    return found if not count or len(found) == count else ()


def _text(dataset: Dataset, keyword: str) -> str:
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, KeyError):
        return ""
    if value is None:
        return ""
    return " ".join(str(each) for each in value) if isinstance(value, MultiValue | list) else str(value).strip(" \0")


def _whole(dataset: Dataset, keyword: str) -> int | None:
    try:
        return int(dataset.get(keyword))
    except (ValueError, TypeError):
        return None
