"""Build small images in every layout and compression, and read their stored values with other programs' codecs."""

from io import BytesIO
from typing import Any

import imagecodecs
import jpeg_ls
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.uid import UID, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage, generate_uid
from rle.utils import encode_pixel_data

ROWS, COLUMNS = 48, 64


def noise(frames: int = 1, samples: int = 1, bits: int = 8, *, signed: bool = False) -> NDArray[Any]:
    """Return random stored values as frames, rows, columns and samples, the same for the same arguments."""
    low = -(1 << bits - 1) if signed else 0
    kind = f"{'i' if signed else 'u'}{1 if bits <= 8 else 2}"
    values = np.random.default_rng(bits * 10 + samples).integers(
        low, low + (1 << bits), (frames, ROWS, COLUMNS, samples)
    )
    return values.astype(kind)


def image(values: NDArray[Any], photometric: str, *, bits: int = 8, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    """Return an ultrasound film without pixel data, which describes the values."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.SOPClassUID, ds.Modality, ds.ImageType = UltrasoundMultiFrameImageStorage, "US", ["ORIGINAL", "PRIMARY"]
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid(), generate_uid()
    ds.PatientName, ds.PatientID, ds.Manufacturer = "Marten^Ilse", "MRN-5512", "ACME"
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    ds.NumberOfFrames, ds.Rows, ds.Columns, ds.SamplesPerPixel = values.shape
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated = 8 * values.dtype.itemsize
    ds.BitsStored, ds.HighBit = bits, bits - 1
    ds.PixelRepresentation = int(values.dtype.kind == "i")
    if values.shape[3] == 3:
        ds.PlanarConfiguration = 0
    return ds


def native(values: NDArray[Any], photometric: str, *, bits: int = 8, planar: int = 0) -> Dataset:
    """Return an uncompressed image of the values."""
    ds = image(values, photometric, bits=bits)
    if planar:
        ds.PlanarConfiguration = 1
        values = np.moveaxis(values, 3, 1)
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OB" if ds.BitsAllocated == 8 else "OW"
    return ds


def compressed(values: NDArray[Any], photometric: str, syntax: str, *, bits: int = 8) -> Dataset:
    """Return an image of the values in a compression without loss, or in JPEG baseline."""
    ds = image(values, photometric, bits=bits, syntax=syntax)
    frames = [_encoded(frame if frame.shape[2] == 3 else frame[:, :, 0], ds, UID(syntax)) for frame in values]
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def _encoded(frame: NDArray[Any], ds: Dataset, syntax: UID) -> bytes:
    bits, samples = ds.BitsStored, ds.SamplesPerPixel
    transformed = ds.PhotometricInterpretation == "YBR_RCT"
    name = syntax.keyword
    if name == "RLELossless":
        return encode_pixel_data(frame.tobytes(), ds, "<")
    if name in {"JPEGLosslessSV1", "JPEGLossless"}:
        space = "RGB" if samples == 3 else None
        raw = frame.view(f"u{frame.itemsize}") & np.array((1 << bits) - 1, f"u{frame.itemsize}")
        return imagecodecs.jpeg8_encode(
            raw, lossless=True, predictor=1, bitspersample=bits, colorspace=space, outcolorspace=space
        )
    if name.startswith("JPEGLS"):
        raw = frame.view(f"u{frame.itemsize}") & np.array((1 << bits) - 1, f"u{frame.itemsize}")
        return bytes(jpeg_ls.encode_buffer(raw.tobytes(), ROWS, COLUMNS, samples, bits, 0, 2 if samples == 3 else 0))
    if name.startswith("JPEG2000"):
        return imagecodecs.jpeg2k_encode(frame, codecformat="j2k", reversible=True, bitspersample=bits, mct=transformed)
    if name.startswith("HTJ2K"):
        return imagecodecs.htj2k_encode(frame, reversible=True, rgb=transformed)
    return imagecodecs.jpeg8_encode(frame, level=90)


def jpeg(frame: NDArray[Any], **how: Any) -> bytes:
    """Return rows, columns and samples as a JPEG image, encoded by libjpeg as the arguments say."""
    buffer = BytesIO()
    Image.fromarray(frame if frame.shape[2] == 3 else frame[:, :, 0]).save(buffer, "JPEG", **{"quality": 85, **how})
    return buffer.getvalue()


def as_file(ds: Dataset) -> BytesIO:
    """Return a data set as a Part 10 file."""
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    buffer.seek(0)
    return buffer


def stored(file: BytesIO) -> tuple[Dataset, NDArray[Any]]:
    """Return a file's data set and its values as frames, rows, columns and samples, decoded by pydicom's plugins."""
    file.seek(0)
    ds = dcmread(file)
    values = pixel_array(ds, raw=True)
    return ds, values.reshape(int(ds.get("NumberOfFrames", 1)), ds.Rows, ds.Columns, ds.SamplesPerPixel)
