"""All samples into one folder: `<site>/<slug>/IM0001.dcm`, `cases/<slug>.json`, `planted.json`, `manifest.json`.

The same call writes the same bytes every time; nothing is read but this package's own report texts.
"""

import json
import shutil
from collections import Counter
from pathlib import Path

from sample_studies.cases import write_case
from sample_studies.catalogue import CATALOGUE, Acquisition
from sample_studies.manifest import Manifest, SampleStudy
from sample_studies.plan import FULL, SMALL, Size, StudyPlan
from sample_studies.planted import planted_in
from sample_studies.write import write

_README = """Images on this disc are for diagnostic use by the treating physicians only.
Open the folder with any DICOM viewer.
"""


def generate(folder: Path, *, small: bool = False) -> Manifest:
    """Write all sample studies, their case reports and the list of planted identities; return what was written.

    With `small` the same studies come with a few slices each and smaller radiographs, for tests that need every kind
    of study and not many images. Existing files of the same name are replaced.
    """
    size = SMALL if small else FULL
    folder.mkdir(parents=True, exist_ok=True)
    studies = tuple(_write_study(folder, plan, acquisition, size) for plan, acquisition in CATALOGUE)
    planted = folder / "planted.json"
    patients = [planted_in(plan) for plan, _ in CATALOGUE]
    planted.write_text(json.dumps({"patients": patients}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    cases = tuple(study.case for study in studies if study.case)
    manifest = Manifest(folder=folder, studies=studies, cases=cases, planted=planted)
    manifest.save()
    return manifest


def _write_study(folder: Path, plan: StudyPlan, acquisition: Acquisition, size: Size) -> SampleStudy:
    target = folder / plan.site.name / plan.slug
    files = [
        write(target / f"IM{number:04d}.dcm", plan, picture)
        for number, picture in enumerate(acquisition(plan, size), start=1)
    ]
    dispositions = Counter({plan.disposition: len(files)})
    extra: tuple[Path, ...] = ()
    if plan.door == "upload":
        # A disc burned twice: one image again under another name, and a file that is no image.
        files.append(Path(shutil.copyfile(files[0], target / f"IM{len(files) + 1:04d}.dcm")))
        dispositions["duplicate"] += 1
        extra = (target / "README.txt",)
        extra[0].write_text(_README, encoding="ascii")
    return SampleStudy(
        slug=plan.slug,
        site=plan.site.name,
        door=plan.door,
        study_instance_uid=plan.study_instance_uid,
        patient_name=plan.patient.name,
        patient_id=plan.patient.patient_id,
        modality=plan.modality,
        files=tuple(files),
        extra_files=extra,
        case=write_case(folder / "cases", plan, plan.case) if plan.case else None,
        expected_state=plan.expected_state,
        expected_dispositions=dict(dispositions),
    )
