"""Images with known stored values, and a reading room that serves them."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from config.blobs import LocalFolder
from config.clock import FixedClock
from config.settings import Settings
from tests.once_a_process import open_reading_zone
from viewer_api.dicomweb import add_short_ways, make_router
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from viewer_api.rendering.image import read_image
from viewer_api.rendering.preview import PreviewRequest, render_preview
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers
from worklist.publishing import publish_study
from worklist.room import ReadingRoom

STUDY, SERIES = "2.25.100", "2.25.200"


@pytest.fixture
def make_image() -> Callable[..., bytes]:
    """Return a maker of Part 10 images: `make_image(array, syntax=..., frames=[compressed...], **elements)`.

    The array is rows x columns, rows x columns x 3, or frames x rows x columns (with `NumberOfFrames`); `raw` replaces
    its samples.
    """
    return _make_image


@pytest.fixture
def render() -> Callable[..., np.ndarray[Any, Any]]:
    """Return a renderer of Part 10 bytes to an array of grey or RGB: `render(part10, index=0, **request)`."""

    def render(part10: bytes, index: int = 0, **request: Any) -> np.ndarray[Any, Any]:
        source = BytesIO(part10)
        picture = render_preview(source, read_image(source), index, PreviewRequest(media_type="image/png", **request))
        return np.asarray(Image.open(BytesIO(picture)))

    return render


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    """Return an empty reading room."""
    database = open_reading_zone(tmp_path / "reading.sqlite")
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    yield ReadingRoom(database, LocalFolder(tmp_path / "published"), clock, Settings(home=tmp_path))
    database.close()


@pytest.fixture
def publish(room: ReadingRoom) -> Callable[..., str]:
    """Return what publishes Part 10 bytes as the gateway does, and returns the blob's key."""

    def publish(part10: bytes, *, site: str = "north") -> str:
        key = hashlib.sha256(part10).hexdigest()
        room.published.put(key, BytesIO(part10))
        header = instance_record_parts(BytesIO(part10))
        with room.database.write() as session:
            publish_study(
                session,
                room.clock,
                study_record(header, site=site, received_at=room.clock()),
                [series_record(header)],
                [instance_record(header, blob=key, size=len(part10))],
            )
        return key

    return publish


@pytest.fixture
def app(room: ReadingRoom) -> FastAPI:
    """Return an app that serves the reading room's DICOMweb alone."""
    app = FastAPI()
    router = make_router(room)
    app.include_router(router)
    add_short_ways(app, room, [router])
    install_problem_handlers(app)
    return app


@pytest.fixture
def client(app: FastAPI, room: ReadingRoom) -> Iterator[TestClient]:
    """Return a client that bears an integrator's token."""
    with room.database.write() as session:
        token = create_token(session, room.clock, role="integrator", name="tests")
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def _make_image(
    array: np.ndarray[Any, Any],
    *,
    syntax: str = ExplicitVRLittleEndian,
    frames: list[bytes] | None = None,
    raw: bytes | None = None,
    number: int = 1,
    **elements: Any,
) -> bytes:
    image = _describe(array, number)
    for keyword, value in elements.items():
        if value is None:
            delattr(image, keyword)
        else:
            setattr(image, keyword, value)
    uid = UID(syntax)
    if frames is not None:
        image.PixelData = encapsulate(frames)
        image["PixelData"].is_undefined_length = True
    else:
        order = "<" if uid.is_little_endian else ">"
        image.PixelData = raw or array.astype(array.dtype.newbyteorder(order)).tobytes()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = uid
    image["PixelData"].VR = "OB" if frames is not None or image.BitsAllocated == 8 else "OW"
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    return target.getvalue()


def _describe(array: np.ndarray[Any, Any], number: int) -> Dataset:
    image = Dataset()
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = f"2.25.{300 + number}"
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, SERIES
    image.PatientID, image.PatientName, image.StudyDate = "OVR-AAAA", "OVR-AAAA", "20240102"
    image.Modality, image.StudyDescription, image.SeriesNumber, image.InstanceNumber = "CT", "CT HEAD", 1, number
    colour = array.ndim == 3 and array.shape[-1] == 3
    image.SamplesPerPixel = 3 if colour else 1
    image.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        image.PlanarConfiguration = 0
    image.Rows, image.Columns = array.shape[:2] if colour or array.ndim == 2 else array.shape[1:3]
    if array.ndim == 3 and not colour:
        image.NumberOfFrames = array.shape[0]
    image.BitsAllocated = image.BitsStored = array.dtype.itemsize * 8
    image.HighBit = image.BitsStored - 1
    image.PixelRepresentation = int(array.dtype.kind == "i")
    return image
