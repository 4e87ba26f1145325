"""Many CT slices quickly, for load tests: one rendered slice, a few bytes of which change from file to file.

Only values of fixed length are changed, in place, so that a file costs one copy and one write. Numbers carry leading
zeros for that reason, which IS and DS allow (PS3.5 6.2).
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sample_studies.acquisitions import ct
from sample_studies.catalogue import CATALOGUE
from sample_studies.plan import StudyPlan
from sample_studies.write import write

_LIMIT = 99_999
_INSTANCE_NUMBER = b"\x20\x00\x13\x00IS\x06\x00"
_HEIGHT = "-9999.125"


def ct_series(folder: Path, *, count: int, rows: int = 512, seed: int = 0) -> list[Path]:
    """Write `count` CT slices of one series of one study and return the files in order.

    Another `seed` is another patient and study. Every slice has its own SOP Instance UID, number and position; the
    pixels are those of one slice of `rows` by `rows`. Raises ValueError for more than 99,999 slices.
    """
    if not 0 <= count <= _LIMIT:
        raise ValueError(f"count must be between 0 and {_LIMIT}")
    plan = _plan(seed)
    template, marker = _template(plan, rows)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(1, count + 1):
        height = f"{number * 0.5 - 500:09.3f}".encode()
        data = template.replace(marker, marker[:-5] + f"{number:05d}".encode())
        data = data.replace(_INSTANCE_NUMBER + b"99999 ", _INSTANCE_NUMBER + f"{number:05d} ".encode())
        path = folder / f"IM{number:05d}.dcm"
        path.write_bytes(data.replace(_HEIGHT.encode(), height))
        paths.append(path)
    return paths


def _plan(seed: int) -> StudyPlan:
    plan = CATALOGUE[0][0]
    patient = replace(plan.patient, name=f"Loadbearer^Series{seed:05d}", patient_id=f"NV-LOAD-{seed:05d}")
    return replace(
        plan, slug="ct-load", patient=patient, accession=f"NVLOAD{seed:08d}", case=None, uid_words=("load", str(seed))
    )


def _template(plan: StudyPlan, rows: int) -> tuple[bytes, bytes]:
    """Return the bytes of one slice with stand-in number and height, and the SOP Instance UID in it."""
    picture = ct.head_level(plan, rows)
    x, y, _ = picture.elements["ImagePositionPatient"]
    elements = {**picture.elements, "ImagePositionPatient": [x, y, _HEIGHT], "SliceLocation": _HEIGHT}
    picture = replace(picture, number=_LIMIT, elements=elements)
    with TemporaryDirectory() as scratch:
        data = write(Path(scratch) / "template.dcm", plan, picture).read_bytes()
    return data, plan.object_uid("instance", picture.series, _LIMIT).encode()
