"""Find the instances that a retrieval asks for, and give their data sets (PS3.4 sections C.4.2.1.4 and C.4.3.1.3).

An instance is sent as it is stored, or rewritten uncompressed frame by frame where its pixels can be decoded. No more
than a piece of it is in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from struct import unpack_from

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.blobs import BlobStore
from config.errors import TooLarge
from scp.information_models import Identifier
from scp.retrieval import Retrievable
from viewer_api.dicomweb.instances import can_be_made
from viewer_api.dicomweb.locate import Located
from viewer_api.dicomweb.search import ORDER_OF_INSTANCES
from viewer_api.pictures import Pictures
from viewer_api.transcode import transcode
from worklist.models import PublishedInstance, PublishedStudy

MOST_INSTANCES = 65_535  # the numbers of sub-operations have the VR US
_CHUNK = 1 << 18
_SQL_VALUES = 500
_BEGUN = 3  # header, head of the pixel data, first frame: then nothing is left that can fail but a later frame
_META_LENGTH_AT = 132 + 8

_COLUMNS = {
    "PATIENT": PublishedStudy.pseudonym,
    "STUDY": PublishedInstance.study_uid,
    "SERIES": PublishedInstance.series_uid,
    "IMAGE": PublishedInstance.sop_instance_uid,
}
_FOUND = (
    select(
        PublishedInstance.study_uid,
        PublishedInstance.series_uid,
        PublishedInstance.sop_instance_uid,
        PublishedInstance.transfer_syntax_uid,
        PublishedInstance.blob,
        PublishedInstance.bytes,
        PublishedInstance.frames,
        PublishedInstance.sop_class_uid,
    )
    .join(PublishedStudy, PublishedStudy.study_uid == PublishedInstance.study_uid)
    .order_by(*ORDER_OF_INSTANCES)
)


@dataclass(frozen=True, slots=True)
class Found:
    """An instance that was asked for, and the study it belongs to."""

    study_uid: str
    instance: Retrievable


def find_instances(session: Session, identifier: Identifier) -> list[Found]:
    """Return what an identifier names.

    Raises:
        TooLarge: more than the sub-operations of one request can be counted.
    """
    level, wanted = identifier.level, identifier.unique[identifier.level]
    found: list[Found] = []
    for start in range(0, len(wanted), _SQL_VALUES):
        statement = _FOUND.where(_COLUMNS[level].in_(wanted[start : start + _SQL_VALUES]))
        for above, values in identifier.unique.items():
            if above != level:
                statement = statement.where(_COLUMNS[above].in_(values))
        rows = session.execute(statement.limit(MOST_INSTANCES + 1 - len(found)))
        found += [_found(Located(*row[:7]), row.sop_class_uid) for row in rows]
        if len(found) > MOST_INSTANCES:
            raise TooLarge("more instances than one retrieval may have")
    return found


def _found(located: Located, sop_class_uid: str) -> Found:
    stored = located.transfer_syntax_uid
    made = (ExplicitVRLittleEndian, ImplicitVRLittleEndian) if can_be_made(located, ExplicitVRLittleEndian) else ()
    obtainable = frozenset({stored, *(str(uid) for uid in made)})
    return Found(
        located.study_uid, Retrievable(sop_class_uid, located.sop_instance_uid, stored, obtainable, located.blob)
    )


def data_set_of(
    store: BlobStore, pictures: Pictures, instance: Retrievable, transfer_syntax_uid: str
) -> Iterator[bytes]:
    """Return the pieces of a data set; a first frame that cannot be decoded is an error before any of them."""
    if transfer_syntax_uid == instance.transfer_syntax_uid:
        return _begun(_stored(store, instance.key))
    return _begun(_rewritten(store, pictures, instance.key, transfer_syntax_uid))


def _stored(store: BlobStore, blob: str) -> Iterator[bytes]:
    with store.open(blob) as source:
        source.seek(_data_set_offset(source.read(_META_LENGTH_AT + 4)))
        while piece := source.read(_CHUNK):
            yield piece


def _rewritten(store: BlobStore, pictures: Pictures, blob: str, transfer_syntax_uid: str) -> Iterator[bytes]:
    with store.open(blob) as source:
        pieces = transcode(
            source, lambda: pictures.image(blob), lambda index: pictures.octets(blob, index), transfer_syntax_uid
        )
        header = next(pieces)
        yield header[_data_set_offset(header) :]
        yield from pieces


def _data_set_offset(head: bytes) -> int:
    """Return where the data set begins: behind the group of (0002,0000), which always stands first (PS3.10 7.1)."""
    (length,) = unpack_from("<L", head, _META_LENGTH_AT)
    return _META_LENGTH_AT + 4 + int(length)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = list(islice(pieces, _BEGUN))
    return chain(first, pieces)
