"""What workstations may query and retrieve: everything published, as their reader sees it over DICOMweb.

Each request asks anew for whom it is made, so that a workstation that was removed, or whose reader was shut out, gets
nothing more on an association that still stands. Every request is a look of that reader and noted before anything of
it is handed out; looks of ten minutes are one entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from config.blobs import open_blob_store
from config.clock import system_clock
from config.database import Database
from config.errors import TooLarge
from config.settings import Settings
from gateway.retrieval.answers import to_dataset
from gateway.retrieval.asking import Asked, asked_by
from gateway.retrieval.instances import data_set_of, find_instances
from gateway.retrieval.patients import add_patient_counts, search_patients
from scp.information_models import Identifier, Operation
from scp.retrieval import Destination, Match, Retrievable
from scp.tls import client_context
from viewer_api.dicomweb.search import search
from viewer_api.made import open_made
from viewer_api.pictures import Pictures
from worklist.access.workstations import address_of, reader_at
from worklist.audit import Action, note_access_in
from worklist.principal import Principal
from worklist.room import ReadingRoom

_PAGE = 200
_PATIENT_ID, _STUDY_UID = "00100020", "0020000D"


class ReadingArchive:
    """The archive of `scp.retrieval` over the reading zone."""

    def __init__(self, room: ReadingRoom) -> None:
        self._room = room
        self._pictures = Pictures(room.published, open_made(room.settings))
        self._maximum = room.settings.dicom.maximum_matches

    def find(self, workstation: str, identifier: Identifier, *, fuzzy: bool, combined: bool = False) -> Iterator[Match]:
        """See `Archive.find`."""
        reader = self._reader(workstation)
        asked = asked_by(identifier, fuzzy=fuzzy, combined=combined)
        note_access_in(self._room, reader, "studies-searched", workstation)
        given, remaining = 0, 1
        while remaining:
            if given >= self._maximum:
                raise TooLarge("more matches than one query is answered with")
            query = replace(asked.query, limit=min(_PAGE, self._maximum - given), offset=given)
            with self._room.database.read() as session:
                answers, remaining = _page(session, identifier, replace(asked, query=query))
            if asked.level != "study":
                self._note(reader, "metadata-viewed", {answer[_STUDY_UID]["Value"][0] for answer in answers}, {})
            for answer in answers:
                yield Match(to_dataset(answer, asked.keys, identifier.level), asked.complete)
            given += len(answers)

    def select(
        self, workstation: str, identifier: Identifier, operation: Operation, destination: str
    ) -> Sequence[Retrievable]:
        """See `Archive.select`."""
        reader = self._reader(workstation)
        with self._room.database.read() as session:
            found = find_instances(session, identifier)
        said = {"service": f"C-{operation.upper()}", "workstation": workstation, "destination": destination}
        self._note(reader, "images-retrieved", {each.study_uid for each in found}, said)
        return [each.instance for each in found]

    def destination(self, workstation: str, ae_title: str) -> Destination:
        """See `Archive.destination`."""
        reader = self._reader(workstation)
        with self._room.database.read() as session:
            address = address_of(session, reader, ae_title)
        tls = client_context(self._room.settings.dicom, address.trust) if address.tls else None
        return Destination(ae_title, address.host, address.port, tls)

    def data_set(self, instance: Retrievable, transfer_syntax_uid: str) -> Iterator[bytes]:
        """See `Archive.data_set`."""
        return data_set_of(self._room.published, self._pictures, instance, transfer_syntax_uid)

    def close(self) -> None:
        """Close the reading database."""
        self._room.database.close()

    def _reader(self, workstation: str) -> Principal:
        with self._room.database.read() as session:
            return reader_at(session, workstation)

    def _note(self, reader: Principal, action: Action, study_uids: set[str], detail: Mapping[str, object]) -> None:
        for study_uid in sorted(study_uids):
            note_access_in(self._room, reader, action, study_uid, detail)


def open_archive(settings: Settings) -> ReadingArchive:
    """Open the archive of a node in a process that has nothing else of it."""
    published = open_blob_store(settings.published_url)
    return ReadingArchive(ReadingRoom(Database(settings.reading_url), published, system_clock, settings))


def _page(session: Session, identifier: Identifier, asked: Asked) -> tuple[list[dict[str, Any]], int]:
    if identifier.level == "PATIENT":
        answers, remaining = search_patients(session, asked.query)
    else:
        query = replace(asked.query, fields=asked.query.fields | {_PATIENT_ID})
        answers, remaining = search(session, asked.level, query, (), "")
    add_patient_counts(session, answers, asked.keys)
    return answers, remaining
