"""dicomweb-client, a foreign DICOMweb client, drives every QIDO-RS and WADO-RS verb it has against a running node."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from queue import Queue
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from dicomweb_client import DICOMwebClient
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from config.settings import Settings
from gateway.home import make_home
from gateway.http.server import run_http
from gateway.node import open_node
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from worklist.access.tokens import create_token
from worklist.publishing import publish_study
from worklist.room import ReadingRoom

STUDY = "2.25.7000"
SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
)
pytestmark = pytest.mark.foreign


def _pixels(number: int) -> np.ndarray:
    generator = np.random.default_rng(number)
    smooth = np.add.outer(np.arange(40), np.arange(48)) * 20
    return (smooth + generator.integers(-50, 50, (3, 40, 48)) - 1000).astype(np.int16)


def _instance(number: int, syntax: str) -> bytes:
    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"2.25.{9000 + number}"
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, f"2.25.{8000 + number % 2}"
    image.PatientID = image.PatientName = "OVR-1234"
    image.StudyDate, image.StudyTime, image.StudyID = "20240229", "101500", "1"
    image.Modality, image.StudyDescription, image.SeriesDescription = "CT", "CT THORAX Übersicht", "LUNG 1.0"
    image.SeriesNumber, image.InstanceNumber, image.NumberOfFrames = number % 2 + 1, number, 3
    step = Dataset()
    step.ScheduledProcedureStepID = f"STEP-{number % 2 + 1}"
    image.RequestAttributesSequence = [step]
    image.Rows, image.Columns, image.SamplesPerPixel, image.PhotometricInterpretation = 40, 48, 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
    image.WindowCenter, image.WindowWidth, image.RescaleSlope, image.RescaleIntercept = 40, 400, "1", "0"
    image.RedPaletteColorLookupTableData = bytes(range(256))  # a value long enough to be bulk data
    image.add_new("PixelData", "OW", _pixels(number).astype("<i2").tobytes())
    image.file_meta = _meta(ExplicitVRLittleEndian)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    image = dcmread(BytesIO(target.getvalue()))
    if syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        image.compress(syntax, generate_instance_uid=False)
    else:
        image.file_meta.TransferSyntaxUID = syntax
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    return target.getvalue()


def _meta(syntax: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    return meta


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Run a node on a free port with one published instance per transfer syntax; return the address and a token."""
    home = tmp_path_factory.mktemp("node") / "home"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OVERREAD_HTTP__PORT", "0")
        make_home(home)
        settings = Settings.load(home)
    with open_node(settings) as node:
        token = _publish(node.room)
        ports: Queue[int] = Queue()
        stop = threading.Event()
        thread = threading.Thread(target=run_http, args=(node,), kwargs={"stop": stop, "ready": ports.put})
        thread.start()
        try:
            yield f"http://127.0.0.1:{ports.get(timeout=120)}/dicom-web", token
        finally:
            stop.set()
            thread.join()


def _publish(room: ReadingRoom) -> str:
    with room.database.write() as session:
        for number, syntax in enumerate(SYNTAXES):
            part10 = _instance(number, syntax)
            key = hashlib.sha256(part10).hexdigest()
            room.published.put(key, BytesIO(part10))
            header = instance_record_parts(BytesIO(part10))
            study = study_record(header, site="north", received_at=datetime.now(UTC))
            instance = instance_record(header, blob=key, size=len(part10))
            publish_study(session, room.clock, study, [series_record(header)], [instance])
        return create_token(session, room.clock, role="integrator", name="client")


@pytest.fixture
def client(service: tuple[str, str]) -> DICOMwebClient:
    url, token = service
    client = DICOMwebClient(url, headers={"Authorization": f"Bearer {token}"})
    client.host = urlsplit(url).netloc  # it leaves the port out of its Host header, against RFC 9110 section 7.2
    return client


def test_studies_are_found_by_every_kind_of_condition(client: DICOMwebClient) -> None:
    for filters in (
        {"StudyInstanceUID": STUDY},
        {"PatientID": "OVR-1234"},
        {"StudyDate": "20240201-20240301"},
        {"StudyDate": "-20240229"},
        {"ModalitiesInStudy": "CT"},
        {"StudyDescription": "*thorax*"},
        {"00081030": "CT THORAX ?bersicht"},
        {"PatientName": "ovr-1234"},
    ):
        [found] = client.search_for_studies(search_filters=filters)
        assert found["0020000D"]["Value"] == [STUDY]
        assert found["00201206"]["Value"] == [2]
        assert found["00201208"]["Value"] == [5]
        assert found["00081030"]["Value"] == ["CT THORAX Übersicht"]
    for filters in ({"StudyDate": "20240301-"}, {"ModalitiesInStudy": "MR"}, {"PatientID": "OVR"}):
        assert client.search_for_studies(search_filters=filters) == []


def test_series_and_instances_are_found_at_every_level(client: DICOMwebClient) -> None:
    assert [one["00201209"]["Value"][0] for one in client.search_for_series(STUDY)] == [3, 2]
    assert len(client.search_for_series(search_filters={"SeriesNumber": "2"})) == 1
    assert len(client.search_for_instances(STUDY)) == 5
    assert len(client.search_for_instances(STUDY, "2.25.8000")) == 3
    [found] = client.search_for_instances(STUDY, search_filters={"InstanceNumber": "3"}, fields=["SeriesDescription"])
    assert found["00080018"]["Value"] == ["2.25.9003"]
    assert found["0008103E"]["Value"] == ["LUNG 1.0"]
    assert len(client.search_for_instances(limit=2, offset=4)) == 1


def test_metadata_rebuilds_the_header_that_was_published(client: DICOMwebClient) -> None:
    headers = client.retrieve_series_metadata(STUDY, "2.25.8000")
    assert len(headers) == 3
    assert len(client.retrieve_study_metadata(STUDY)) == 5
    header = Dataset.from_json(client.retrieve_instance_metadata(STUDY, "2.25.8000", "2.25.9000"))
    published = dcmread(BytesIO(_instance(0, SYNTAXES[0])))
    for element in published:
        if element.tag not in (0x7FE00010, 0x00281201):
            assert header[element.tag].value == element.value, element.keyword


def test_bulk_data_is_where_the_metadata_says(client: DICOMwebClient) -> None:
    header = client.retrieve_instance_metadata(STUDY, "2.25.8000", "2.25.9000")
    assert client.retrieve_bulkdata(header["00281201"]["BulkDataURI"]) == [bytes(range(256))]
    frames = client.retrieve_bulkdata(header["7FE00010"]["BulkDataURI"])
    assert b"".join(frames) == _pixels(0).astype("<i2").tobytes()


@pytest.mark.parametrize("number", range(len(SYNTAXES)))
def test_an_instance_comes_as_stored_and_in_explicit_vr(client: DICOMwebClient, number: int) -> None:
    address = (STUDY, f"2.25.{8000 + number % 2}", f"2.25.{9000 + number}")
    stored = client.retrieve_instance(*address, media_types=(("application/dicom", "*"),))
    assert stored.file_meta.TransferSyntaxUID == SYNTAXES[number]
    assert np.array_equal(stored.pixel_array, _pixels(number))
    decoded = client.retrieve_instance(*address, media_types=(("application/dicom", ExplicitVRLittleEndian),))
    assert decoded.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(decoded.pixel_array, _pixels(number))
    assert decoded.StudyDescription == "CT THORAX Übersicht"


def test_series_and_studies_come_whole(client: DICOMwebClient) -> None:
    stored = (("application/dicom", "*"),)
    assert len(client.retrieve_series(STUDY, "2.25.8000", media_types=stored)) == 3
    found = {one.SOPInstanceUID for one in client.retrieve_study(STUDY, media_types=stored)}
    assert found == {f"2.25.{9000 + number}" for number in range(5)}
    assert len(client.retrieve_study(STUDY)) == 5


@pytest.mark.parametrize("number", range(len(SYNTAXES)))
def test_frames_come_as_octets(client: DICOMwebClient, number: int) -> None:
    address = (STUDY, f"2.25.{8000 + number % 2}", f"2.25.{9000 + number}")
    for media_types in (
        None,
        (("application/octet-stream", "*"),),
        (("application/octet-stream", ExplicitVRLittleEndian),),
    ):
        frames = client.retrieve_instance_frames(*address, [3, 1], media_types=media_types)
        assert frames == [_pixels(number)[index].astype("<i2").tobytes() for index in (2, 0)]


def test_a_compressed_frame_comes_as_it_is_stored(client: DICOMwebClient) -> None:
    [frame] = client.retrieve_instance_frames(
        STUDY, "2.25.8000", "2.25.9004", [2], media_types=(("image/jp2", JPEG2000Lossless),)
    )
    assert frame.startswith(b"\xff\x4f\xff\x51")


def test_rendered_pictures_and_thumbnails(client: DICOMwebClient) -> None:
    address = (STUDY, "2.25.8000", "2.25.9000")
    png = client.retrieve_instance_frames_rendered(
        *address, [2], media_types=("image/png",), params={"window": "40,400"}
    )
    grey = np.asarray(Image.open(BytesIO(png)))
    # C.11.2.1.2.1 in plain floating point
    expected = np.clip(((_pixels(0)[1] - 39.5) / 399 + 0.5) * 255, 0, 255)
    assert np.abs(grey - expected).max() <= 0.5
    for picture in (
        client.retrieve_instance_rendered(*address),
        client.retrieve_series_rendered(*address[:2]),
    ):
        assert Image.open(BytesIO(picture)).format == "JPEG"


def test_names_match_fuzzily_and_pages_are_followed_to_the_end(client: DICOMwebClient) -> None:
    assert len(client.search_for_studies(fuzzymatching=True, search_filters={"PatientName": "ovr"})) == 1
    assert client.search_for_studies(fuzzymatching=False, search_filters={"PatientName": "ovr"}) == []
    assert len(client.search_for_instances(limit=2, get_remaining=True)) == 5
    assert len(client.search_for_series(limit=1, get_remaining=True, fields=["all"])) == 2
    [series] = client.search_for_series(search_filters={"RequestAttributesSequence.ScheduledProcedureStepID": "STEP-2"})
    assert series["0020000E"]["Value"] == ["2.25.8001"]


def test_what_comes_in_a_stream_is_what_comes_at_once(client: DICOMwebClient) -> None:
    stored = (("application/dicom", "*"),)
    whole = {one.SOPInstanceUID for one in client.iter_study(STUDY, media_types=stored)}
    assert whole == {f"2.25.{9000 + number}" for number in range(5)}
    assert len(list(client.iter_series(STUDY, "2.25.8000", media_types=stored))) == 3
    frames = list(client.iter_instance_frames(STUDY, "2.25.8000", "2.25.9000", [1, 2, 3]))
    assert frames == [_pixels(0)[index].astype("<i2").tobytes() for index in range(3)]
    header = client.retrieve_instance_metadata(STUDY, "2.25.8000", "2.25.9000")
    assert list(client.iter_bulkdata(header["7FE00010"]["BulkDataURI"])) == frames


def test_an_instance_is_compressed_for_a_client_that_asks(client: DICOMwebClient) -> None:
    for syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        made = client.retrieve_instance(STUDY, "2.25.8000", "2.25.9000", media_types=(("application/dicom", syntax),))
        assert made.file_meta.TransferSyntaxUID == syntax
        assert np.array_equal(made.pixel_array, _pixels(0))


def test_a_series_is_rendered_as_a_picture_or_an_animation(client: DICOMwebClient) -> None:
    gif = client.retrieve_instance_rendered(STUDY, "2.25.8000", "2.25.9000", media_types=("image/gif",))
    assert getattr(Image.open(BytesIO(gif)), "n_frames", 1) == 3
    png = client.retrieve_series_rendered(
        STUDY, "2.25.8000", media_types=("image/png",), params={"viewport": "24,20", "annotation": "patient"}
    )
    assert Image.open(BytesIO(png)).size == (24, 20)


def test_nothing_is_served_without_a_token(service: tuple[str, str]) -> None:
    url, _ = service
    for path in ("/studies", f"/studies/{STUDY}", f"/studies/{STUDY}/rendered", "/workitems"):
        assert requests.get(url + path, timeout=10).status_code == 401
        wrong = {"Authorization": "Bearer ovr_wrong"}
        assert requests.get(url + path, headers=wrong, timeout=10).status_code == 401


def test_ohif_s_requests_are_answered(service: tuple[str, str]) -> None:
    url, token = service
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    listed = session.get(f"{url}/studies?limit=101&offset=0&fuzzymatching=false&includefield=00081030", timeout=10)
    assert listed.headers["Content-Type"] == "application/dicom+json"
    assert len(listed.json()) == 1
    assert len(session.get(f"{url}/studies/{STUDY}/series?includefield=0008103E,00080021", timeout=10).json()) == 2
    frame = session.get(
        f"{url}/studies/{STUDY}/series/2.25.8000/instances/2.25.9004/frames/1",
        headers={"Accept": "multipart/related; type=application/octet-stream; transfer-syntax=*"},
        timeout=10,
    )
    assert frame.headers["Content-Type"].startswith('multipart/related; type="application/octet-stream"')
    assert _pixels(4)[0].astype("<i2").tobytes() in frame.content
