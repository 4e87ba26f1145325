"""The file IDs that a DICOMDIR lists (PS3.3 annex F, PS3.10 section 8), in whatever syntax it was written.

The standard wants explicit VR little endian; discs hold others, and some declare one and write another. What cannot be
read lists nothing: a directory is never a reason to refuse a disc.
"""

from io import BytesIO

from pydicom import Dataset
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue

MOST_BYTES = 32 << 20
_PREAMBLE = 132
_SYNTAXES = ((False, True), (True, True), (False, False), (True, False))  # implicit VR, little endian
_RECORDS, _REFERENCED_FILE_ID, _IN_USE = "DirectoryRecordSequence", "ReferencedFileID", "RecordInUseFlag"
_INACTIVE = 0


def listed_files(data: bytes) -> list[tuple[str, ...]]:
    """Return the file ID of every record in use that references a file, as its components; each once."""
    body = data[_PREAMBLE:] if data[_PREAMBLE - 4 : _PREAMBLE] == b"DICM" else data
    start = _behind_file_meta(body)
    for implicit, little in _SYNTAXES:
        records = _records(body[start:], implicit=implicit, little=little)
        if records:
            return list(dict.fromkeys(file_id for record in records if (file_id := _file_id(record))))
    return []


def _behind_file_meta(body: bytes) -> int:
    """Return where group 0002 ends, which is explicit little endian; 0 where there is none that can be read."""
    stream = BytesIO(body)
    try:
        read_dataset(stream, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here
        return 0
    return stream.tell()


def _records(body: bytes, *, implicit: bool, little: bool) -> list[Dataset]:
    try:
        found = read_dataset(BytesIO(body), implicit, little).get(_RECORDS)
        return list(found or ())
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here
        return []


def _file_id(record: Dataset) -> tuple[str, ...]:
    try:
        if record.get(_IN_USE) == _INACTIVE:
            return ()
        value = record.get(_REFERENCED_FILE_ID)
        values = value if isinstance(value, MultiValue | list) else [value or ""]
        return tuple(part for part in (str(each).strip(" \0") for each in values) if part)
    except Exception:  # noqa: BLE001 - the parser meets hostile bytes here
        return ()
