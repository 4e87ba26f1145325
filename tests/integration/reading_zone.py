"""A reading zone with three published studies of two patients, and three workstations of two readers."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from config.blobs import open_blob_store
from config.clock import FixedClock
from config.database import Database
from config.identifiers import AETitle
from config.settings import Settings
from scp.peers import DoorTerms, SiteRule, WorkstationRule, write_peers
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from worklist.access.readers import add_reader
from worklist.access.workstations import add_workstation
from worklist.models import Base
from worklist.publishing import publish_study
from worklist.room import ReadingRoom


def make_reading_zone(settings: Settings, part10: Any, store_port: int) -> ReadingRoom:
    """Make the zone and tell the door who may come; the workstations take instances at `store_port`."""
    database = Database(settings.reading_url)
    Base.metadata.create_all(database.engine)
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    room = ReadingRoom(database, open_blob_store(settings.published_url), clock, settings)
    with database.write() as session:
        add_reader(session, clock, name="Ada", email="ada@example.org")
        add_reader(session, clock, name="Ben", email="ben@example.org")
        for title, reader in (("READING_ROOM", "Ada"), ("ADA_HOME", "Ada"), ("BENS", "Ben")):
            add_workstation(session, clock, ae_title=AETitle(title), reader=reader, host="127.0.0.1", port=store_port)
    for file in _studies(part10):
        publish(room, file)
    write_peers(
        settings.peers_file,
        [SiteRule("north", (AETitle("NORTH"),))],
        [
            WorkstationRule(AETitle("READING_ROOM")),
            WorkstationRule(AETitle("ADA_HOME")),
            WorkstationRule(AETitle("BENS")),
            WorkstationRule(AETitle("ELSEWHERE"), DoorTerms(networks=("10.9.9.0/24",))),
        ],
    )
    return room


def publish(room: ReadingRoom, file: bytes) -> None:
    """Publish an instance as the pipeline would."""
    key = hashlib.sha256(file).hexdigest()
    room.published.put(key, BytesIO(file))
    header = instance_record_parts(BytesIO(file))
    with room.database.write() as session:
        publish_study(
            session,
            room.clock,
            study_record(header, site="north", received_at=room.clock()),
            [series_record(header)],
            [instance_record(header, blob=key, size=len(file))],
        )


def _studies(part10: Any) -> Iterator[bytes]:
    def make(number: int, study: str, series: str, patient: str, **elements: object) -> bytes:
        return part10(
            number,
            StudyInstanceUID=f"2.25.{study}",
            SeriesInstanceUID=f"2.25.{series}",
            SOPInstanceUID=f"2.25.9{number}",
            PatientID=patient,
            PatientName=patient,
            InstanceNumber=number,
            **elements,
        )

    yield make(1, "10", "101", "OVR-AAAA", StudyDate="20240105", StudyTime="101500", StudyDescription="CT HEAD")
    yield make(2, "10", "101", "OVR-AAAA", StudyDate="20240105", StudyTime="101500", StudyDescription="CT HEAD")
    yield make(3, "10", "102", "OVR-AAAA", StudyDate="20240105", Modality="SR", StudyDescription="CT HEAD")
    yield make(4, "20", "201", "OVR-AAAA", StudyDate="20240301", Modality="MR", StudyDescription="MR KNEE")
    yield make(
        5, "30", "301", "OVR-BBBB", StudyDate="20240401", StudyDescription="Röntgen", SpecificCharacterSet="ISO_IR 192"
    )
