"""A picture becomes a file: elements, pixels, transfer syntax, Part 10 header (PS3.10 7.1).

The same picture gives the same bytes on every run: nothing here asks a clock or a random source.
"""

import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from sample_studies.headers import modules
from sample_studies.headers.private import add_private_blocks
from sample_studies.plan import Elements, Picture, StudyPlan

_IMPLEMENTATION_CLASS_UID = "2.25.329800735698586629295641978511506172918"
_NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
# pydicom's first choice is not always the quickest.
_ENCODERS = {
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.5": "pylibjpeg",
}
_JPEG_QUALITY = 88


def to_dataset(elements: Elements) -> Dataset:
    """Build a dataset from a table of keywords; a list of tables is a sequence."""
    dataset = Dataset()
    for keyword, value in elements.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            value = Sequence([to_dataset(item) for item in value])  # noqa: PLW2901
        setattr(dataset, keyword, value)
    return dataset


def header(plan: StudyPlan, picture: Picture) -> Dataset:
    """Return the dataset of one instance without its pixels."""
    dataset = Dataset()
    dataset.update(_of_the_study(plan))
    dataset.update(to_dataset({**modules.series(plan, picture), **modules.image(plan, picture)}))
    return dataset


@lru_cache(maxsize=1)
def _of_the_study(plan: StudyPlan) -> Dataset:
    """Return what all instances of a study share; they share the elements too, so nobody may change them."""
    charset = {"SpecificCharacterSet": list(plan.patient.charset)} if plan.patient.charset else {}
    dataset = to_dataset({**charset, **modules.patient(plan), **modules.study(plan), **modules.equipment(plan)})
    add_private_blocks(dataset, plan)
    return dataset


def write(path: Path, plan: StudyPlan, picture: Picture) -> Path:
    """Write one instance to a file and return its path."""
    dataset = header(plan, picture)
    dataset.file_meta = _file_meta(plan, picture)
    _describe_pixels(dataset, picture)
    if picture.lossy:
        _encode_jpeg(dataset, picture)
    elif picture.transfer_syntax_uid in _NATIVE:
        data = np.ascontiguousarray(picture.pixels).tobytes()
        dataset.PixelData = data + b"\x00" * (len(data) % 2)
        dataset["PixelData"].VR = "OW" if dataset.BitsAllocated == 16 else "OB"
    else:
        dataset.compress(
            picture.transfer_syntax_uid,
            np.ascontiguousarray(picture.pixels),
            encoding_plugin=_ENCODERS[picture.transfer_syntax_uid],
            generate_instance_uid=False,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _file_meta(plan: StudyPlan, picture: Picture) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(picture.sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(plan.object_uid("instance", picture.series, picture.number))
    meta.TransferSyntaxUID = UID(picture.transfer_syntax_uid)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = "SAMPLE_STUDIES_1"
    meta.SourceApplicationEntityTitle = plan.site.ae_title
    return meta


def _describe_pixels(dataset: Dataset, picture: Picture) -> None:
    """Fill the Image Pixel module from the array where the picture did not say otherwise (C.7.6.3)."""
    pixels = picture.pixels
    colour = pixels.shape[-1] == 3
    allocated = pixels.dtype.itemsize * 8
    rows, columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    dataset.Rows, dataset.Columns = int(rows), int(columns)
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.BitsAllocated = allocated
    dataset.BitsStored = picture.elements.get("BitsStored", allocated)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    if "PhotometricInterpretation" not in picture.elements:
        dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    if pixels.ndim > (3 if colour else 2):
        dataset.NumberOfFrames = int(pixels.shape[0])


def _encode_jpeg(dataset: Dataset, picture: Picture) -> None:
    """Compress colour frames as JPEG baseline and say that the images are lossy (C.7.6.1.1.5)."""
    frames = []
    for frame in picture.pixels:
        stream = io.BytesIO()
        Image.fromarray(frame).save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling="4:2:2")
        frames.append(stream.getvalue())
    dataset.PixelData = encapsulate(frames, has_bot=True)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{picture.pixels.nbytes / sum(map(len, frames)):.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
