"""What a folder of samples holds and what the node is expected to make of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sample_studies.plan import Door, State

_FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class SampleStudy:
    """Describe one study on disk.

    `files` are the DICOM files in the order they are sent, `extra_files` lie beside them and are no DICOM. `case` is
    the case report, None where the hospital sent none. `expected_state` is where matching leaves the study before any
    person decides; `expected_dispositions` counts what becomes of `files` once the study is released.
    """

    slug: str
    site: str
    door: Door
    study_instance_uid: str
    patient_name: str
    patient_id: str
    modality: str
    files: tuple[Path, ...]
    extra_files: tuple[Path, ...]
    case: Path | None
    expected_state: State
    expected_dispositions: Mapping[str, int]

    @property
    def folder(self) -> Path:
        """Return the folder with all files of the study, ready to be zipped."""
        return self.files[0].parent


@dataclass(frozen=True)
class Manifest:
    """List the studies, the case reports and the file of planted identities of one folder."""

    folder: Path
    studies: tuple[SampleStudy, ...]
    cases: tuple[Path, ...]
    planted: Path

    @classmethod
    def from_folder(cls, folder: Path) -> "Manifest":
        """Read the manifest that `generate` wrote. Raises FileNotFoundError where there is none."""
        document = json.loads((folder / _FILE_NAME).read_text(encoding="utf-8"))
        studies = tuple(_study_from(folder, entry) for entry in document["studies"])
        cases = tuple(study.case for study in studies if study.case)
        return cls(folder=folder, studies=studies, cases=cases, planted=folder / "planted.json")

    def study(self, slug: str) -> SampleStudy:
        """Return the study with a slug. Raises KeyError for an unknown one."""
        for study in self.studies:
            if study.slug == slug:
                return study
        raise KeyError(slug)

    def save(self) -> Path:
        """Write the manifest into its folder, with paths relative to it."""
        path = self.folder / _FILE_NAME
        entries = [_study_to(self.folder, study) for study in self.studies]
        path.write_text(json.dumps({"studies": entries}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return path


def _study_to(folder: Path, study: SampleStudy) -> dict[str, Any]:
    return {
        **study.__dict__,
        "files": [path.relative_to(folder).as_posix() for path in study.files],
        "extra_files": [path.relative_to(folder).as_posix() for path in study.extra_files],
        "case": study.case.relative_to(folder).as_posix() if study.case else None,
        "expected_dispositions": dict(study.expected_dispositions),
    }


def _study_from(folder: Path, entry: dict[str, Any]) -> SampleStudy:
    paths = {key: tuple(folder / path for path in entry[key]) for key in ("files", "extra_files")}
    return SampleStudy(**{**entry, **paths, "case": folder / entry["case"] if entry["case"] else None})
